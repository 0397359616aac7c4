"""What is to become of the entries of a file: found, compared, decided; nothing is written."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from catalog.entries.imports.drafts import CODE, SOURCE_CODE, SOURCE_KEY, Owner, RecordDraft
from catalog.entries.imports.fitting import checked
from catalog.entries.imports.identity import digest, digest_of, owner_mark
from catalog.entries.imports.models import (
    CHANGED,
    NEW,
    REFUSED,
    UNCHANGED,
    ImportLink,
    ImportRow,
)
from catalog.entries.imports.units import FoundUnit, NotFoundUnit, UnitFinder
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.permissions import IMPORT
from catalog.entries.rules import canonical, normalised_title, with_ids
from portal.kernel.access import Actor
from portal.kernel.errors import Invalid
from portal.kernel.text import Text, _


@dataclass(frozen=True, slots=True)
class Known:
    """An entry of ours as it is now: its open draft, else its published version."""

    entry_id: str
    unit_id: str
    region_code: str
    standing: str
    code: str | None
    source_key: str | None
    title_norm: str
    version_id: str
    version_status: str
    version_revision: int
    document: str


@dataclass(frozen=True, slots=True)
class Owned:
    """What the access rules look at, for an entry that is not there yet."""

    unit_id: str | None
    region_code: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of one draft.

    `document` is checked and has ids, for new and changed ones; `mark` and `content` are what is
    remembered of the row, `link` the content remembered before; `code` is kept where it is free.
    `note` is for people to look at and stops nothing.
    """

    seq: int
    draft: RecordDraft
    outcome: str
    reason: Text | None = None
    unit: FoundUnit | None = None
    known: Known | None = None
    document: dict[str, Any] | None = None
    mark: str = ""
    content: str = ""
    link: str | None = None
    code: str | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    """Entries and codes that drafts have taken."""

    entries: set[str] = field(default_factory=set)
    codes: set[tuple[str, str]] = field(default_factory=set)
    titles: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class Planner:
    """Decides on drafts, some at a time; an entry taken by one draft is not offered to another.

    `batch_id`: the batch whose written rows count as taken. `pending`: nothing will be written
    (a dry run), and units that wait for confirmation count as if they were confirmed.
    """

    actor: Actor
    finder: UnitFinder
    batch_id: str = ""
    pending: bool = False
    _kept: _Taken = field(default_factory=_Taken)

    def plan(self, session: Session, drafts: Sequence[tuple[int, RecordDraft]]) -> list[Decision]:
        """One decision for each draft, in their order."""
        taken = self._kept if self.pending else _Taken()
        placed = [_Placed(seq, draft, self.finder) for seq, draft in drafts]
        around = _Surroundings.of(session, [p for p in placed if p.unit_id], self.batch_id)
        return [self._decide(p, around, taken) for p in placed]

    def _decide(self, placed: "_Placed", around: "_Surroundings", taken: _Taken) -> Decision:
        seq, draft, unit = placed.seq, placed.draft, placed.unit
        if isinstance(unit, NotFoundUnit):
            return Decision(seq, draft, NEW if self.pending else REFUSED, unit.reason)
        if not self.actor.may(IMPORT, Owned(unit.unit_id, unit.region_code)):
            return Decision(seq, draft, REFUSED, _not_yours(unit), unit)
        link = around.links.get(placed.mark)
        first = Decision(
            seq,
            draft,
            UNCHANGED,
            unit=unit,
            mark=placed.mark,
            content=placed.content,
            link=link.content if link else None,
        )
        known = _match(placed, unit, around, taken)
        if known is None:
            return _new(placed, first, around, taken)
        taken.entries.add(known.entry_id)
        first = replace(first, known=known)
        return first if first.link == first.content else _against(placed, first, known)


def _match(
    placed: "_Placed", unit: FoundUnit, around: "_Surroundings", taken: _Taken
) -> Known | None:
    link = around.links.get(placed.mark)
    if link is not None and link.entry_id in around.entries:
        return around.entries[link.entry_id]
    if placed.draft.ordinal:
        return None
    for entry in around.of_unit.get(unit.unit_id, ()):
        free = entry.entry_id not in taken.entries and entry.entry_id not in around.claimed
        if free and _is_same(entry, placed):
            return entry
    return None


def _new(placed: "_Placed", first: Decision, around: "_Surroundings", taken: _Taken) -> Decision:
    document = dict(placed.document)
    code = _free_code(placed, around, taken)
    if placed.draft.code and code is None:
        document.setdefault("source_code", placed.draft.code)
    try:
        ready = with_ids(checked(document))
    except Invalid as error:
        return replace(first, outcome=REFUSED, reason=_first(error))
    note = _double(placed, around, taken)
    return replace(first, outcome=NEW, document=ready, code=code, note=note)


def _double(placed: "_Placed", around: "_Surroundings", taken: _Taken) -> Text | None:
    """A word on another entry of the unit with the same title, written or about to be."""
    title = (placed.unit_id, placed.title_norm)
    seen = title in taken.titles
    taken.titles.add(title)
    others = around.of_unit.get(placed.unit_id, ())
    if placed.draft.doubles or not (
        seen or any(entry.title_norm == placed.title_norm for entry in others)
    ):
        return None
    return _("本单位已有同名目录《%(title)s》，可能重复。请核对。", title=placed.draft.title)


def _free_code(placed: "_Placed", around: "_Surroundings", taken: _Taken) -> str | None:
    place = (placed.region_code, placed.draft.code)
    if not placed.draft.code or place in around.used_codes or place in taken.codes:
        return None
    taken.codes.add(place)
    return placed.draft.code


class _Placed:
    """A draft with the unit that its row means, and what is remembered of it."""

    __slots__ = (
        "content",
        "document",
        "draft",
        "mark",
        "region_code",
        "seq",
        "title_norm",
        "unit",
        "unit_id",
    )

    def __init__(self, seq: int, draft: RecordDraft, finder: UnitFinder) -> None:
        self.seq, self.draft, self.unit = seq, draft, finder.find(draft.owner)
        found = self.unit if isinstance(self.unit, FoundUnit) else None
        self.unit_id = found.unit_id if found else ""
        self.region_code = found.region_code if found else ""
        self.document = {**draft.document, **_providers(draft, finder)}
        as_written = owner_mark(draft.owner)  # two spellings of one unit are two rows to remember
        key = (draft.key_kind, draft.key, str(draft.ordinal))
        self.mark = digest_of(self.unit_id, *as_written, *key).hex()
        self.content = digest([self.document, draft.code]).hex()
        self.title_norm = normalised_title(draft.title)


def _providers(draft: RecordDraft, finder: UnitFinder) -> dict[str, Any]:
    """Other providing units by id; names that nobody bears stay with the row as given."""
    names = draft.kept.get("providers", "").splitlines()
    found = [finder.find(Owner(name, region=draft.owner.region)) for name in names]
    ids = [unit.unit_id for unit in found if isinstance(unit, FoundUnit)]
    return {"providers": ids} if ids else {}


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """All that the database knows of some drafts; a constant number of statements."""

    links: Mapping[str, ImportLink]
    entries: Mapping[str, Known]
    of_unit: Mapping[str, Sequence[Known]]
    claimed: frozenset[str]
    used_codes: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, session: Session, placed: Sequence[_Placed], batch_id: str) -> "_Surroundings":
        marks = [p.mark for p in placed]
        query = select(ImportLink).where(ImportLink.mark.in_(marks))
        links = {link.mark: link for link in session.scalars(query)} if marks else {}
        rest = [p for p in placed if p.mark not in links]
        known = _known(session, {link.entry_id for link in links.values()}, rest)
        of_unit: dict[str, list[Known]] = {}
        for entry in known.values():
            of_unit.setdefault(entry.unit_id, []).append(entry)
        return cls(
            links, known, of_unit, _claimed(session, known, batch_id), _used_codes(session, placed)
        )


def _known(session: Session, ids: set[str], rest: Sequence[_Placed]) -> dict[str, Known]:
    """The linked entries, and those of the same units that a row may mean."""
    found = set(ids)
    units = {p.unit_id for p in rest}
    titles = {p.title_norm for p in rest}
    keys = {str(p.draft.document["source_key"]) for p in rest if p.draft.key_kind == SOURCE_KEY}
    codes = {p.draft.code for p in rest if p.draft.code}
    for column, values in (
        (Entry.title_norm, titles),
        (Entry.source_key, keys),
        (Entry.code, codes),
    ):
        if units and values:
            query = select(Entry.id).where(Entry.unit_id.in_(units), column.in_(values))
            found.update(session.scalars(query))
    if not found:
        return {}
    version = func.coalesce(Entry.open_version_id, Entry.current_version_id)
    query_all = (
        select(
            Entry.id,
            Entry.unit_id,
            Entry.region_code,
            Entry.standing,
            Entry.code,
            Entry.source_key,
            Entry.title_norm,
            EntryVersion.id,
            EntryVersion.status,
            EntryVersion.revision,
            EntryVersion.document,
        )
        .join(EntryVersion, EntryVersion.id == version)
        .where(Entry.id.in_(found))
        .order_by(Entry.created_at, Entry.id)
    )
    return {row[0]: Known(*row) for row in session.execute(query_all)}


def _claimed(session: Session, known: Iterable[str], batch_id: str) -> frozenset[str]:
    """Entries that earlier rows of this batch have taken already, before a break."""
    ids = list(known)
    if not ids or not batch_id:
        return frozenset()
    query = select(ImportRow.entry_id).where(
        ImportRow.entry_id.in_(ids), ImportRow.batch_id == batch_id
    )
    return frozenset(str(entry_id) for entry_id in session.scalars(query))


def _used_codes(session: Session, placed: Sequence[_Placed]) -> frozenset[tuple[str, str]]:
    pairs = {(p.region_code, p.draft.code) for p in placed if p.draft.code}
    if not pairs:
        return frozenset()
    query = select(Entry.region_code, Entry.code).where(
        tuple_(Entry.region_code, Entry.code).in_(pairs)
    )
    return frozenset((region, str(code)) for region, code in session.execute(query))


def _is_same(entry: Known, placed: _Placed) -> bool:
    """Whether an entry without a remembered row is the one that a draft means."""
    draft = placed.draft
    if draft.key_kind == CODE:
        return entry.code == draft.code or (
            entry.code is None and entry.title_norm == placed.title_norm
        )
    if draft.key_kind == SOURCE_KEY:
        if entry.source_key:
            return entry.source_key == draft.key
        return entry.title_norm == placed.title_norm
    if draft.key_kind == SOURCE_CODE:
        stated = json.loads(entry.document).get("source_code")
        return stated == draft.key if stated else entry.title_norm == placed.title_norm
    return entry.title_norm == placed.title_norm


def _against(placed: _Placed, first: Decision, known: Known) -> Decision:
    """The row against the entry as it is: what the row does not state stays."""
    previous = json.loads(known.document)
    try:
        ready = with_ids(checked({**previous, **placed.document}), previous)
    except Invalid as error:
        return replace(first, outcome=REFUSED, reason=_first(error))
    if canonical(ready) == known.document:
        return first
    if known.standing == "withdrawn":
        reason = _("这条目录已撤销，不能再修改。需要时请在门户里新建一条。")
        return replace(first, outcome=REFUSED, reason=reason)
    if known.version_status == "bureau_review":
        reason = _("这条目录正在审核，暂不能修改。请在审核结束后重新导入。")
        return replace(first, outcome=REFUSED, reason=reason)
    return replace(first, outcome=CHANGED, document=ready)


def _not_yours(unit: FoundUnit) -> Text:
    return _("您不能为“%(name)s”导入目录。请由该单位的编目人员或主管部门导入。", name=unit.name)


def _first(error: Invalid) -> Text:
    """The first wrong field of a document, as one sentence."""
    for path, reasons in error.fields.items():
        return _("“%(field)s”：%(reason)s", field=path, reason=reasons[0])
    return error.message
