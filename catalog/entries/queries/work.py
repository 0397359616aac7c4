"""Reads for those who work on entries: what is edited, what waits, what the index still lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, literal, select, tuple_
from sqlalchemy.orm import Session

from catalog.entries.deadlines import REVIEW_DUE
from catalog.entries.events import ENTRY, VERSION
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.queries.entries import UNIT, missing_entry
from catalog.entries.visibility import may_see_work, work_visible
from portal.kernel import calendar, clock
from portal.kernel.access import Actor
from portal.kernel.deadlines import Light, due, light
from portal.kernel.errors import missing
from portal.kernel.outbox import CLAIMED, PENDING, OutboxRow
from portal.kernel.paging import PAGE_SIZE, Page
from portal.kernel.tasks import Task
from portal.kernel.text import _
from search.indexer import KEY


def editable(session: Session, actor: Actor, entry_id: str) -> tuple[Entry, EntryVersion]:
    """The entry and the version that an editor would go on with."""
    entry = session.get(Entry, entry_id)
    if entry is None or not may_see_work(actor, entry):
        raise missing_entry()
    version = session.get(EntryVersion, entry.open_version_id or entry.current_version_id)
    if version is None:
        raise missing(_("这个版本"))
    return entry, version


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A version that waits for the bureau."""

    id: str
    entry_id: str
    number: int
    title: str
    unit_name: str
    created_by_name: str
    submitted_at: datetime | None
    is_change: bool
    item_count: int
    sha256: str


def waiting(
    session: Session, actor: Actor, *, page: int, unit_id: str | None = None
) -> Page[WaitingRow]:
    """The versions that the actor may decide on, those that are due first in front.

    What was submitted earlier is never due later, so the order of submission is that of the limits.
    """
    where = [EntryVersion.status == "bureau_review", work_visible(actor, EntryVersion)]
    if unit_id:
        where.append(EntryVersion.unit_id == unit_id)
    total = session.scalar(select(func.count()).select_from(EntryVersion).where(*where)) or 0
    query = (
        select(
            EntryVersion.id,
            EntryVersion.entry_id,
            EntryVersion.number,
            Entry.title,
            UNIT.c.name,
            EntryVersion.created_by_name,
            EntryVersion.submitted_at,
            Entry.current_version_id.is_not(None),
            Entry.item_count,
            EntryVersion.sha256,
        )
        .join(Entry, Entry.id == EntryVersion.entry_id)
        .join(UNIT, UNIT.c.id == EntryVersion.unit_id)
        .where(*where)
        .order_by(EntryVersion.submitted_at, EntryVersion.id)
    )
    rows = session.execute(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return Page([WaitingRow(*row) for row in rows], page, PAGE_SIZE, total)


@dataclass(frozen=True, slots=True)
class ReviewClock:
    """Until when the bureau has to decide on a version, and how that stands now."""

    due_at: datetime
    light: Light


def review_clocks(
    session: Session, submitted: Mapping[str, datetime | None]
) -> dict[str, ReviewClock]:
    """The clocks of versions that wait, by id, from when each was submitted; two statements.

    The reviewers' task keeps the limit; until it is opened, a moment after submission, the rule
    tells what it will be.
    """
    if not submitted:
        return {}
    days, now = calendar.load(session), clock.now()
    limits = {
        version_id: due(days, at, REVIEW_DUE).at
        for version_id, at in submitted.items()
        if at is not None
    }
    query = select(Task.subject_id, Task.due_at).where(
        Task.subject_kind == VERSION, Task.subject_id.in_(submitted), Task.state == "open"
    )
    limits |= {version_id: at for version_id, at in session.execute(query) if at is not None}
    return {key: ReviewClock(at, light(at, now, days)) for key, at in limits.items()}


def reviewed(
    session: Session, actor: Actor, version_id: str
) -> tuple[Entry, EntryVersion, EntryVersion | None]:
    """A version under review, its entry, and the published version that it would follow."""
    version = session.get(EntryVersion, version_id)
    entry = session.get(Entry, version.entry_id) if version else None
    if version is None or entry is None or not may_see_work(actor, entry):
        raise missing(_("这个版本"))
    former = None
    if entry.current_version_id and entry.current_version_id != version.id:
        former = session.get(EntryVersion, entry.current_version_id)
    return entry, version, former


@dataclass(frozen=True, slots=True)
class Place:
    """Where a version stands among those that wait: its number from 1, and its neighbours."""

    number: int
    total: int
    previous: str | None
    following: str | None


def place_of(session: Session, actor: Actor, version: EntryVersion) -> Place:
    """The place of a version in the reviewer's list, 0 when it does not wait; three statements."""
    where = (EntryVersion.status == "bureau_review", work_visible(actor, EntryVersion))
    at = tuple_(EntryVersion.submitted_at, EntryVersion.id)
    here = tuple_(
        literal(version.submitted_at, EntryVersion.submitted_at.type), literal(version.id)
    )
    total, before, after = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((at < here, 1), else_=0)), 0),
            func.coalesce(func.sum(case((at > here, 1), else_=0)), 0),
        ).where(*where)
    ).one()
    order = (EntryVersion.submitted_at, EntryVersion.id)
    ids = select(EntryVersion.id).where(*where)
    last = session.scalar(ids.where(at < here).order_by(*(c.desc() for c in order)).limit(1))
    following = session.scalar(ids.where(at > here).order_by(*order).limit(1))
    return Place(before + 1 if total > before + after else 0, total, last, following)


@dataclass(frozen=True, slots=True)
class Opened:
    """The version of an entry that is being worked on."""

    status: str
    saved_at: datetime


def opened_versions(session: Session, entry_ids: Sequence[str]) -> dict[str, Opened]:
    """The versions that are being worked on, by the entries that have one; one statement."""
    query = (
        select(Entry.id, EntryVersion.status, EntryVersion.saved_at)
        .join(EntryVersion, EntryVersion.id == Entry.open_version_id)
        .where(Entry.id.in_(entry_ids))
    )
    return {row.id: Opened(row.status, row.saved_at) for row in session.execute(query)}


def waits_for_index(session: Session, entry_id: str) -> bool:
    """Whether a change of the entry has not reached the search index yet."""
    query = select(OutboxRow.id).where(
        OutboxRow.subject_kind == ENTRY,
        OutboxRow.subject_id == entry_id,
        OutboxRow.handler.startswith(f"{KEY}index."),
        OutboxRow.state.in_((PENDING, CLAIMED)),
    )
    return session.scalar(query.limit(1)) is not None
