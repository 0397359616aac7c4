"""Entries for measuring: the same ones from the same seed, their words distributed as in language.

Words follow Zipf's law in Mandelbrot's form: own words of the field first, invented names of
villages as the long tail. Every value of every code list occurs.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any
from uuid import UUID

from catalog.entries import codelists as codes
from portal.kernel.codes import CodeList
from tests.benchmarks import vocabulary as v

FOLDER = Path(__file__).resolve().parent
SEED = 20221108
TAIL = 4_600
MANDELBROT = 10
QUERY_WORDS = 60
ITEMS, RESOURCES = 8, 2
FILE_FORMATS = ("csv", "xlsx", "json", "xml")


def own_words() -> tuple[str, ...]:
    """The words of the field, most frequent first."""
    return tuple(dict.fromkeys((FOLDER / "words.txt").read_text(encoding="utf-8").split()))


def query_words() -> tuple[str, ...]:
    """The sixty words that the load looks for, spread over all ranks."""
    words = own_words()
    return tuple(words[number * len(words) // QUERY_WORDS] for number in range(QUERY_WORDS))


def tail_words() -> tuple[str, ...]:
    """Names that few entries hold."""
    names = [f + s + last for f in v.TAIL_FIRST for s in v.TAIL_SECOND for last in v.TAIL_LAST]
    random.Random(SEED).shuffle(names)
    return tuple(names[:TAIL])


def absent_words(number: int) -> tuple[str, ...]:
    """Words that no entry holds, not even by their parts."""
    pairs = [a + b + c for a in v.ABSENT_FIRST for b in v.ABSENT_FIRST for c in v.ABSENT_FIRST]
    return tuple(pairs[:number])


@dataclass(frozen=True, slots=True)
class Owner:
    """A unit that gets entries."""

    id: str
    name: str
    region_code: str


@dataclass(frozen=True, slots=True)
class Made:
    """One generated entry: whose it is and its document."""

    owner: Owner
    document: dict[str, Any]


@dataclass(slots=True)
class Generator:
    """Gives the same entries for the same seed, units and day."""

    owners: Sequence[Owner]
    today: date
    seed: int = SEED
    parts: bool = True
    _random: random.Random = field(init=False)
    _words: tuple[str, ...] = field(init=False)
    _weights: list[float] = field(init=False)
    _items: list[tuple[str, str]] = field(init=False)
    _owner_weights: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._words = (*own_words(), *tail_words())
        self._weights = _zipf(len(self._words), MANDELBROT)
        raw = (FOLDER / "items.txt").read_text(encoding="utf-8").replace("\n", "|")
        self._items = [(name, key) for name, key in map(str.split, raw.strip("|").split("|"))]
        self._owner_weights = _zipf(len(self.owners), len(self.owners) // 2)

    def entries(self, number: int) -> Iterator[Made]:
        """So many entries; each title ends with its own number and is the only one."""
        for index in range(number):
            owner = self._random.choices(self.owners, cum_weights=self._owner_weights)[0]
            yield Made(owner, self._document(owner, index))

    def _document(self, owner: Owner, index: int) -> dict[str, Any]:
        chosen = self._random
        words = chosen.choices(self._words, cum_weights=self._weights, k=16)
        title = f"{words[0]}{words[1]}{chosen.choice(v.TITLE_KINDS)}{self.seed % 97:02d}{index:06d}"
        updated = self.today - timedelta(days=int(chosen.expovariate(1 / 120)))
        document: dict[str, Any] = {
            "title": title,
            "abstract": self._abstract(owner, words[2:]),
            "category": self._category(owner),
            "provider_office": chosen.choice(v.OFFICES),
            "issued_on": (updated - timedelta(days=chosen.randrange(900))).isoformat(),
            "themes": self._several(codes.THEMES, 2),
            "industries": self._several(codes.INDUSTRIES, 1),
            "tags": list(dict.fromkeys(words[2:5])),
            "subjects": self._several(codes.SUBJECTS, 2),
            "scenes": self._several(codes.SCENES, 1),
            "source_system": v.SYSTEM.format(first=words[0], second=words[5]),
            "volume": {
                "storage_gb": round(chosen.random() * 20, 2),
                "records_10k": chosen.randrange(900),
            },
            **self._rights(words),
        }
        if chosen.random() < 0.93:  # the others do not know when their data changed
            document["data_updated_at"] = updated.isoformat()
        if self.parts:
            document["items"] = [self._item(pair) for pair in chosen.sample(self._items, ITEMS)]
            document["resources"] = self._resources(title, index)
        return document

    def _category(self, owner: Owner) -> list[str]:
        """Mostly the tree of departments, as cities file their entries; some by theme or subject."""
        department, theme, subject = v.CATEGORY_TOP
        kind = self._random.random()
        if kind < 0.8:
            level = v.CATEGORY_CITY if owner.region_code.endswith("00") else v.CATEGORY_DISTRICT
            return [department, level, owner.name, self._random.choice(v.OFFICES)]
        if kind < 0.95:
            name = self._random.choice(tuple(codes.THEMES.values.values()))
            return [theme, str(name), self._random.choice(v.TITLE_KINDS)]
        return [subject, str(self._random.choice(tuple(codes.SUBJECTS.values.values())))]

    def _abstract(self, owner: Owner, words: Sequence[str]) -> str:
        start = v.ABSTRACT_START.format(
            unit=owner.name,
            first=words[0],
            second=words[1],
            kind=self._random.choice(v.TITLE_KINDS),
            cycle=self._random.choice(v.CYCLE_WORDS),
        )
        joints = self._random.choices(v.ABSTRACT_JOINTS, k=len(words))
        return start + "".join(word + joint for word, joint in zip(words, joints, strict=True))[:-1]

    def _rights(self, words: Sequence[str]) -> dict[str, Any]:
        open_type = self._random.choices(tuple(codes.OPEN_TYPES.values), (6, 3, 1))[0]
        share_type = self._random.choices(tuple(codes.SHARE_TYPES.values), (5, 4, 1))[0]
        basis = v.BASIS.format(first=words[0], second=words[1], number=self._random.randint(1, 60))
        rights: dict[str, Any] = {
            "share_type": share_type,
            "share_mode": self._one(codes.SHARE_MODES),
            "share_mode_types": self._several(codes.SHARE_MODE_TYPES, 1),
            "open_type": open_type,
            "format_class": self._one(codes.FORMAT_CLASSES),
            "security_level": self._one(codes.SECURITY_LEVELS),
            "update_cycle": self._one(codes.UPDATE_CYCLES),
            "scope": self._one(codes.SCOPES),
            "collection": self._one(codes.COLLECTIONS),
        }
        if share_type != "unconditional":
            rights |= {"share_basis": basis, "share_basis_level": self._one(codes.BASIS_LEVELS)}
            rights["share_condition"] = v.CONDITION
        if open_type == "withheld":
            rights |= {"open_basis": basis, "open_basis_level": self._one(codes.BASIS_LEVELS)}
        else:
            rights["open_access"] = self._one(codes.OPEN_ACCESS)
        return rights

    def _item(self, pair: tuple[str, str]) -> dict[str, Any]:
        item: dict[str, Any] = {
            "id": self._id(),
            "name": pair[0],
            "field": pair[1],
            "type": self._one(codes.ITEM_TYPES),
            "length": str(self._random.randint(1, 200)),
            "sensitive": self._random.random() < 0.1,
            "key": False,
        }
        return item | {"masking": v.MASKING} if item["sensitive"] else item

    def _resources(self, title: str, index: int) -> list[dict[str, Any]]:
        form = self._random.choice(FILE_FORMATS)
        file: dict[str, Any] = {
            "id": self._id(),
            "kind": "file",
            "name": v.RESOURCE_NAME.format(title=title, form=form),
            "format": form,
            "address": f"https://data.example.gov.cn/files/{self.seed}/{index}.{form}",
            "rows": self._random.randrange(100_000),
            "size_bytes": self._random.randrange(50_000_000),
        }
        place = {"database": "sample", "table": f"t_{index}"}
        if self._random.random() < 0.5:
            return [file, {"id": self._id(), "kind": "table", "name": title, **place}]
        address = f"https://data.example.gov.cn/api/{self.seed}/{index}"
        return [
            file,
            {"id": self._id(), "kind": "api", "name": title, "format": "api", "address": address},
        ]

    def _one(self, values: CodeList) -> str:
        return self._random.choice(tuple(values.values))

    def _several(self, values: CodeList, most: int) -> list[str]:
        return self._random.sample(tuple(values.values), self._random.randint(1, most))

    def _id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))


def _zipf(number: int, shift: int) -> list[float]:
    """Cumulated weights of ranks 1 to `number`."""
    return list(accumulate(1 / (rank + shift) for rank in range(1, number + 1)))
