"""Figures of the catalog that a visitor may find; each counts a list that can be opened."""

from dataclasses import dataclass

from sqlalchemy import JSON, case, cast, func, select, true
from sqlalchemy.orm import Session

from catalog.entries.models import Entry
from catalog.entries.visibility import findable
from portal.kernel import clock
from portal.kernel.access import Actor


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is."""

    entries: int
    with_resource: int
    open: int
    fresh: int
    overdue: int
    items: int
    units: int

    @property
    def resource_share(self) -> float:
        """挂接率: entries with a resource among all."""
        return self.with_resource / self.entries if self.entries else 0.0

    @property
    def fresh_share(self) -> float:
        """更新及时率: entries not overdue among those with a definite period and a known update."""
        dated = self.fresh + self.overdue
        return self.fresh / dated if dated else 0.0


def counts(session: Session, actor: Actor) -> Counts:
    """All figures in one statement."""
    moment = clock.now()
    query = select(
        func.count(),
        func.coalesce(func.sum(case((Entry.resource_count > 0, 1), else_=0)), 0),
        func.coalesce(func.sum(case((Entry.open_type == "unconditional", 1), else_=0)), 0),
        func.coalesce(func.sum(case((Entry.overdue_at >= moment, 1), else_=0)), 0),
        func.coalesce(func.sum(case((Entry.overdue_at < moment, 1), else_=0)), 0),
        func.coalesce(func.sum(Entry.item_count), 0),
        func.count(Entry.unit_id.distinct()),
    ).where(findable(actor))
    return Counts(*(int(value) for value in session.execute(query).one()))


def themes(session: Session, actor: Actor) -> list[tuple[str, int]]:
    """The themes with their entries, largest first; both databases read the stored JSON list."""
    if session.get_bind().dialect.name == "sqlite":
        each = func.json_each(Entry.themes).table_valued("value")
    else:
        each = func.json_array_elements_text(cast(Entry.themes, JSON)).table_valued("value")
    query = (
        select(each.c.value, func.count())
        .select_from(Entry)
        .join(each, true())
        .where(findable(actor))
        .group_by(each.c.value)
        .order_by(func.count().desc(), each.c.value)
    )
    return [(key, n) for key, n in session.execute(query)]
