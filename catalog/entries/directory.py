"""Units as people write them: a label for each that means no other, and the way back to its id."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from auth.queries import plain_name
from auth.regions import region
from catalog.entries.differences import words
from catalog.entries.fields import PROVIDERS
from portal.kernel.text import Text, _

NEAR_SHOWN = 5
LONGEST_SHOWN = 40  # characters of what was typed, in a sentence about it


@dataclass(frozen=True, slots=True)
class Listed:
    """A unit as the directory knows it; `former` are the names that it bore before."""

    id: str
    name: str
    short_name: str
    region_code: str
    credit_code: str | None
    valid_to: date | None
    former: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The region's name; a region of elsewhere is named by its code."""
        found = region(self.region_code)
        return found.name.message if found else self.region_code

    @property
    def marks(self) -> Sequence[str]:
        """What tells it from others of its name, the plainest first."""
        ended = f"{self.place}，～{self.valid_to}"
        return (ended if self.valid_to else self.place, self.credit_code or "", self.id)


@dataclass(frozen=True, slots=True)
class UnitDirectory:
    """What is known of all units; `labels` by id, closed units among them."""

    labels: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()
    _living: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _closed: frozenset[str] = frozenset()

    def label(self, unit_id: str) -> str:
        """The unit's name, with region or code where others bear it; what is no unit stays."""
        return self.labels.get(unit_id, unit_id)

    def find(self, typed: str, kept: Collection[str] = ()) -> str | None:
        """The unit that is meant, None for nobody or several; those in `kept` may be closed."""
        plain = plain_name(typed)
        for unit_id in kept:
            if plain in (unit_id, plain_name(self.label(unit_id))):
                return unit_id
        found = self._living.get(plain, ())
        return found[0] if len(found) == 1 else None

    def objection(self, typed: str) -> Text:
        """Why a text that `find` did not understand means no unit, and what to write instead."""
        plain, shown = plain_name(typed), typed[:LONGEST_SHOWN]
        several = self._living.get(plain, ())
        if several:
            return _(
                "有 %(count)s 个单位叫“%(name)s”：%(choices)s。请写明是哪一个。",
                count=len(several),
                name=shown,
                choices=_listing(self.labels[i] for i in several),
            )
        if plain in self._closed:
            return _("“%(name)s”已撤销。请填写现在承担这项工作的单位。", name=shown)
        near = [label for label in self.options if plain and plain in plain_name(label)]
        if near:
            return _(
                "没有叫“%(name)s”的单位。名称里有这几个字的有：%(choices)s。",
                name=shown,
                choices=_listing(near),
            )
        return _(
            "没有叫“%(name)s”的单位。请填全称、曾用名或统一社会信用代码，也可以从列表里选。",
            name=shown,
        )


def directory_of(units: Sequence[Listed]) -> UnitDirectory:
    """The directory of units, which come in the order in which people choose from them."""
    labels = _labels(units)
    living = [unit for unit in units if unit.valid_to is None]
    return UnitDirectory(
        labels,
        tuple(labels[unit.id] for unit in living),
        _by_name(living, labels),
        frozenset(plain_name(unit.name) for unit in units if unit.valid_to is not None),
    )


def _by_name(units: Sequence[Listed], labels: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Who is meant by what may be written: first by what is one unit's alone, last by old names."""
    ways: Sequence[Callable[[Listed], Iterable[str]]] = (
        lambda unit: (labels[unit.id], unit.id, unit.credit_code or ""),
        lambda unit: (unit.name, unit.short_name),
        _marked,
        lambda unit: unit.former,
    )
    found: dict[str, dict[str, None]] = {}
    for names_of in ways:
        taken = set(found)
        for unit in units:
            for name in {plain_name(name) for name in names_of(unit) if name} - taken:
                found.setdefault(name, {})[unit.id] = None
    return {name: tuple(ids) for name, ids in found.items()}


def provider_facts(
    names: Mapping[str, str], document: Mapping[str, Any]
) -> Mapping[str, list[tuple[Text, str]]]:
    """The other providing units of a document in words, in front of the fields of its section."""
    said = words(document.get(PROVIDERS.name), PROVIDERS, names)
    return {"basic": [(PROVIDERS.label, said)]} if said else {}


def _labels(units: Sequence[Listed]) -> dict[str, str]:
    """The shortest label of each unit that nobody else has; living units choose first."""
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for closed in (False, True):
        waiting = {
            unit.id: [unit.name, *_marked(unit)]
            for unit in units
            if (unit.valid_to is not None) is closed
        }
        while waiting:
            wanted = Counter(plain_name(names[0]) for names in waiting.values())
            alone = {
                unit_id: names.pop(0)
                for unit_id, names in waiting.items()
                if wanted[plain_name(names[0])] == 1 and plain_name(names[0]) not in taken
            }
            labels |= alone
            taken |= set(wanted)
            waiting = {
                unit_id: names[1:] or [f"{names[0]} {unit_id}"]
                for unit_id, names in waiting.items()
                if unit_id not in alone
            }
    return labels


def _marked(unit: Listed) -> list[str]:
    return [f"{unit.name}（{mark}）" for mark in unit.marks if mark]


def _listing(labels: Iterable[str]) -> str:
    shown = list(labels)
    return "、".join(shown[:NEAR_SHOWN]) + ("……" if len(shown) > NEAR_SHOWN else "")
