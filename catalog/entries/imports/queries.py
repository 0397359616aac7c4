"""Reads of batches: the list, one batch, its rows, problems and units; who may see them."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from catalog.entries.imports.drafts import Problem
from catalog.entries.imports.models import ImportBatch, ImportProblem, ImportRow, ImportUnit
from catalog.entries.imports.running import missing_entries
from catalog.entries.imports.services import may_see
from catalog.entries.models import Entry
from catalog.entries.permissions import IMPORT
from portal.kernel.access import Actor, Scope
from portal.kernel.errors import missing
from portal.kernel.jobs import JobRun
from portal.kernel.paging import PAGE_SIZE, Page
from portal.kernel.text import _

UNITS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch with the run that works on it."""

    batch: ImportBatch
    run: JobRun | None


def visible(actor: Actor) -> ColumnElement[bool]:
    """`services.may_see` as a condition on batches."""
    if actor.id is None:
        return true() if actor.is_government else ImportBatch.id.is_(None)
    found: list[ColumnElement[bool]] = [ImportBatch.created_by == actor.id]
    for assignment in actor.assignments:
        scope = IMPORT.grants.get(assignment.role)
        if scope is Scope.ALL:
            return true()
        if scope is Scope.REGION and assignment.region_code:
            found.append(ImportBatch.region_code == assignment.region_code)
        if scope is Scope.OWN_UNIT and assignment.unit_id:
            found.append(ImportBatch.unit_id == assignment.unit_id)
    return or_(*found)


def batches(
    session: Session, actor: Actor, *, page: int = 1, size: int = PAGE_SIZE
) -> Page[ImportBatch]:
    """The batches that the actor may see, newest first; two statements."""
    seen = visible(actor)
    total = session.scalar(select(func.count()).select_from(ImportBatch).where(seen)) or 0
    query = (
        select(ImportBatch)
        .where(seen)
        .order_by(ImportBatch.created_at.desc(), ImportBatch.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return Page(list(session.scalars(query)), page, size, total)


def batch_view(session: Session, actor: Actor, batch_id: str) -> BatchView:
    """One batch; raises NotFound, also for who may not see it."""
    batch = session.get(ImportBatch, batch_id)
    if batch is None or not may_see(actor, batch):
        raise missing(_("这次导入"))
    run = session.get(JobRun, batch.run_id) if batch.run_id else None
    return BatchView(batch, run)


def units_of(session: Session, batch_id: str, *, unknown: bool) -> list[ImportUnit]:
    """The units that a file names: those that we know, or those that wait for confirmation."""
    is_unknown = ImportUnit.unit_id.is_(None)
    query = select(ImportUnit).where(
        ImportUnit.batch_id == batch_id, is_unknown if unknown else ~is_unknown
    )
    return list(session.scalars(query.order_by(ImportUnit.position).limit(UNITS_SHOWN)))


def unknown_units(session: Session, batch_id: str) -> int:
    """How many named units wait for confirmation."""
    query = select(func.count()).where(
        ImportUnit.batch_id == batch_id, ImportUnit.unit_id.is_(None)
    )
    return session.scalar(query) or 0


def problems_page(
    session: Session, batch_id: str, *, page: int = 1, size: int = PAGE_SIZE
) -> Page[ImportProblem]:
    """The problems in the order of the rows; two statements."""
    mine = ImportProblem.batch_id == batch_id
    total = session.scalar(select(func.count()).select_from(ImportProblem).where(mine)) or 0
    query = (
        select(ImportProblem)
        .where(mine)
        .order_by(ImportProblem.row, ImportProblem.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return Page(list(session.scalars(query)), page, size, total)


def all_problems(session: Session, batch_id: str) -> Iterator[Problem]:
    """Every problem of a batch in the order of the rows, a few at a time."""
    query = (
        select(ImportProblem)
        .where(ImportProblem.batch_id == batch_id)
        .order_by(ImportProblem.row, ImportProblem.id)
        .execution_options(yield_per=500)
    )
    for row in session.scalars(query):
        yield Problem(
            row.row, row.reason, row.column, row.value, refused=row.refused, secret=row.secret
        )


def rows_page(
    session: Session,
    batch_id: str,
    *,
    outcome: str | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[ImportRow]:
    """What became of the entries of a file, of one outcome or all; two statements."""
    mine = [ImportRow.batch_id == batch_id]
    if outcome:
        mine.append(ImportRow.outcome == outcome)
    total = session.scalar(select(func.count()).select_from(ImportRow).where(*mine)) or 0
    query = (
        select(ImportRow).where(*mine).order_by(ImportRow.seq).limit(size).offset((page - 1) * size)
    )
    return Page(list(session.scalars(query)), page, size, total)


def missing_page(
    session: Session, batch_id: str, *, page: int = 1, size: int = PAGE_SIZE
) -> Page[Entry]:
    """Entries of the same units that earlier files had and this one has not; two statements."""
    ids = missing_entries(batch_id)
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    query = (
        select(Entry)
        .where(Entry.id.in_(ids))
        .order_by(Entry.title_key, Entry.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return Page(list(session.scalars(query)), page, size, total)
