"""The sample data of the demonstration, read from the JSON files beside this module."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from portal.demo import notation

FOLDER = Path(__file__).parent
_VOLUME = (
    "storage_gb",
    "records_10k",
    "shared_storage_gb",
    "shared_records_10k",
    "open_storage_gb",
    "open_records_10k",
)
_SAME = (
    "title",
    "abstract",
    "category",
    "themes",
    "industries",
    "subjects",
    "scope",
    "scenes",
    "collection",
)


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name that a unit had, and the last day on which it had it."""

    name: str
    until: date


@dataclass(frozen=True, slots=True)
class SampleUnit:
    """One unit; `parent` is the key of another, which comes earlier."""

    key: str
    name: str
    short_name: str
    former_names: tuple[FormerName, ...]
    credit_code: str
    region_code: str
    kind: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    duty: str
    office_phone: str
    position: int

    @property
    def id(self) -> str:
        return notation.identity("unit", self.key)


@dataclass(frozen=True, slots=True)
class SampleCategory:
    """One node of the category tree, with the segment that it adds to a code."""

    segment: str
    name: str
    children: tuple["SampleCategory", ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """One invented person who can sign in."""

    username: str
    name: str
    unit: str | None
    roles: tuple[str, ...]
    post: str
    phone: str
    description: str
    description_en: str


@dataclass(frozen=True, slots=True)
class Representative:
    """The chief representative of a unit; `username` where the person is also a persona."""

    unit: str
    name: str
    post: str
    phone: str
    document: str
    term_from: date
    term_to: date | None
    username: str | None


@dataclass(frozen=True, slots=True)
class SamplePeople:
    """Who signs in, and who represents which unit."""

    personas: tuple[Persona, ...]
    representatives: tuple[Representative, ...]


@dataclass(frozen=True, slots=True)
class SampleEntry:
    """One catalog entry; its dates follow from the day of loading (`document`).

    `related` and `providers` are keys of other entries and of units: codes and ids are the
    loader's. `body` is the document without them and without dates.
    """

    key: str
    unit: str
    standing: str
    reason: str
    data_age_days: int | None
    issued_age_days: int
    related: tuple[str, ...]
    providers: tuple[str, ...]
    body: Mapping[str, Any]

    @property
    def id(self) -> str:
        return notation.identity("entry", self.key)

    def document(self, on: date) -> dict[str, Any]:
        """The entry document as of a day, without `related`, which needs the codes."""
        issued = (on - timedelta(days=self.issued_age_days)).isoformat()
        document = {**self.body, "issued_on": issued}
        if self.providers:
            document["providers"] = [notation.identity("unit", key) for key in self.providers]
        if self.data_age_days is None:
            return document
        updated = (on - timedelta(days=self.data_age_days)).isoformat()
        resources = [{**row, "updated_at": updated} for row in self.body["resources"]]
        return {**document, "data_updated_at": updated, "resources": resources}


def units() -> Iterator[SampleUnit]:
    """All units, parents before their children."""
    for position, row in enumerate(_read("units.json"), start=1):
        former = tuple(
            FormerName(f["name"], date.fromisoformat(f["until"])) for f in row["former_names"]
        )
        days = {key: _day(row[key]) for key in ("valid_from", "valid_to")}
        yield SampleUnit(**{**row, **days, "former_names": former, "position": position})


def categories() -> tuple[SampleCategory, ...]:
    """The three classes of the category tree with all below them."""
    return tuple(map(_category, _read("categories.json")))


def personas() -> SamplePeople:
    """The people of the demonstration and the representatives of the units."""
    found = _read("personas.json")
    people = tuple(Persona(**{**row, "roles": tuple(row["roles"])}) for row in found["personas"])
    representatives = tuple(
        Representative(**{**row, **{key: _day(row[key]) for key in ("term_from", "term_to")}})
        for row in found["representatives"]
    )
    return SamplePeople(people, representatives)


def entries() -> Iterator[SampleEntry]:
    """All sample entries, in the order of their files."""
    words = vocabulary()
    for path in sorted((FOLDER / "entries").glob("*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            yield _entry(row, words)


@cache
def vocabulary() -> notation.Words:
    """The words that the notation of items and resources stands for."""
    return notation.Words(**_read("vocabulary.json"))


def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _category(row: Mapping[str, Any]) -> SampleCategory:
    return SampleCategory(row["segment"], row["name"], tuple(map(_category, row["children"])))


def _entry(row: Mapping[str, Any], words: notation.Words) -> SampleEntry:
    return SampleEntry(
        key=row["key"],
        unit=row["unit"],
        standing=row.get("standing", "published"),
        reason=row.get("reason", ""),
        data_age_days=row["data_age_days"],
        issued_age_days=row["issued_age_days"],
        related=tuple(row.get("related", ())),
        providers=tuple(row.get("providers", ())),
        body=_stated(_body(row, words)),
    )


def _body(row: Mapping[str, Any], words: notation.Words) -> dict[str, Any]:
    items = [_with_table(row, notation.item(row["key"], line, words)) for line in row["items"]]
    around = notation.Around(
        key=row["key"],
        unit=row["unit"],
        rows=round(row["volume"][1] * 10_000),
        size_bytes=round(row["volume"][0] * 1_000_000_000),
        items=items,
    )
    return {
        **{key: row[key] for key in _SAME},
        **_rights(row, words),
        "provider_office": row["office"],
        "format_class": row["format"]["class"],
        "format_details": row["format"]["details"],
        "format_note": row["format"].get("note"),
        "security_level": row["security"],
        "update_cycle": row["cycle"]["key"],
        "update_cycle_note": row["cycle"].get("note"),
        "tags": [*row["tags"], words.mark],
        "period_from": row.get("period", (None, None))[0],
        "period_to": row.get("period", (None, None))[1],
        "source_system": row.get("system"),
        "matters": row.get("matters"),
        "authorised_operation": row.get("authorised_operation", False),
        "is_certificate": row.get("is_certificate", False),
        "contact_phone": row["phone"],
        "contact_email": row.get("email"),
        "volume": dict(zip(_VOLUME, row["volume"], strict=True)),
        "items": items,
        "resources": [notation.resource(around, line, words) for line in row["resources"]],
    }


def _rights(row: Mapping[str, Any], words: notation.Words) -> dict[str, Any]:
    share, opening = row["share"], row["open"]
    return {
        "share_type": share["type"],
        "share_condition": share.get("condition"),
        "share_mode": share.get("mode"),
        "share_mode_types": share.get("types"),
        "open_type": opening["type"],
        "open_access": opening.get("access"),
        "open_condition": opening.get("condition"),
        **_basis("share", share.get("basis", ()), words),
        **_basis("open", opening.get("basis", ()), words),
    }


def _basis(side: str, keys: Sequence[str], words: notation.Words) -> dict[str, Any]:
    """The texts of all bases, and the level of the first, which is the strongest."""
    if not keys:
        return {}
    text = "\uff1b".join(words.bases[key]["text"] for key in keys)
    return {f"{side}_basis": text, f"{side}_basis_level": words.bases[keys[0]]["level"]}


def _with_table(row: Mapping[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    tables = (line.split("|")[3] for line in row["resources"] if line.startswith("table|"))
    table = next(tables, None)
    return {**item, "table_name": table} if table else item


def _stated(document: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in document.items() if value not in (None, "", [], {})}
    return {**kept, "resources": document["resources"]}
