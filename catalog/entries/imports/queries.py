"""Reads of batches: the list, one batch, its rows, problems and units; who may see them."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from catalog.entries.imports.drafts import Problem
from catalog.entries.imports.models import (
    INTERRUPTED,
    ImportBatch,
    ImportProblem,
    ImportRow,
    ImportUnit,
)
from catalog.entries.imports.pulse import BatchView, view_of, views
from catalog.entries.imports.report import Waiting
from catalog.entries.imports.running import missing_entries
from catalog.entries.imports.services import may_see
from catalog.entries.models import Entry
from catalog.entries.permissions import IMPORT
from portal.kernel.access import Actor, Scope
from portal.kernel.db import Database
from portal.kernel.errors import missing
from portal.kernel.paging import PAGE_SIZE, Page
from portal.kernel.text import _

UNITS_SHOWN = 200
_READ_AT_ONCE = 500


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
) -> Page[BatchView]:
    """The batches that the actor may see, newest first; three statements."""
    seen = visible(actor)
    total = session.scalar(select(func.count()).select_from(ImportBatch).where(seen)) or 0
    query = (
        select(ImportBatch)
        .where(seen)
        .order_by(ImportBatch.created_at.desc(), ImportBatch.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return Page(views(session, session.scalars(query)), page, size, total)


def batch_view(session: Session, actor: Actor, batch_id: str) -> BatchView:
    """One batch; raises NotFound, also for who may not see it."""
    batch = session.get(ImportBatch, batch_id)
    if batch is None or not may_see(actor, batch):
        raise missing(_("这次导入"))
    return view_of(session, batch)


def broken_off(session: Session, actor: Actor, batch: ImportBatch) -> ImportBatch | None:
    """The last import of the same file by the same person, if it was a command that died."""
    query = (
        select(ImportBatch)
        .where(
            ImportBatch.file_name == batch.file_name,
            ImportBatch.file_id.is_(None),
            ImportBatch.id != batch.id,
            ImportBatch.created_by.is_(None)
            if actor.id is None
            else ImportBatch.created_by == actor.id,
        )
        .order_by(ImportBatch.created_at.desc())
        .limit(1)
    )
    before = session.scalars(query).first()
    if before is None or view_of(session, before).stage != INTERRUPTED:
        return None
    return before


def units_of(session: Session, batch_id: str, *, unknown: bool) -> list[ImportUnit]:
    """The units that a file names: those that we know, or those that wait for confirmation."""
    is_unknown = ImportUnit.unit_id.is_(None)
    query = select(ImportUnit).where(
        ImportUnit.batch_id == batch_id, is_unknown if unknown else ~is_unknown
    )
    return list(session.scalars(query.order_by(ImportUnit.position).limit(UNITS_SHOWN)))


def waiting(session: Session, batch_id: str) -> Waiting:
    """The named units that wait for confirmation, with their entries; one statement."""
    query = select(func.count(), func.coalesce(func.sum(ImportUnit.entries), 0)).where(
        ImportUnit.batch_id == batch_id, ImportUnit.unit_id.is_(None)
    )
    units, records = session.execute(query).one()
    return Waiting(int(units), int(records))


def problems_page(
    session: Session,
    batch_id: str,
    *,
    refused: bool = False,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[ImportProblem]:
    """The problems in the order of the rows, of all rows or the refused; two statements."""
    mine = [ImportProblem.batch_id == batch_id]
    if refused:
        mine.append(ImportProblem.refused.is_(True))
    total = session.scalar(select(func.count()).select_from(ImportProblem).where(*mine)) or 0
    query = (
        select(ImportProblem)
        .where(*mine)
        .order_by(ImportProblem.row, ImportProblem.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return Page(list(session.scalars(query)), page, size, total)


def all_problems(database: Database, batch_id: str) -> Iterator[Problem]:
    """Every problem of a batch in the order of the rows.

    A few at a time, each with a transaction of its own: whoever reads may be slow.
    """
    place = tuple_(ImportProblem.row, ImportProblem.id)
    query = (
        select(ImportProblem)
        .where(ImportProblem.batch_id == batch_id)
        .order_by(ImportProblem.row, ImportProblem.id)
        .limit(_READ_AT_ONCE)
    )
    found: Sequence[ImportProblem] = ()
    while True:
        more = query.where(place > (found[-1].row, found[-1].id)) if found else query
        with database.reading() as session:
            found = session.scalars(more).all()
        if not found:
            return
        for row in found:
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
    ids = missing_entries(session, batch_id)
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    query = (
        select(Entry)
        .where(Entry.id.in_(ids))
        .order_by(Entry.title_key, Entry.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return Page(list(session.scalars(query)), page, size, total)
