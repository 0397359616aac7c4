"""What the database knows of some drafts: remembered rows, entries that they may mean, codes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from catalog.entries.imports.drafts import SOURCE_KEY, Owner, RecordDraft
from catalog.entries.imports.identity import digest_of, owner_mark, plain_title
from catalog.entries.imports.models import ImportLink, ImportRow
from catalog.entries.imports.units import FoundUnit, UnitFinder
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.rules import normalised_title

Pair = tuple[str, str]
_LONGEST_TOPIC, _MOST_TOPICS = 100, 50

# Pairs are looked up by joining: for `(a, b) IN (…)` SQLite reads the whole table.
_ELEMENTS = {
    "sqlite": "json_each(:pairs)",
    "postgresql": "json_array_elements(CAST(:pairs AS json))",
}
_FIND = """
SELECT e.id, e.region_code, e.code FROM {elements} AS sought
  JOIN entry AS e ON e.{first} = sought.value ->> 0 AND e.{second} = sought.value ->> 1
"""


@dataclass(frozen=True, slots=True)
class Known:
    """An entry of ours as it is now: its open draft, else its published version."""

    entry_id: str
    unit_id: str
    region_code: str
    standing: str
    code: str | None
    source_key: str | None
    title: str
    title_norm: str
    version_id: str
    version_status: str
    version_revision: int
    document: str


class Placed:
    """A draft with the unit that its row means, and what is remembered of it."""

    __slots__ = (
        "content",
        "document",
        "draft",
        "found",
        "mark",
        "region_code",
        "seq",
        "title",
        "title_norm",
        "unit",
        "unit_id",
    )

    def __init__(self, seq: int, draft: RecordDraft, finder: UnitFinder) -> None:
        self.seq, self.draft, self.unit = seq, draft, finder.find(draft.owner)
        self.found = self.unit if isinstance(self.unit, FoundUnit) else None
        self.unit_id = self.found.unit_id if self.found else ""
        self.region_code = self.found.region_code if self.found else ""
        providers = [u for u in _providers(draft, finder) if u != self.unit_id]
        others = finder.other_names(draft.owner) if draft.owner.aliases else []
        self.document = draft.document
        if providers:
            self.document = {**self.document, "providers": providers}
        if others:
            self.document = {**self.document, "source_topics": _topics(draft, others)}
        as_written = owner_mark(draft.owner)  # two spellings of one unit are two rows to remember
        key = (draft.key_kind, draft.key, str(draft.ordinal))
        self.mark = digest_of(self.unit_id, *as_written, *key).hex()
        self.content = digest_of(draft.written, draft.code, *providers, *others).hex()
        self.title = plain_title(draft.title)
        self.title_norm = normalised_title(draft.title)


def _topics(draft: RecordDraft, others: Iterable[str]) -> list[str]:
    """What the file calls the unit and the unit is not called stays, so that people find it."""
    said = [*(name[:_LONGEST_TOPIC] for name in others), *draft.document.get("source_topics", ())]
    return list(dict.fromkeys(said))[:_MOST_TOPICS]


def _providers(draft: RecordDraft, finder: UnitFinder) -> list[str]:
    """Other providing units by id; names that nobody bears stay with the row as given."""
    if "providers" not in draft.kept:
        return []
    names = draft.kept["providers"].splitlines()
    found = [finder.find(Owner(name, region=draft.owner.region)) for name in names]
    return [unit.unit_id for unit in found if isinstance(unit, FoundUnit)]


@dataclass(frozen=True, slots=True)
class Remembered:
    """A row of an earlier file: which entry it became, and what it said."""

    entry_id: str
    content: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that the database knows of some drafts; a constant number of statements."""

    links: Mapping[str, Remembered]
    entries: Mapping[str, Known]
    of_unit: Mapping[str, Sequence[Known]]
    claimed: frozenset[str]
    used_codes: frozenset[Pair]

    @classmethod
    def of(cls, session: Session, placed: Sequence[Placed], batch_id: str) -> "Surroundings":
        """Of drafts whose unit is known; `batch_id`: the batch whose rows count as taken."""
        links = _links(session, [p.mark for p in placed])
        with_code = _find(session, _codes(placed), by=("region_code", "code"))
        found = {link.entry_id for link in links.values()}
        found.update(entry_id for entry_id, _region, _code in with_code)
        found |= _alike(session, [p for p in placed if p.mark not in links])
        known = _known(session, found)
        of_unit: dict[str, list[Known]] = {}
        for entry in known.values():
            of_unit.setdefault(entry.unit_id, []).append(entry)
        used = frozenset((region, code) for _id, region, code in with_code)
        return cls(links, known, of_unit, _claimed(session, known, batch_id), used)


def _links(session: Session, marks: Sequence[str]) -> dict[str, Remembered]:
    if not marks:
        return {}
    query = select(ImportLink.mark, ImportLink.entry_id, ImportLink.content)
    rows = session.execute(query.where(ImportLink.mark.in_(marks)))
    return {mark: Remembered(entry_id, content) for mark, entry_id, content in rows}


def _codes(placed: Sequence[Placed]) -> set[Pair]:
    return {(p.region_code, p.draft.code) for p in placed if p.draft.code}


def _alike(session: Session, placed: Sequence[Placed]) -> set[str]:
    """Entries of the same unit with the title or the key of a row."""
    titles = {(p.unit_id, p.title_norm) for p in placed}
    keys = {(p.unit_id, p.draft.key) for p in placed if p.draft.key_kind == SOURCE_KEY}
    found = _find(session, titles, by=("unit_id", "title_norm"))
    found += _find(session, keys, by=("unit_id", "source_key"))
    return {entry_id for entry_id, _region, _code in found}


def _find(session: Session, pairs: Iterable[Pair], *, by: Pair) -> list[tuple[str, str, str]]:
    """Id, region and code of the entries that have a pair of values."""
    sought = json.dumps(sorted(pairs))
    if sought == "[]":
        return []
    elements = _ELEMENTS[session.get_bind().dialect.name]
    query = text(_FIND.format(elements=elements, first=by[0], second=by[1]))
    return [(row[0], row[1], row[2]) for row in session.execute(query, {"pairs": sought})]


def _known(session: Session, ids: set[str]) -> dict[str, Known]:
    """The entries as they are now, the oldest first."""
    if not ids:
        return {}
    version = func.coalesce(Entry.open_version_id, Entry.current_version_id)
    columns: list[Any] = [
        Entry.id,
        Entry.unit_id,
        Entry.region_code,
        Entry.standing,
        Entry.code,
        Entry.source_key,
        Entry.title,
        Entry.title_norm,
        EntryVersion.id,
        EntryVersion.status,
        EntryVersion.revision,
        EntryVersion.document,
    ]
    query = (
        select(*columns)
        .join(EntryVersion, EntryVersion.id == version)
        .where(Entry.id.in_(ids))
        .order_by(Entry.created_at, Entry.id)
    )
    return {row[0]: Known(*row) for row in session.execute(query)}


def _claimed(session: Session, known: Iterable[str], batch_id: str) -> frozenset[str]:
    """Entries that earlier rows of this batch have taken already, before a break."""
    ids = list(known)
    if not ids or not batch_id:
        return frozenset()
    query = select(ImportRow.entry_id).where(
        ImportRow.entry_id.in_(ids), ImportRow.batch_id == batch_id
    )
    return frozenset(str(entry_id) for entry_id in session.scalars(query))
