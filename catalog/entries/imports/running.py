"""An import at work: decides, writes in short transactions, goes on after a break."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, aliased

from catalog.entries.imports.applying import apply, prepared
from catalog.entries.imports.at_work import AtWork, Pace, finder_of, options_of, pieces
from catalog.entries.imports.drafts import RecordDraft
from catalog.entries.imports.ending import SUBJECT, end
from catalog.entries.imports.following import Following
from catalog.entries.imports.models import (
    DONE,
    IMPORTING,
    OF_IMPORT,
    REFUSED,
    ImportBatch,
    ImportRow,
)
from catalog.entries.imports.noting import note_disagreements, note_reading
from catalog.entries.imports.planning import Decision, Planner
from catalog.entries.imports.problems import (
    FORGOTTEN_AT_ONCE,
    forget_problems,
    keep_problems,
)
from catalog.entries.imports.publishing import publish
from catalog.entries.imports.reading import Reading, read_file
from catalog.entries.imports.report import Counts
from catalog.entries.imports.vocabulary import plain_label, word_set
from catalog.entries.imports.vocabulary_labels import OURS
from portal.kernel.errors import Conflict
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work

_TRIES = 3
_LOOKED_BACK = 200


def run(work: AtWork, path: Path) -> ImportBatch:
    """Imports the file of a batch, from the beginning or from where a broken run stopped."""
    with work.runtime.database.reading() as session:
        batch = session.get_one(ImportBatch, work.batch_id)
    with read_file(path, options_of(work, batch)) as reading:
        return import_reading(work, reading)


def no_report() -> None:
    """Nobody wants a report."""


def import_reading(
    work: AtWork, reading: Reading, keep_report: Callable[[], None] = no_report
) -> ImportBatch:
    """Imports what was read of the file of a batch; one that is done already is left alone.

    `keep_report` is called when all else is written: the end is told when the report is there.
    """
    with work.runtime.database.reading() as session:
        batch = session.get_one(ImportBatch, work.batch_id)
        if batch.stage == DONE:  # a run that died after its end
            return batch
        planner = Planner(work.actor, finder_of(session, batch, work.actor), batch.id)
    if batch.next_seq == 0:
        note_disagreements(reading, planner.finder)
        _begin(work, reading)
    pace, following = Pace(), Following(work)
    for drafts in pieces(reading, batch.next_seq, pace):
        work.monitor.check_cancelled()
        following.wait()
        decisions = _import(work, planner, drafts, pace)
        done, total = decisions[-1].seq + 1, reading.drafts_count
        words = _("已导入 %(done)s 条，共 %(total)s 条", done=f"{done:,}", total=f"{total:,}")
        work.monitor.progress(done, total, words)
    if batch.publish:
        publish(work)
    keep_report()
    return _finish(work)


def _begin(work: AtWork, reading: Reading) -> None:
    _forget_rows(work)
    forget_problems(work, OF_IMPORT)
    keep_problems(work, reading)
    with unit_of_work(work.runtime, work.actor) as uow:
        batch = uow.lock(ImportBatch, work.batch_id)
        note_reading(batch, reading)
        batch.stage = IMPORTING


def _forget_rows(work: AtWork) -> None:
    """Takes away what an earlier run of the same batch noted, some at a time."""
    mine = ImportRow.batch_id == work.batch_id
    while True:
        with unit_of_work(work.runtime, work.actor) as uow:
            first = uow.session.scalar(select(func.min(ImportRow.seq)).where(mine))
            if first is None:
                return
            some = delete(ImportRow).where(mine, ImportRow.seq < first + FORGOTTEN_AT_ONCE)
            uow.session.execute(some)


def _import(
    work: AtWork, planner: Planner, drafts: Sequence[tuple[int, RecordDraft]], pace: Pace
) -> list[Decision]:
    """Decides outside the transaction, writes inside; decides anew when somebody was faster."""
    for attempt in range(_TRIES):
        with work.runtime.database.reading() as session:
            decisions = planner.plan(session, drafts)
        made = prepared(planner.batch_id, work.actor, decisions)
        try:
            with unit_of_work(work.runtime, work.actor) as uow:
                pace.begin()
                apply(uow, uow.lock(ImportBatch, planner.batch_id), made)
            pace.end()
        except Conflict:
            if attempt == _TRIES - 1:
                raise
        else:
            return decisions
    raise AssertionError("the loop returns or raises")


def _finish(work: AtWork) -> ImportBatch:
    with work.runtime.database.reading() as session:  # it may take long
        missing = missing_count(session, work.batch_id)
    with unit_of_work(work.runtime, work.actor) as uow:
        batch = uow.lock(ImportBatch, work.batch_id)
        batch.missing_count = missing
        end(uow, batch, DONE)
        uow.audit("import.done", SUBJECT, batch.id, counts_in(batch).as_dict())
        return batch


def counts_in(batch: ImportBatch) -> Counts:
    """The counts of a batch that is done; they account for every row."""
    return Counts(
        read=batch.read_count,
        new=batch.new_count,
        changed=batch.changed_count,
        unchanged=batch.unchanged_count,
        merged=batch.merged_count,
        refused=batch.refused_count,
    )


def missing_entries(session: Session, batch_id: str) -> Any:
    """Ids of entries that earlier files of the same kind had and this one has not.

    Of the same kind are files with the same columns; only units that this file names count.
    """
    units = select(ImportRow.unit_id).where(
        ImportRow.batch_id == batch_id,
        ImportRow.unit_id.is_not(None),
        ImportRow.outcome != REFUSED,  # a row of another's unit tells nothing of that unit
    )
    here = aliased(ImportRow)
    same = select(here.seq).where(here.batch_id == batch_id, here.entry_id == ImportRow.entry_id)
    return (
        select(ImportRow.entry_id)
        .where(
            ImportRow.batch_id.in_(_earlier(session, batch_id)),
            ImportRow.entry_id.is_not(None),
            ImportRow.unit_id.in_(units),
            ~same.exists(),
        )
        .distinct()
    )


def _earlier(session: Session, batch_id: str) -> list[str]:
    """The last imports before this one of files with the same columns."""
    batch = session.get_one(ImportBatch, batch_id)
    query = (
        select(ImportBatch.id, ImportBatch.columns)
        .where(ImportBatch.stage == DONE, ImportBatch.created_at < batch.created_at)
        .order_by(ImportBatch.created_at.desc())
        .limit(_LOOKED_BACK)
    )
    columns = _named(batch.columns)
    return [i for i, earlier in session.execute(query) if columns and _named(earlier) == columns]


def _named(columns: Sequence[str]) -> frozenset[str]:
    """The columns of a file but the one that our own report has added."""
    return frozenset(map(plain_label, columns)) - word_set(OURS)


def missing_count(session: Session, batch_id: str) -> int:
    """How many entries the file no longer has; they are reported, never withdrawn."""
    query = select(func.count()).select_from(missing_entries(session, batch_id).subquery())
    return session.scalar(query) or 0
