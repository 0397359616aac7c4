"""Short lists of the catalog: newest entries, units with most entries, entries with a property."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from catalog.entries.models import Entry
from catalog.entries.queries.entries import UNIT, EntryRow, entry_rows, listed
from catalog.entries.visibility import findable
from portal.kernel import clock
from portal.kernel.access import Actor
from portal.kernel.paging import PAGE_SIZE, Page


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit with its number of entries and how timely they are."""

    id: str
    name: str
    entries: int
    dated: int
    fresh: int

    @property
    def fresh_share(self) -> float | None:
        """更新及时率; None where no entry has a definite period and a known update."""
        return self.fresh / self.dated if self.dated else None


def newest(session: Session, actor: Actor, *, limit: int) -> list[EntryRow]:
    """The published entries that changed last."""
    query = (
        entry_rows()
        .where(Entry.standing == "published", findable(actor))
        .order_by(Entry.metadata_changed_at.desc(), Entry.id)
        .limit(limit)
    )
    return [EntryRow(*row) for row in session.execute(query)]


def largest_units(session: Session, actor: Actor, *, limit: int) -> list[UnitRow]:
    """The units with most entries that the actor may find."""
    dated = func.sum(case((Entry.overdue_at.is_not(None), 1), else_=0))
    fresh = func.sum(case((Entry.overdue_at >= clock.now(), 1), else_=0))
    query = (
        select(UNIT.c.id, UNIT.c.name, func.count(), dated, fresh)
        .join(Entry, Entry.unit_id == UNIT.c.id)
        .where(findable(actor))
        .group_by(UNIT.c.id, UNIT.c.name)
        .order_by(func.count().desc(), UNIT.c.name)
        .limit(limit)
    )
    return [UnitRow(*row) for row in session.execute(query)]


def browse(
    session: Session,
    actor: Actor,
    *,
    page: int,
    size: int = PAGE_SIZE,
    unit_id: str | None = None,
    has: str | None = None,
) -> Page[EntryRow]:
    """Entries by name from the database alone: all, of a unit, with a resource, without one."""
    query = entry_rows().where(findable(actor))
    if unit_id:
        query = query.where(Entry.unit_id == unit_id)
    if has == "resource":
        query = query.where(Entry.resource_count > 0)
    elif has == "nothing":
        query = query.where(Entry.resource_count == 0)
    return listed(session, query.order_by(Entry.title_key, Entry.id), page=page, size=size)
