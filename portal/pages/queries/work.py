"""What waits for the signed-in person, counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.kernel import calendar, clock
from portal.kernel.access import Actor
from portal.kernel.addressee import clause
from portal.kernel.tasks import OPEN, Task, TaskFilter, amber_from


@dataclass(frozen=True, slots=True)
class Lights:
    """Open tasks by light; those without a limit count in `all` alone."""

    all: int
    over: int
    due: int
    ok: int


def open_count(session: Session, actor: Actor) -> int:
    """How many tasks the actor has; one statement, for every page shows it."""
    query = select(func.count()).select_from(Task).where(Task.state == OPEN, clause(actor, Task))
    return session.scalar(query) or 0


def lights(session: Session, actor: Actor, *, kind: str | None = None) -> Lights:
    """The actor's open tasks by light, of one kind or all; as the lights narrow the list."""
    lit = _lit(session)
    query = select(
        func.count(),
        func.count().filter(lit["over"]),
        func.count().filter(lit["due"]),
        func.count().filter(lit["ok"]),
    ).where(Task.state == OPEN, clause(actor, Task))
    if kind is not None:
        query = query.where(Task.kind == kind)
    return Lights(*session.execute(query).one())


def kinds(session: Session, actor: Actor, narrowed: TaskFilter | None = None) -> Mapping[str, int]:
    """The actor's tasks by kind, under every filter but that of the kind itself."""
    wanted = narrowed or TaskFilter()
    query = (
        select(Task.kind, func.count().label("number"))
        .where((Task.state == OPEN) if wanted.state == OPEN else (Task.state != OPEN))
        .where(clause(actor, Task))
        .group_by(Task.kind)
        .order_by(Task.kind)
    )
    if wanted.light is not None:
        query = query.where(_lit(session)[wanted.light])
    return {row.kind: row.number for row in session.execute(query)}


def _lit(session: Session) -> Mapping[str, ColumnElement[bool]]:
    """Which tasks show which light at this moment."""
    now, soon = clock.now(), amber_from(calendar.load(session), clock.today())
    return {
        "over": Task.due_at < now,
        "due": (Task.due_at >= now) & (Task.due_at < soon),
        "ok": Task.due_at >= soon,
    }
