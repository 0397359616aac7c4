"""Reads for the pages of units: figures, what should be updated, newest entries, drafts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from catalog.departments.figures import UnitFigures
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.queries.entries import EntryRow, entry_rows
from catalog.entries.queries.tally import tally
from catalog.entries.visibility import may_see_work
from portal.kernel import clock
from portal.kernel.access import Actor

SHOWN = 10
OPEN_STATUSES = ("draft", "bureau_review", "returned")

_NOW = bindparam("now", type_=Entry.overdue_at.type)
_CONDITIONS: Mapping[str, Callable[[], ColumnElement[bool]]] = {
    "attached": lambda: Entry.resource_count > 0,
    "empty": lambda: Entry.resource_count == 0,
    "timely": lambda: Entry.overdue_at >= _NOW,
    "overdue": lambda: Entry.overdue_at < _NOW,
}
LISTS = tuple(_CONDITIONS)


@dataclass(frozen=True, slots=True)
class DraftRow:
    """An unpublished version of a unit's entry; `is_change` when another one is published."""

    entry_id: str
    title: str
    number: int
    status: str
    saved_at: datetime
    created_by_name: str
    is_change: bool


@dataclass(frozen=True, slots=True)
class Drafts:
    """The latest unpublished versions of a unit, and how many there are by status."""

    rows: Sequence[DraftRow]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as the visibility of unpublished work looks at it."""

    unit_id: str
    region_code: str
    standing: str = "unpublished"
    open_type: str | None = None


def unit_figures(
    session: Session, actor: Actor, unit_ids: Sequence[str]
) -> Mapping[str, UnitFigures]:
    """The published entries of units in numbers, as the actor may see them; one statement."""
    counted = tally(session)
    figures = counted.government if actor.is_government else counted.public
    return {unit_id: figures[unit_id] for unit_id in unit_ids if unit_id in figures}


def should_be_updated(session: Session, actor: Actor, unit_id: str) -> list[EntryRow]:
    """The entries of a unit that are overdue, longest first, then those that soon will be."""
    values = {"unit_id": unit_id, "now": clock.now()}
    rows = session.execute(_to_update(government=actor.is_government), values)
    return [EntryRow(*row) for row in rows]


def unit_entries(
    session: Session, actor: Actor, unit_id: str, *, show: str, page: int
) -> list[EntryRow]:
    """One page of a unit's published entries, newest change first; `show` is one of `LISTS`."""
    statement = _entries(show, government=actor.is_government)
    values = {"unit_id": unit_id, "now": clock.now(), "skip": (page - 1) * SHOWN}
    return [EntryRow(*row) for row in session.execute(statement, values)]


def unit_drafts(session: Session, actor: Actor, place: Place) -> Drafts | None:
    """The unpublished versions of a unit; None for who may not see them. Two statements."""
    if not may_see_work(actor, place):
        return None
    v = EntryVersion
    where = (v.unit_id == place.unit_id, v.status.in_(OPEN_STATUSES))
    by_status = select(v.status, func.count()).where(*where).group_by(v.status)
    query = (
        select(
            Entry.id,
            Entry.title,
            v.number,
            v.status,
            v.saved_at,
            v.created_by_name,
            Entry.current_version_id.is_not(None),
        )
        .join(Entry, Entry.id == v.entry_id)
        .where(*where)
        .order_by(v.saved_at.desc(), v.id)
        .limit(SHOWN)
    )
    rows = [DraftRow(*row) for row in session.execute(query)]
    return Drafts(rows, {row[0]: row[1] for row in session.execute(by_status)})


def published(*, government: bool) -> tuple[ColumnElement[bool], ...]:
    """The part of `visibility.findable` that concerns published entries, told by an index alone."""
    is_published = Entry.standing == "published"
    if government:
        return (is_published,)
    return (is_published, or_(Entry.open_type.is_(None), Entry.open_type != "withheld"))


# Statements are built once: building one takes longer than asking it.


@cache
def _to_update(*, government: bool) -> Select[Any]:
    return (
        entry_rows()
        .where(
            Entry.unit_id == bindparam("unit_id"),
            *published(government=government),
            Entry.soon_at <= _NOW,
        )
        .order_by(Entry.overdue_at, Entry.id)
        .limit(SHOWN)
    )


@cache
def _entries(show: str, *, government: bool) -> Select[Any]:
    conditions = (_CONDITIONS[show](),) if show else ()
    return (
        entry_rows()
        .where(
            Entry.unit_id == bindparam("unit_id"), *published(government=government), *conditions
        )
        .order_by(Entry.metadata_changed_at.desc(), Entry.id)
        .limit(SHOWN)
        .offset(bindparam("skip"))
    )
