"""The outbox: consequences of a change, written with it, done later, retried until done."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Index,
    Row,
    Select,
    case,
    delete,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.kernel import clock
from portal.kernel.db import Base, Big, Database

PEOPLE, BULK = 0, 1
PENDING, CLAIMED, DONE, DEAD = "pending", "claimed", "done", "dead"
MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=5)
KEEP_DONE = timedelta(days=7)
AWAY = timedelta(seconds=5)
PRUNED_AT_ONCE = 2000


class OutboxRow(Base):
    """One thing to do: one event for one handler. The id is the sequence of the change."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_open",
            "lane",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_outbox_state", "state", "handler"),
        Index("ix_outbox_subject", "subject_kind", "subject_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=True)
    lane: Mapped[int]
    handler: Mapped[str]
    event: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    payload: Mapped[dict[str, Any]]
    actor_id: Mapped[str | None]
    actor_name: Mapped[str]
    request_id: Mapped[str | None]
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    available_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    error: Mapped[str | None]


# Written out, for a database uses the partial index only where it sees the very value.
OPEN_STATE: ColumnElement[bool] = OutboxRow.state == literal_column("'pending'")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a handler is given: one outbox row, detached from the database."""

    id: int
    event: str
    subject_kind: str
    subject_id: str
    payload: Mapping[str, Any]
    actor_id: str | None
    created_at: datetime
    bulk: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that one dispatcher has taken up; `attempts` counts this one."""

    id: int
    lane: int
    handler: str
    attempts: int
    request_id: str | None
    delivery: Delivery


class HandlerFunction(Protocol):
    """Does the work of a batch; may be called twice with the same rows."""

    def __call__(self, runtime: Any, deliveries: Sequence[Delivery]) -> None: ...


class FinishFunction(Protocol):
    """Makes lasting what the batches before have done; where it fails they are all done again."""

    def __call__(self, runtime: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Handler:
    """A consequence declared by a feature: which events it hears and what it does.

    `batch` is how many rows one call takes; a failing call is retried as a whole, then row by row.
    `finish`, where there is one, is called after a batch, or once after several of the bulk lane;
    only then are their rows done.
    """

    key: str
    events: tuple[str, ...]
    function: HandlerFunction
    batch: int = 1
    finish: FinishFunction | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far behind one handler is."""

    handler: str
    pending: int
    dead: int
    oldest: datetime | None


def delivery_of(row: OutboxRow | Row[Any]) -> Delivery:
    """What a handler is given of a row, or of its columns."""
    return Delivery(
        id=row.id,
        event=row.event,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        payload=row.payload,
        actor_id=row.actor_id,
        created_at=row.created_at,
        bulk=row.lane == BULK,
    )


def wire(handlers: Sequence[Handler]) -> dict[str, tuple[Handler, ...]]:
    """Handlers by the name of the event that they hear."""
    wired: dict[str, tuple[Handler, ...]] = {}
    for handler in handlers:
        for event in handler.events:
            wired[event] = (*wired.get(event, ()), handler)
    return wired


def claim(database: Database, *, limit: int = 500, lane: int | None = None) -> list[Claimed]:
    """Takes the next rows that are due, all for one handler, of one lane or people's first."""
    moment = clock.now()
    with database.reading() as session:
        if session.execute(_due(moment, lane).limit(1)).first() is None:
            return []  # an idle dispatcher takes no write lock
    with database.writing() as session:
        first = session.execute(_locked(_due(moment, lane)).limit(1)).first()
        if first is None:
            return []
        same = _due(moment, first.lane).where(OutboxRow.handler == first.handler)
        rows = [_claimed(row) for row in session.execute(_locked(same).limit(limit))]
        session.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_([row.id for row in rows]))
            .values(state=CLAIMED, claimed_until=moment + LEASE, attempts=OutboxRow.attempts + 1)
        )
        session.commit()
    return rows


def release_stale(database: Database) -> int:
    """Gives back what a dead dispatcher had claimed; returns how many rows."""
    return _release(database, OutboxRow.claimed_until < clock.now())


def release_claimed(database: Database) -> int:
    """Gives back all that is claimed; for who knows that no other dispatcher is at work."""
    return _release(database)


def release(database: Database, ids: Sequence[int]) -> int:
    """Gives back rows that were claimed and not begun; their try does not count."""
    return _release(database, OutboxRow.id.in_(ids), attempts=OutboxRow.attempts - 1)


def settle(database: Database, ids: Sequence[int]) -> None:
    """Marks rows as done."""
    with database.writing() as session:
        session.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_(ids))
            .values(state=DONE, done_at=clock.now(), claimed_until=None, error=None)
        )
        session.commit()


def fail(database: Database, row: Claimed, error: BaseException) -> bool:
    """Puts a row back with a growing pause, or among the dead letters after the last try.

    Returns whether it is dead.
    """
    dead = row.attempts >= MAX_ATTEMPTS
    pause = timedelta(seconds=min(2**row.attempts, 900))
    with database.writing() as session:
        session.execute(
            update(OutboxRow)
            .where(OutboxRow.id == row.id)
            .values(
                state=DEAD if dead else PENDING,
                available_at=clock.now() + pause,
                claimed_until=None,
                error=_last_line(error),
            )
        )
        session.commit()
    return dead


def postpone(database: Database, ids: Sequence[int], error: BaseException) -> None:
    """Puts rows back because a part that they need is away; they never die of it."""
    with database.writing() as session:
        session.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_(ids))
            .values(
                state=PENDING,
                attempts=OutboxRow.attempts - 1,
                available_at=clock.now() + AWAY,
                claimed_until=None,
                error=_last_line(error),
            )
        )
        session.commit()


def waiting(session: Session) -> int:
    """How many rows are due now or at work; what is put back for later does not count."""
    due = OPEN_STATE & (OutboxRow.available_at <= clock.now())
    query = select(func.count()).where(due | (OutboxRow.state == CLAIMED))
    return session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class Queue:
    """How many rows of a lane wait, counted up to a bound, and the id of the first."""

    length: int
    oldest: int


def queue(session: Session, lane: int, *, most: int) -> Queue:
    """The rows of a lane that nobody has taken up yet; read from an index alone."""
    waiting = select(OutboxRow.id).where(OPEN_STATE, OutboxRow.lane == lane)
    first = waiting.order_by(OutboxRow.id).limit(most).subquery()
    length, oldest = session.execute(select(func.count(), func.min(first.c.id))).one()
    return Queue(length, oldest or 0)


def revive(session: Session, row_id: int) -> bool:
    """Gives a dead letter its tries again; False when it is not dead any more."""
    result = session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.state == DEAD)
        .values(state=PENDING, attempts=0, available_at=clock.now())
    )
    return bool(getattr(result, "rowcount", 0))


def backlog(session: Session) -> list[Backlog]:
    """What waits and what is dead, by handler; an empty list means that all is done."""
    query = (
        select(
            OutboxRow.handler,
            func.sum(_one_if(OutboxRow.state.in_((PENDING, CLAIMED)))),
            func.sum(_one_if(OutboxRow.state == DEAD)),
            func.min(OutboxRow.created_at),
        )
        .where(OutboxRow.state.in_((PENDING, CLAIMED, DEAD)))
        .group_by(OutboxRow.handler)
        .order_by(OutboxRow.handler)
    )
    rows = session.execute(query)
    return [Backlog(h, int(p or 0), int(d or 0), oldest) for h, p, d, oldest in rows]


def last_sequence(session: Session) -> int:
    """The newest sequence number that is visible now."""
    return session.scalar(select(func.max(OutboxRow.id))) or 0


def prune(database: Database) -> int:
    """Deletes done rows that nobody needs for a replay any more."""
    oldest, deleted = clock.now() - KEEP_DONE, 0
    while True:
        with database.writing() as session:  # one batch each, for others wait to write
            old = select(OutboxRow.id).where(OutboxRow.state == DONE, OutboxRow.done_at < oldest)
            result = session.execute(
                delete(OutboxRow).where(OutboxRow.id.in_(old.limit(PRUNED_AT_ONCE)))
            )
            session.commit()
        batch = int(getattr(result, "rowcount", 0))
        deleted += batch
        if batch < PRUNED_AT_ONCE:
            return deleted


def _claimed(row: Row[Any]) -> Claimed:
    return Claimed(
        id=row.id,
        lane=row.lane,
        handler=row.handler,
        attempts=row.attempts + 1,
        request_id=row.request_id,
        delivery=delivery_of(row),
    )


# Plain columns: an import leaves a hundred thousand rows.
_READ = [
    OutboxRow.__table__.c[name]
    for name in (
        *("id", "lane", "handler", "attempts", "request_id", "event", "subject_kind"),
        *("subject_id", "payload", "actor_id", "created_at"),
    )
]


def _due(moment: datetime, lane: int | None) -> Select[Any]:
    query = select(*_READ).where(OPEN_STATE, OutboxRow.available_at <= moment)
    if lane is not None:
        query = query.where(OutboxRow.lane == lane)
    return query.order_by(OutboxRow.lane, OutboxRow.id)


def _locked(query: Select[Any]) -> Select[Any]:
    return query.with_for_update(skip_locked=True)


def _release(database: Database, *conditions: ColumnElement[bool], **values: Any) -> int:
    with database.writing() as session:
        claimed = update(OutboxRow).where(OutboxRow.state == CLAIMED, *conditions)
        result = session.execute(claimed.values(state=PENDING, claimed_until=None, **values))
        session.commit()
        return int(getattr(result, "rowcount", 0))


def _last_line(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip()[:500]


def _one_if(condition: Any) -> Any:
    return case((condition, 1), else_=0)
