"""What waits for the signed-in person, counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel import calendar, clock
from portal.kernel.access import Actor
from portal.kernel.addressee import clause
from portal.kernel.tasks import OPEN, Task, amber_from


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


def lights(session: Session, actor: Actor) -> Lights:
    """The actor's open tasks by light, as the filters of the list narrow it."""
    now, soon = clock.now(), amber_from(calendar.load(session), clock.today())
    query = select(
        func.count(),
        func.count().filter(Task.due_at < now),
        func.count().filter(Task.due_at >= now, Task.due_at < soon),
        func.count().filter(Task.due_at >= soon),
    ).where(Task.state == OPEN, clause(actor, Task))
    return Lights(*session.execute(query).one())


def kinds(session: Session, actor: Actor) -> Mapping[str, int]:
    """The actor's open tasks by kind."""
    query = (
        select(Task.kind, func.count().label("number"))
        .where(Task.state == OPEN, clause(actor, Task))
        .group_by(Task.kind)
        .order_by(Task.kind)
    )
    return {row.kind: row.number for row in session.execute(query)}
