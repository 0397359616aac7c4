"""Writes what was decided on some entries of a file: one short transaction, whole or not at all.

All that can be made beforehand is: `prepared` gives rows, `apply` only writes them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog.entries.events import ENTRY, EntryChanged
from catalog.entries.imports.drafts import Problem
from catalog.entries.imports.identifiers import new_ids
from catalog.entries.imports.inserting import insert_rows
from catalog.entries.imports.models import (
    CHANGED,
    NEW,
    OF_IMPORT,
    REFUSED,
    UNCHANGED,
    ImportBatch,
    ImportLink,
    ImportRow,
)
from catalog.entries.imports.planning import Decision
from catalog.entries.imports.problems import add_problems
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.rules import fingerprint
from catalog.entries.services.codes import reserve_codes
from catalog.entries.services.writing import new_version, rewrite, show
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel import clock
from portal.kernel.access import Actor
from portal.kernel.errors import Conflict
from portal.kernel.text import _
from portal.kernel.uow import UnitOfWork

Values = tuple[Any, ...]


def _names(model: type[Any]) -> tuple[str, ...]:
    return tuple(column.name for column in model.__table__.columns)


ENTRY_NAMES, VERSION_NAMES = _names(Entry), _names(EntryVersion)
ROW_NAMES, LINK_NAMES = _names(ImportRow), _names(ImportLink)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Decisions and the rows that they become; `ids` are those of new entries, by number."""

    decisions: Sequence[Decision]
    ids: dict[int, str]
    codes: list[tuple[str, str]]
    entries: list[Values]
    versions: list[Values]
    rows: list[Values]
    links: list[Values]
    problems: list[Problem]


def prepared(batch_id: str, actor: Actor, decisions: Sequence[Decision]) -> Prepared:
    """The rows of some decisions, before any transaction."""
    new = [decision for decision in decisions if decision.outcome == NEW]
    made = new_ids(2 * len(new))
    ids = {decision.seq: made[2 * place] for place, decision in enumerate(new)}
    drafts = _Drafts(batch_id, actor, clock.now())
    first = [drafts.rows(d, made[2 * n], made[2 * n + 1]) for n, d in enumerate(new)]
    return Prepared(
        decisions=decisions,
        ids=ids,
        codes=[(d.unit.region_code, d.code) for d in new if d.code and d.unit],
        entries=[entry for entry, _version in first],
        versions=[version for _entry, version in first],
        rows=[_row(batch_id, d, ids) for d in decisions],
        links=[link for d in decisions if (link := _link(batch_id, d, ids)) is not None],
        problems=[problem for d in decisions if (problem := _problem(d)) is not None],
    )


def apply(uow: UnitOfWork, batch: ImportBatch, made: Prepared) -> None:
    """Writes entries, versions, remembered rows and outcomes, and moves the batch on.

    Raises Conflict when an entry has changed since it was decided on, or another import has
    entered the same rows; then nothing is written.
    """
    session = uow.session
    _write_new(uow, batch, made)
    for decision in made.decisions:
        if decision.outcome == CHANGED:
            _write_changed(uow, batch, decision)
    insert_rows(session, ImportLink, LINK_NAMES, made.links, unless=("mark",))
    _check_first(session, made)
    _remember_changes(uow, batch, made)
    insert_rows(session, ImportRow, ROW_NAMES, made.rows)
    add_problems(session, batch.id, made.problems, OF_IMPORT)
    batch.problem_count += len(made.problems)
    _move_on(batch, made.decisions)


def _write_new(uow: UnitOfWork, batch: ImportBatch, made: Prepared) -> None:
    """New entries with their first drafts, in as few statements as there are tables."""
    if not made.ids:
        return
    reserve_codes(uow.session, made.codes)
    insert_rows(uow.session, Entry, ENTRY_NAMES, made.entries)
    insert_rows(uow.session, EntryVersion, VERSION_NAMES, made.versions)
    ids = list(made.ids.values())
    for entry_id in ids:
        uow.emit(EntryChanged(subject_id=entry_id, bulk=True))
    uow.audit("import.created", "import_batch", batch.id, {"entries": ids})


@dataclass(frozen=True, slots=True)
class _Drafts:
    """Makes the rows of new entries and of their first versions, as `create_entry` would.

    A mapped object for each costs more than the insert itself.
    """

    batch_id: str
    actor: Actor
    at: datetime

    def rows(self, decision: Decision, entry_id: str, version_id: str) -> tuple[Values, Values]:
        """Entry and version of one decision."""
        document, unit = decision.document, decision.unit
        if document is None or unit is None:
            raise AssertionError("a new entry has a document and a unit")
        entry: Any = SimpleNamespace(
            id=entry_id,
            unit_id=unit.unit_id,
            region_code=unit.region_code,
            code=decision.code,
            last_number=1,
            standing=STANDING_WORKFLOW.initial,
            open_version_id=version_id,
            metadata_changed_at=self.at,
            batch_id=self.batch_id,
            created_at=self.at,
            created_by=self.actor.id,
            revision=1,
        )
        show(entry, document)
        return _values(entry, ENTRY_NAMES), self._version(entry, version_id, decision.written)

    def _version(self, entry: Any, version_id: str, written: str) -> Values:
        version = SimpleNamespace(
            id=version_id,
            entry_id=entry.id,
            unit_id=entry.unit_id,
            region_code=entry.region_code,
            number=1,
            status=VERSION_WORKFLOW.initial,
            document=written,
            sha256=fingerprint(written),
            batch_id=self.batch_id,
            created_at=self.at,
            created_by=self.actor.id,
            created_by_name=self.actor.name,
            saved_at=self.at,
            revision=1,
        )
        return _values(version, VERSION_NAMES)


def _values(record: SimpleNamespace, names: tuple[str, ...]) -> Values:
    """The columns of a record that is not in a session; what was not set is None."""
    return tuple(map(vars(record).get, names))


def _write_changed(uow: UnitOfWork, batch: ImportBatch, decision: Decision) -> None:
    known, document = decision.known, decision.document
    if known is None or document is None:
        raise AssertionError("a changed entry is known and has a document")
    entry = uow.lock(Entry, known.entry_id)
    seen_id = entry.open_version_id or entry.current_version_id
    version = uow.lock(EntryVersion, str(seen_id))
    if version.id != known.version_id or version.revision != known.version_revision:
        raise Conflict(_("这条目录刚被别人改过，这一批将重新核对。"))
    if version.status == "published":
        version = new_version(uow, entry, document, batch_id=batch.id)
        uow.session.add(version)
    else:
        rewrite(uow, version, document)
        version.batch_id = batch.id
    if entry.standing == "unpublished":
        show(entry, document)
        entry.metadata_changed_at = uow.at  # of a published one nothing is seen of the draft
    uow.emit(EntryChanged(subject_id=entry.id, bulk=True))
    uow.audit("entry.imported", ENTRY, entry.id, {"batch": batch.id, "version": version.number})


def _check_first(session: Session, made: Prepared) -> None:
    """Two that import the same rows at once must not both enter them: the first one does."""
    if not made.ids:
        return
    mine = ImportLink.entry_id.in_(list(made.ids.values()))
    if session.scalar(select(func.count()).select_from(ImportLink).where(mine)) != len(made.ids):
        raise Conflict(_("同样的内容刚由另一次导入写入，这一批将重新核对。"))


def _remember_changes(uow: UnitOfWork, batch: ImportBatch, made: Prepared) -> None:
    """What a known row says now, where it says something else than before."""
    for decision in made.decisions:
        if decision.link in (None, decision.content) or decision.reason is not None:
            continue
        known = update(ImportLink).where(ImportLink.mark == decision.mark)
        uow.session.execute(known.values(content=decision.content, batch_id=batch.id))


def _link(batch_id: str, decision: Decision, ids: dict[int, str]) -> Values | None:
    """Which row became which entry, so that a later file finds it again."""
    entry_id = ids.get(decision.seq) or (decision.known.entry_id if decision.known else None)
    if not entry_id or decision.unit is None or decision.reason or decision.link is not None:
        return None
    link = SimpleNamespace(
        mark=decision.mark,
        unit_id=decision.unit.unit_id,
        entry_id=entry_id,
        content=decision.content,
        batch_id=batch_id,
    )
    return _values(link, LINK_NAMES)


def _row(batch_id: str, decision: Decision, ids: dict[int, str]) -> Values:
    known = decision.known.entry_id if decision.known else None
    row = SimpleNamespace(
        batch_id=batch_id,
        seq=decision.seq,
        row=decision.draft.row,
        row_count=len(decision.draft.rows),
        outcome=decision.outcome,
        title=decision.draft.title,
        entry_id=ids.get(decision.seq, known),
        unit_id=decision.unit.unit_id if decision.unit else None,
        doubles=[str(row) for row in decision.draft.doubles],
        kept=dict(decision.draft.kept),
    )
    return _values(row, ROW_NAMES)


def _problem(decision: Decision) -> Problem | None:
    said = decision.reason or decision.note
    if said is None:
        return None
    return Problem(decision.draft.row, said, refused=decision.reason is not None)


def _move_on(batch: ImportBatch, decisions: Sequence[Decision]) -> None:
    counts = Counter(decision.outcome for decision in decisions)
    batch.new_count += counts[NEW]
    batch.changed_count += counts[CHANGED]
    batch.unchanged_count += counts[UNCHANGED]
    batch.refused_count += counts[REFUSED]
    batch.next_seq = decisions[-1].seq + 1
