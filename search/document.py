"""What a record is to the search: one frozen document, whatever feature it comes from."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter

ID_SHAPE = re.compile(r"[0-9a-z][0-9a-z_-]{0,63}")
KEY_SHAPE = re.compile(r"[0-9a-z_.-]*")
LONGEST_KEY = 200


class Dating(StrEnum):
    """What is known about the age of a record's data; the verdict is made at query time."""

    DATED = "dated"
    UNKNOWN = "unknown"
    NONE = "none"


class Timeliness(StrEnum):
    """The five verdicts; a record is `due` from `due_at` on and `overdue` after `overdue_at`."""

    FRESH = "fresh"
    DUE = "due"
    OVERDUE = "overdue"
    UNKNOWN = "unknown"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """A record as the engines are given it.

    `version` is the outbox sequence that the state was read at: a lower one never overwrites a
    higher one. `audience` holds the tokens of those who may find it. `due_at_ms` and
    `overdue_at_ms` are moments (milliseconds since 1970, UTC), both given when `dating` is dated.
    `name_key` comes from `search.names.name_key`, made when the record is written. `sort_keys`
    holds the keys of further declared sorts, ascending, of the characters of `KEY_SHAPE`.
    """

    id: str
    kind: str
    version: int
    title: str
    audience: frozenset[str]
    name_key: str
    newest_at_ms: int = 0
    code: str = ""
    unit: str = ""
    abstract: str = ""
    items: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dating: Dating = Dating.NONE
    due_at_ms: int | None = None
    overdue_at_ms: int | None = None
    sort_keys: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not ID_SHAPE.fullmatch(self.id):
            raise ValueError(f"{self.id!r} cannot be the id of a search document")
        for key in (self.name_key, *self.sort_keys.values()):
            if not KEY_SHAPE.fullmatch(key) or len(key) > LONGEST_KEY:
                raise ValueError(f"{key!r} cannot be a sort key")
        dated = self.dating is Dating.DATED
        if dated != (self.due_at_ms is not None) or dated != (self.overdue_at_ms is not None):
            raise ValueError("a dated document has both moments, another has none")

    def digest(self) -> str:
        """The same for two documents that say the same, whatever their versions."""
        values = list(_VALUES(self))
        for place in _UNORDERED:
            values[place] = _plain(values[place])
        return hashlib.blake2b(repr(values).encode(), digest_size=12).hexdigest()

    def timeliness(self, now_ms: int) -> Timeliness:
        """The verdict at a moment, as the engines give it by ranges."""
        if self.due_at_ms is None or self.overdue_at_ms is None:
            return Timeliness.UNKNOWN if self.dating is Dating.UNKNOWN else Timeliness.NONE
        if self.overdue_at_ms < now_ms:
            return Timeliness.OVERDUE
        return Timeliness.DUE if self.due_at_ms <= now_ms else Timeliness.FRESH


@dataclass(frozen=True, slots=True)
class Removal:
    """A document that must not be found any more, and the sequence since when."""

    id: str
    version: int


# Worked out once: an index of a hundred thousand documents asks as many digests.
_SAID = tuple(f.name for f in fields(SearchDocument) if f.name != "version")
_VALUES = attrgetter(*_SAID)
_UNORDERED = tuple(map(_SAID.index, ("audience", "facets", "sort_keys")))


def milliseconds(moment: datetime) -> int:
    """A moment as the engines keep it."""
    return int(moment.timestamp() * 1000)


def _plain(value: object) -> object:
    """The same for equal values, whatever order their sets and mappings were made in."""
    if isinstance(value, frozenset):
        return sorted(value)
    return sorted(value.items()) if isinstance(value, Mapping) else value
