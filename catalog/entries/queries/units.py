"""Reads for the pages of units: figures, what should be updated, newest entries, drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from catalog.departments.figures import UnitFigures
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.queries.entries import EntryRow, entry_rows
from catalog.entries.visibility import may_see_work
from portal.kernel import clock
from portal.kernel.access import Actor

SHOWN = 10
OPEN_STATUSES = ("draft", "bureau_review", "returned")
LISTS = ("attached", "empty", "timely", "overdue")


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
    late = case((Entry.overdue_at < clock.now(), 1), else_=0)
    attached = case((Entry.resource_count > 0, 1), else_=0)
    query = (
        select(
            Entry.unit_id,
            func.count(),
            func.sum(attached),
            func.count(Entry.overdue_at),
            func.sum(late),
        )
        .where(Entry.unit_id.in_(unit_ids), *published(actor))
        .group_by(Entry.unit_id)
    )
    return {row[0]: UnitFigures(*(int(n) for n in row[1:])) for row in session.execute(query)}


def should_be_updated(session: Session, actor: Actor, unit_id: str) -> list[EntryRow]:
    """The entries of a unit that are overdue, longest first, then those that soon will be."""
    query = (
        entry_rows()
        .where(Entry.unit_id == unit_id, *published(actor), Entry.soon_at <= clock.now())
        .order_by(Entry.overdue_at, Entry.id)
        .limit(SHOWN)
    )
    return [EntryRow(*row) for row in session.execute(query)]


def unit_entries(
    session: Session, actor: Actor, unit_id: str, *, show: str, page: int
) -> list[EntryRow]:
    """One page of a unit's published entries, newest change first; `show` is one of `LISTS`."""
    query = (
        entry_rows()
        .where(Entry.unit_id == unit_id, *published(actor), *_with(show))
        .order_by(Entry.metadata_changed_at.desc(), Entry.id)
        .limit(SHOWN)
        .offset((page - 1) * SHOWN)
    )
    return [EntryRow(*row) for row in session.execute(query)]


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


def published(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """The part of `visibility.findable` that concerns published entries, told by an index alone."""
    is_published = Entry.standing == "published"
    if actor.is_government:
        return (is_published,)
    return (is_published, or_(Entry.open_type.is_(None), Entry.open_type != "withheld"))


def _with(show: str) -> tuple[ColumnElement[bool], ...]:
    conditions: dict[str, Any] = {
        "attached": lambda: Entry.resource_count > 0,
        "empty": lambda: Entry.resource_count == 0,
        "timely": lambda: Entry.overdue_at >= clock.now(),
        "overdue": lambda: Entry.overdue_at < clock.now(),
    }
    return (conditions[show](),) if show in conditions else ()
