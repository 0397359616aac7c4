"""How the product runs: what waits, what failed, what its jobs did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session

from portal.kernel.jobs import JobRun
from portal.kernel.outbox import CLAIMED, DEAD, PENDING, OutboxRow

RUNS_SHOWN = 14
LETTERS_SHOWN, NEWEST_LETTERS = 50, 10
WAITING = (PENDING, CLAIMED)


def ask(session: Session) -> None:
    """Asks the database the least there is to ask; raises DBAPIError when it does not answer."""
    session.execute(text("SELECT 1"))


@dataclass(frozen=True, slots=True)
class Lag:
    """How far behind one handler is; `since` is when the oldest waiting change was made."""

    handler: str
    waiting: int
    dead: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Letter:
    """An event that a handler could not take, after its last try."""

    id: int
    handler: str
    event: str
    subject_id: str
    created_at: datetime
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class LettersPage:
    """Some dead letters, newest first; `earlier` is what `before` has to be for more."""

    letters: Sequence[Letter]
    earlier: int | None


def lags(session: Session) -> list[Lag]:
    """The handlers that have something waiting or dead; empty when all is done."""
    open_now = OutboxRow.state.in_(WAITING)
    query = (
        select(
            OutboxRow.handler,
            func.count().filter(open_now),
            func.count().filter(OutboxRow.state == DEAD),
            func.min(case((open_now, OutboxRow.created_at))),
        )
        .where(OutboxRow.state.in_((*WAITING, DEAD)))
        .group_by(OutboxRow.handler)
        .order_by(OutboxRow.handler)
    )
    return [Lag(*row) for row in session.execute(query)]


def letters(
    session: Session,
    *,
    secrets: Sequence[str] = (),
    before: int | None = None,
    limit: int = LETTERS_SHOWN,
) -> list[Letter]:
    """The newest dead letters, or those before one; an error that names a secret has it masked."""
    query = (
        select(
            OutboxRow.id,
            OutboxRow.handler,
            OutboxRow.event,
            OutboxRow.subject_id,
            OutboxRow.created_at,
            OutboxRow.attempts,
            OutboxRow.error,
        )
        .where(OutboxRow.state == DEAD)
        .order_by(OutboxRow.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(OutboxRow.id < before)
    return [Letter(*row[:-1], masked(row.error or "", secrets)) for row in session.execute(query)]


def letters_page(
    session: Session, *, secrets: Sequence[str] = (), before: int | None = None
) -> LettersPage:
    """One page of dead letters: the newest, or those before one."""
    found = letters(session, secrets=secrets, before=before, limit=LETTERS_SHOWN + 1)
    shown = found[:LETTERS_SHOWN]
    return LettersPage(shown, shown[-1].id if len(found) > LETTERS_SHOWN else None)


def dead_count(session: Session) -> int:
    """How many letters are dead."""
    return session.scalar(select(func.count()).where(OutboxRow.state == DEAD)) or 0


def masked(words: str, secrets: Sequence[str]) -> str:
    """The words without any of the secrets."""
    for secret in secrets:
        words = words.replace(secret, "***")
    return words


def recent_states(session: Session) -> Mapping[str, Sequence[str]]:
    """The states of the last runs of each job that have begun, oldest first; one statement."""
    place = func.row_number().over(partition_by=JobRun.job, order_by=JobRun.planned_at.desc())
    newest = (
        select(JobRun.job, JobRun.state, JobRun.planned_at, place.label("place"))
        .where(JobRun.started_at.is_not(None))
        .subquery()
    )
    query = (
        select(newest.c.job, newest.c.state)
        .where(newest.c.place <= RUNS_SHOWN)
        .order_by(newest.c.job, newest.c.planned_at)
    )
    found: dict[str, list[str]] = {}
    for row in session.execute(query):
        found.setdefault(row.job, []).append(row.state)
    return found


def last_start(session: Session) -> datetime | None:
    """When a scheduler last began a run; None when none ever did."""
    return session.scalar(select(func.max(JobRun.started_at)))
