"""An import at work: decides, writes in short transactions, goes on after a break."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from catalog.entries.imports.applying import apply, prepared
from catalog.entries.imports.at_work import AtWork, Pace, finder_of, options_of, pieces
from catalog.entries.imports.drafts import Problem, RecordDraft
from catalog.entries.imports.ending import SUBJECT, end
from catalog.entries.imports.examining import note_reading
from catalog.entries.imports.models import (
    DONE,
    IMPORTING,
    OF_IMPORT,
    REFUSED,
    ImportBatch,
    ImportLink,
    ImportRow,
)
from catalog.entries.imports.planning import Decision, Planner
from catalog.entries.imports.problems import (
    FORGOTTEN_AT_ONCE,
    add_problems,
    forget_problems,
    keep_problems,
)
from catalog.entries.imports.reading import Reading, read_file
from catalog.entries.imports.report import Counts
from catalog.entries.models import EntryVersion
from catalog.entries.services.review import move_version
from portal.kernel.access import SYSTEM
from portal.kernel.errors import Conflict, PortalError
from portal.kernel.text import Text, _
from portal.kernel.uow import UnitOfWork, unit_of_work

PUBLISHED_AT_ONCE = 10
_TRIES = 3


def run(work: AtWork, path: Path) -> ImportBatch:
    """Imports the file of a batch, from the beginning or from where a broken run stopped."""
    with work.runtime.database.reading() as session:
        batch = session.get_one(ImportBatch, work.batch_id)
    with read_file(path, options_of(batch)) as reading:
        return import_reading(work, reading)


def import_reading(work: AtWork, reading: Reading) -> ImportBatch:
    """Imports what was read of the file of a batch; one that is done already is left alone."""
    with work.runtime.database.reading() as session:
        batch = session.get_one(ImportBatch, work.batch_id)
        if batch.stage == DONE:  # a run that died over its report goes on with that
            return batch
        planner = Planner(work.actor, finder_of(session, batch), batch.id)
    if batch.next_seq == 0:
        _begin(work, reading)
    pace = Pace()
    for drafts in pieces(reading, batch.next_seq, pace):
        work.monitor.check_cancelled()
        decisions = _import(work, planner, drafts, pace)
        work.monitor.progress(decisions[-1].seq + 1, reading.drafts_count)
    if batch.publish:
        publish(work)
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


def publish(work: AtWork) -> int:
    """Submits and publishes the drafts of a batch through the workflow; returns how many went.

    What the rules forbid stays a draft, with its reason among the problems.
    """
    done, after = 0, ""
    # Not only what this run wrote: an earlier one may have been killed before it published.
    in_file = exists().where(
        ImportRow.batch_id == work.batch_id,
        ImportRow.entry_id == EntryVersion.entry_id,
        ImportRow.outcome != REFUSED,
    )
    open_drafts = (
        select(EntryVersion.id)
        .where(EntryVersion.status == "draft", in_file)
        .order_by(EntryVersion.id)
        .limit(PUBLISHED_AT_ONCE)
    )
    while True:
        work.monitor.check_cancelled()
        with work.runtime.database.reading() as session:
            ids = list(session.scalars(open_drafts.where(EntryVersion.id > after)))
        if not ids:
            return done
        done += _publish_some(work, ids)
        after = ids[-1]
        work.monitor.progress(done, words=_("已发布 %(n)s 条", n=done))


def _publish_some(work: AtWork, ids: Sequence[str]) -> int:
    """Together if they all may go, else one by one."""
    try:
        with unit_of_work(work.runtime, work.actor) as uow:
            for version_id in ids:
                _publish_one(uow, version_id)
            uow.lock(ImportBatch, work.batch_id).published_count += len(ids)
    except PortalError as error:
        if len(ids) > 1:
            return sum(_publish_some(work, [one]) for one in ids)
        _note_unpublished(work, ids[0], error.message)
        return 0
    return len(ids)


def _publish_one(uow: UnitOfWork, version_id: str) -> None:
    move_version(uow, version_id=version_id, key="submit", bulk=True)
    move_version(uow, version_id=version_id, key="publish", bulk=True)


def _note_unpublished(work: AtWork, version_id: str, reason: Text) -> None:
    query = (
        select(ImportRow.row)
        .join(EntryVersion, EntryVersion.entry_id == ImportRow.entry_id)
        .where(ImportRow.batch_id == work.batch_id, EntryVersion.id == version_id)
    )
    with unit_of_work(work.runtime, SYSTEM) as uow:
        row = uow.session.scalar(query.limit(1)) or 0
        add_problems(uow.session, work.batch_id, [Problem(row, reason)], OF_IMPORT)
        uow.lock(ImportBatch, work.batch_id).problem_count += 1


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


def missing_entries(batch_id: str) -> Any:
    """Ids of entries of the units in this file that earlier files had and this one has not."""
    units = select(ImportRow.unit_id).where(
        ImportRow.batch_id == batch_id,
        ImportRow.unit_id.is_not(None),
        ImportRow.outcome != REFUSED,  # a row of another's unit tells nothing of that unit
    )
    here = select(ImportRow.seq).where(
        ImportRow.batch_id == batch_id, ImportRow.entry_id == ImportLink.entry_id
    )
    return (
        select(ImportLink.entry_id).where(ImportLink.unit_id.in_(units), ~here.exists()).distinct()
    )


def missing_count(session: Session, batch_id: str) -> int:
    """How many entries the file no longer has; they are reported, never withdrawn."""
    query = select(func.count()).select_from(missing_entries(batch_id).subquery())
    return session.scalar(query) or 0
