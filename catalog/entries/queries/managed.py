"""Entries by state for those who work on them: how many of each, and one page of a state.

A reviewer's list spans the whole catalog, so nothing here may read every entry: counts come from
indexes alone, and the keys of a page are found before anything else of its rows is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select, union_all
from sqlalchemy.orm import Session

from catalog.entries.models import Entry, EntryVersion
from catalog.entries.queries.entries import EntryRow, entry_rows
from catalog.entries.rules import CODE, normalised_title
from catalog.entries.visibility import work_visible
from catalog.entries.workflow import STANDING_WORKFLOW
from portal.kernel.access import Actor
from portal.kernel.paging import PAGE_SIZE, Page

STANDINGS = tuple(state.key for state in STANDING_WORKFLOW.states)
# A version in one of these states is the one that its entry has open.
OPEN_STATUSES = ("draft", "bureau_review", "returned")
EVERY_ENTRY = ""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the list is narrowed to; `own` leaves the entries of the actor's unit alone."""

    own: bool = False
    unit_id: str | None = None
    text: str = ""


def state_counts(session: Session, actor: Actor, narrowed: Narrowed) -> Mapping[str, int]:
    """The number of entries in each state, and of all of them at ""; one statement."""
    named = _named(narrowed.text)
    standing, status = _state(Entry.standing, named), _state(EntryVersion.status, named)
    standings = (
        select(standing.label("state"), func.count())
        .where(*_within(actor, narrowed, Entry), *named)
        .group_by(standing)
    )
    opened = select(status, func.count()).where(
        status.in_(OPEN_STATUSES), *_versions(actor, narrowed, named)
    )
    found = {
        str(state): int(number)
        for state, number in session.execute(union_all(standings, opened.group_by(status)))
    }
    return {**found, EVERY_ENTRY: sum(found.get(key, 0) for key in STANDINGS)}


def own_work(
    session: Session, actor: Actor, counts: Mapping[str, int], *, state: str, page: int
) -> Page[EntryRow]:
    """The entries of the actor's unit in a state, what was worked on last first; one statement."""
    last = func.coalesce(EntryVersion.saved_at, Entry.metadata_changed_at)
    query = (
        entry_rows()
        .outerjoin(EntryVersion, EntryVersion.id == Entry.open_version_id)
        .where(Entry.unit_id == actor.unit_id)
        .order_by(last.desc(), Entry.id)
    )
    if state in STANDINGS:
        query = query.where(Entry.standing == state)
    elif state:
        query = query.where(EntryVersion.status == state)
    return _page(session, query.limit(PAGE_SIZE).offset(_skipped(page)), page, counts.get(state, 0))


def all_work(
    session: Session,
    actor: Actor,
    narrowed: Narrowed,
    counts: Mapping[str, int],
    *,
    state: str,
    page: int,
) -> Page[EntryRow]:
    """The entries in a state that a reviewer answers for, newest change first; one statement."""
    keys = (
        _opened(actor, narrowed, state)
        if state in OPEN_STATUSES
        else _standing(actor, narrowed, (state,) if state else STANDINGS, _skipped(page))
    )
    at, key = keys.selected_columns.at, keys.selected_columns.id
    found = keys.order_by(at.desc(), key).limit(PAGE_SIZE).offset(_skipped(page)).subquery("found")
    query = entry_rows().join(found, found.c.id == Entry.id).order_by(found.c.at.desc(), found.c.id)
    return _page(session, query, page, counts.get(state, 0))


def _opened(actor: Actor, narrowed: Narrowed, status: str) -> Select[str, datetime]:
    """The entries with an open version in a state, each with the moment it was saved."""
    version, named = EntryVersion, _named(narrowed.text)
    return select(version.entry_id.label("id"), version.saved_at.label("at")).where(
        _state(version.status, named) == status, *_versions(actor, narrowed, named)
    )


def _standing(
    actor: Actor, narrowed: Narrowed, standings: Sequence[str], skipped: int
) -> Select[str, datetime]:
    """The entries of these standings, each with the moment of its last change.

    Each standing gives no more than the page can hold, in the order of an index; where a name is
    asked for there is no such order, and all that bear it are sorted.
    """
    changed = Entry.metadata_changed_at
    query = select(Entry.id.label("id"), changed.label("at")).where(
        *_within(actor, narrowed, Entry)
    )
    if named := _named(narrowed.text):
        return query.where(*named, _state(Entry.standing, named).in_(standings))
    most = skipped + PAGE_SIZE
    each = [
        query.where(Entry.standing == key).order_by(changed.desc(), Entry.id).limit(most).subquery()
        for key in standings
    ]
    both = union_all(*(select(one.c.id, one.c.at) for one in each)).subquery()
    return select(both.c.id, both.c.at)


def _state(column: Any, named: Sequence[Any]) -> Any:
    """A state, hidden from the planner where a name is asked for.

    By an index on states it would fetch every entry; the index that holds the names is far smaller.
    """
    return func.coalesce(column, "") if named else column


def _versions(
    actor: Actor, narrowed: Narrowed, named: Sequence[ColumnElement[bool]]
) -> list[ColumnElement[bool]]:
    """Versions of the entries in question; where a name is asked for, those that they have open."""
    if not named:
        return _within(actor, narrowed, EntryVersion)
    entries = select(Entry.open_version_id).where(*_within(actor, narrowed, Entry), *named)
    return [EntryVersion.id.in_(entries)]


def _within(actor: Actor, narrowed: Narrowed, model: Any) -> list[ColumnElement[bool]]:
    found = [model.unit_id == actor.unit_id if narrowed.own else work_visible(actor, model)]
    if narrowed.unit_id:
        found.append(model.unit_id == narrowed.unit_id)
    return found


def _named(text: str) -> list[ColumnElement[bool]]:
    """Entries by a whole code, else by a part of the title; none by signs alone."""
    if not text:
        return []
    if CODE.fullmatch(text.strip()):
        return [Entry.code == text.strip()]
    words = normalised_title(text)
    if not words:
        return [false()]
    # True of every entry: it leads SQLite to the index on unit and title, read without the entries.
    return [Entry.unit_id >= "", Entry.title_norm.contains(words, autoescape=True)]


def _skipped(page: int) -> int:
    return (page - 1) * PAGE_SIZE


def _page(session: Session, query: Select[Any], page: int, total: int) -> Page[EntryRow]:
    return Page([EntryRow(*row) for row in session.execute(query)], page, PAGE_SIZE, total)
