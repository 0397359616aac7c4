"""The published entries counted by unit, kept as long as no count can have changed.

Counting a hundred thousand entries takes tens of milliseconds, and every list of units shows
twenty of the counts. They change when a workflow moves an entry, which leaves a row in the log of
transitions, and when an entry becomes overdue, whose moment is known. So one statement asks for
the log's last row and counts only where that or the moment has passed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, case, func, literal, null, select
from sqlalchemy.orm import Session

from catalog.departments.figures import UnitFigures
from catalog.entries.models import Entry
from portal.kernel import clock
from portal.kernel.transitions import TransitionRow

# PostgreSQL may show a row of the log after a younger one: what was missed so is seen after this.
LONGEST = timedelta(minutes=1)
NONE_KNOWN = -1
MOST_UNITS = 1_000_000


@dataclass(frozen=True, slots=True)
class Tally:
    """Figures by unit, of what everybody sees and of what people of government units see."""

    stamp: int
    made_at: datetime
    good_until: datetime
    public: Mapping[str, UnitFigures]
    government: Mapping[str, UnitFigures]

    def holds(self, at: datetime) -> bool:
        return self.made_at <= at <= self.good_until


# A cache beside each engine, not state: a tally is replaced as soon as it may be wrong.
_kept: WeakKeyDictionary[Engine, Tally] = WeakKeyDictionary()


def tally(session: Session) -> Tally:
    """The figures of all units as they are now; one statement."""
    engine = session.get_bind().engine
    at, kept = clock.now(), _kept.get(engine)
    known = kept.stamp if kept is not None and kept.holds(at) else NONE_KNOWN
    rows = session.execute(_STATEMENT, {"known": known, "at": at}).all()
    stamp = next(row.entries for row in rows if row.unit_id is None)
    if kept is not None and stamp == known:
        return kept
    made = _made(stamp, at, [row for row in rows if row.unit_id is not None])
    _kept[engine] = made
    return made


def _made(stamp: int, at: datetime, rows: list[Any]) -> Tally:
    moments = [row.next_overdue for row in rows if row.next_overdue is not None]
    return Tally(
        stamp=stamp,
        made_at=at,
        good_until=min([at + LONGEST, *moments]),
        public={
            row.unit_id: UnitFigures(
                row.entries - row.hidden,
                row.attached - row.hidden_attached,
                row.dated - row.hidden_dated,
                row.late - row.hidden_late,
            )
            for row in rows
            if row.entries > row.hidden
        },
        government={
            row.unit_id: UnitFigures(row.entries, row.attached, row.dated, row.late) for row in rows
        },
    )


def _statement() -> Any:
    """Two in one, so that its number is the same whether it counts or not."""
    last = select(func.coalesce(func.max(TransitionRow.id), 0)).scalar_subquery()
    at = bindparam("at", type_=Entry.overdue_at.type)
    withheld = Entry.open_type == "withheld"

    def number(*conditions: Any) -> Any:
        return func.coalesce(func.sum(case((_all(conditions), 1), else_=0)), 0)

    attached, dated, late = (
        Entry.resource_count > 0,
        Entry.overdue_at.is_not(None),
        Entry.overdue_at < at,
    )
    # Hidden from the planner: an index by standing would then fetch every entry from the table.
    standing = func.coalesce(Entry.standing, "")
    counts = (
        select(
            Entry.unit_id.label("unit_id"),
            func.count().label("entries"),
            number(withheld).label("hidden"),
            number(attached).label("attached"),
            number(attached, withheld).label("hidden_attached"),
            number(dated).label("dated"),
            number(dated, withheld).label("hidden_dated"),
            number(late).label("late"),
            number(late, withheld).label("hidden_late"),
            func.min(case((Entry.overdue_at >= at, Entry.overdue_at))).label("next_overdue"),
        )
        .where(standing == "published")
        .group_by(Entry.unit_id)
        # Both databases look at the limit first: none of the rows is read where it is 0.
        .limit(case((last != bindparam("known"), MOST_UNITS), else_=0))
        .subquery()
    )
    stamp = select(null(), last, *(literal(0) for _number in range(7)), null())
    return select(counts).union_all(stamp)


def _all(conditions: tuple[Any, ...]) -> Any:
    first, *rest = conditions
    for condition in rest:
        first &= condition
    return first


_STATEMENT = _statement()
