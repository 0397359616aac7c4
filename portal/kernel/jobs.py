"""Jobs: scheduled and requested work as data, and the row that each of their runs is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.kernel import clock
from portal.kernel.db import Base, Database, new_id
from portal.kernel.sentence import Sentence
from portal.kernel.text import Text
from portal.kernel.upsert import insert_missing
from portal.kernel.work import Work

PLANNED, RUNNING, DONE, FAILED, CANCELLED, DEAD = STATES = (
    "planned",
    "running",
    "done",
    "failed",
    "cancelled",
    "dead",
)
SHORTEST_INTERVAL = timedelta(seconds=1)
HOUR = 3600


class Cancelled(Exception):
    """Raised inside a run by `check_cancelled`: stop here, what was kept stays kept."""


class JobContext(Protocol):
    """What the function of a job works with."""

    @property
    def runtime(self) -> Any:
        """Settings, database and parts of this process."""

    @property
    def run_id(self) -> str:
        """The id of this run."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What the run was asked to do; plain values."""

    @property
    def planned_at(self) -> datetime:
        """The moment for which the run was planned."""

    @property
    def requested_by(self) -> str | None:
        """The id of the person who asked for the run; None when it was scheduled."""

    @property
    def counts(self) -> dict[str, Any]:
        """What the run reports at its end: numbers by name. Kept with the run."""

    @property
    def resume_of(self) -> str | None:
        """The id of the run that died and that this one goes on with."""

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None:
        """Tells how far the run is; cheap, may be called for every row."""

    def check_cancelled(self) -> None:
        """Raises Cancelled when somebody asked to stop, or the process is told to end; cheap."""


class JobFunction(Protocol):
    """Does the work; idempotent, for a run may be repeated."""

    def __call__(self, context: JobContext) -> None: ...


@dataclass(frozen=True, slots=True)
class Job:
    """Work that the product does by itself or that people ask for.

    `trigger`: five cron fields on the city's clocks (days of the week by name), an interval,
    or None for work that is only requested or follows another (`after`: its key). `parallel` is
    how many of its runs may be at work at once. A `resumable` run that died is planned again.
    A failed run is tried `attempts` times in all.
    """

    key: str
    label: Text
    function: JobFunction
    trigger: str | timedelta | None = None
    after: str | None = None
    time_limit: int = HOUR
    resumable: bool = False
    attempts: int = 1
    parallel: int = 1

    def __post_init__(self) -> None:
        problem = _problem(self)
        if problem:
            raise ValueError(f"job {self.key}: {problem}")


class JobRun(Base):
    """One run of a job, unique by job and planned time: only one process can have it.

    `claimed_by` is the scheduler that took it, `process` the one process that executes it.
    """

    __tablename__ = "job_run"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("uq_job_run_job_planned_at", "job", "planned_at", unique=True),
        Index("ix_job_run_state", "state", "available_at"),
        Index("ix_job_run_started_at", "started_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    job: Mapped[str]
    planned_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=PLANNED)
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    requested_by: Mapped[str | None]
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    claimed_by: Mapped[str | None]
    process: Mapped[str | None]
    heartbeat_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    words: Mapped[Text | None] = mapped_column(Sentence())
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[Text | None] = mapped_column(Sentence())
    cancel_requested: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    attempt: Mapped[int] = mapped_column(default=1)
    resume_of: Mapped[str | None] = mapped_column(
        ForeignKey("job_run.id", ondelete="SET NULL"), index=True
    )

    @property
    def is_over(self) -> bool:
        """Whether the run has come to an end, good or bad."""
        return self.state not in (PLANNED, RUNNING)

    @property
    def percent(self) -> int | None:
        """How far the run is, from 0 to 100, where its size is known."""
        return min(100, self.done * 100 // self.total) if self.total else None

    @property
    def seconds(self) -> float | None:
        """How long the run has taken so far, or took."""
        if self.started_at is None:
            return None
        return ((self.finished_at or clock.now()) - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to plan: `attempt` and `resume_of` tell what it repeats."""

    job: str
    planned_at: datetime
    arguments: Mapping[str, Any] = field(default_factory=dict)
    requested_by: str | None = None
    available_at: datetime | None = None
    attempt: int = 1
    resume_of: str | None = None


def request_run(uow: Work, job: str, arguments: Mapping[str, Any] | None = None) -> str:
    """Asks for a run of a job, which a scheduler takes up within a second; returns its id."""
    run_id = plan_next(uow.session, NewRun(job, uow.at, arguments or {}, requested_by=uow.actor.id))
    uow.audit("job.request", "job_run", run_id, {"job": job})
    return run_id


def plan_next(session: Session, new: NewRun) -> str:
    """Writes a planned run at the first free moment: two requests at once are two runs."""
    while True:
        run_id = plan(session, new)
        if run_id is not None:
            return run_id
        new = replace(new, planned_at=new.planned_at + timedelta(microseconds=1))


def plan(session: Session, new: NewRun) -> str | None:
    """Writes a planned run; None when there is one of that job and moment already."""
    row = _row(new)
    inserted = insert_missing(session, JobRun, [row], keys=("job", "planned_at"))
    return row["id"] if inserted else None


def start_run(
    database: Database, job: Job, *, planned_at: datetime, arguments: Mapping[str, Any], owner: str
) -> str | None:
    """Writes a run as taken by `owner`: who gets its id, and nobody else, runs it."""
    row = _row(NewRun(job.key, planned_at, arguments))
    moment = row["created_at"]
    row |= {"state": RUNNING, "claimed_by": owner, "started_at": moment, "heartbeat_at": moment}
    with database.writing() as session:
        inserted = insert_missing(session, JobRun, [row], keys=("job", "planned_at"))
        session.commit()
    return row["id"] if inserted else None


def _row(new: NewRun) -> dict[str, Any]:
    return {
        "id": new_id(),
        "job": new.job,
        "planned_at": new.planned_at,
        "state": PLANNED,
        "arguments": dict(new.arguments),
        "requested_by": new.requested_by,
        "created_at": clock.now(),
        "available_at": new.available_at or new.planned_at,
        "attempt": new.attempt,
        "resume_of": new.resume_of,
        "done": 0,
        "counts": {},
        "cancel_requested": False,
    }


def _problem(job: Job) -> str | None:
    if job.trigger is not None and job.after is not None:
        return "either a trigger or after"
    if isinstance(job.trigger, timedelta) and job.trigger < SHORTEST_INTERVAL:
        return "an interval of at least a second"
    if isinstance(job.trigger, str):
        fields = job.trigger.split()
        if len(fields) != 5:  # noqa: PLR2004  minute, hour, day, month, day of the week
            return "a trigger of five cron fields"
        if re.search(r"\d", fields[4]):
            return "days of the week by name (mon-sun), for their numbers differ between crons"
    if min(job.time_limit, job.attempts, job.parallel) < 1:
        return "limits of at least one"
    return None
