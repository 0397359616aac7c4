"""What becomes of runs: taken by one process, kept alive, ended, reaped, tried again, shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.orm import Session

from portal.kernel import clock
from portal.kernel.db import Database
from portal.kernel.errors import Conflict, missing
from portal.kernel.jobs import (
    CANCELLED,
    DEAD,
    DONE,
    FAILED,
    PLANNED,
    RUNNING,
    Job,
    JobRun,
    NewRun,
    plan,
    plan_next,
)
from portal.kernel.paging import PAGE_SIZE, Page
from portal.kernel.text import Text, _
from portal.kernel.work import Work

SILENCE = timedelta(seconds=60)
KEEP = timedelta(days=90)
MOST_DEATHS = 5
RETRY_PAUSE = timedelta(seconds=30)
LOCK_NUMBER = 6_402_373_705  # any number that no other lock of the product uses

Jobs = Mapping[str, Job]


def jobs_of(features: Sequence[Any]) -> dict[str, Job]:
    """All declared jobs by key; raises ValueError when two bear one key or `after` names none."""
    jobs: dict[str, Job] = {}
    for feature in features:
        for job in feature.jobs:
            if job.key in jobs:
                raise ValueError(f"two jobs are called {job.key}")
            jobs[job.key] = job
    for job in jobs.values():
        if job.after is not None and job.after not in jobs:
            raise ValueError(f"job {job.key} comes after {job.after}, which is none")
    return jobs


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `interrupted` means that its process was told to stop."""

    state: str
    error: Text | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)
    done: int | None = None
    total: int | None = None
    words: Text | None = None
    interrupted: bool = False


def plan_scheduled(database: Database, job: Job, planned_at: datetime) -> bool:
    """Plans a run that its trigger asks for, unless one is planned or one still waits."""
    with database.writing() as session:
        waiting = select(JobRun.id).where(
            JobRun.job == job.key, JobRun.state == PLANNED, JobRun.requested_by.is_(None)
        )
        new = session.scalar(waiting.limit(1)) is None and plan(
            session, NewRun(job.key, planned_at)
        )
        session.commit()
    return bool(new)


def claim(database: Database, jobs: Jobs, *, owner: str) -> JobRun | None:
    """Takes the next planned run that may start now; who gets it, and nobody else, runs it."""
    moment = clock.now()
    with database.reading() as session:
        if session.scalar(_next(moment, jobs).limit(1)) is None:
            return None  # the usual case takes no write lock
    with database.writing() as session:
        if not database.is_sqlite:  # two that claim at once must see each other's running runs
            session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK_NUMBER})
        running = _running(session)
        free = {key: job for key, job in jobs.items() if running.get(key, 0) < job.parallel}
        run = session.scalars(_next(moment, free).limit(1)).first()
        if run is not None:
            run.state, run.claimed_by = RUNNING, owner
            run.started_at = run.heartbeat_at = moment
        session.commit()
        return run


def _next(moment: datetime, jobs: Jobs) -> Select[JobRun]:
    return (
        select(JobRun)
        .where(JobRun.state == PLANNED, JobRun.available_at <= moment, JobRun.job.in_(sorted(jobs)))
        .order_by(JobRun.available_at, JobRun.id)
    )


def _running(session: Session) -> dict[str, int]:
    counted = select(JobRun.job, func.count().label("runs")).where(JobRun.state == RUNNING)
    return {row.job: row.runs for row in session.execute(counted.group_by(JobRun.job))}


def begin(database: Database, run_id: str, *, process: str) -> bool:
    """Makes this process the one that executes a run, planned or taken; False when one has it."""
    moment = clock.now()
    with database.writing() as session:
        result = session.execute(
            update(JobRun)
            .where(
                JobRun.id == run_id,
                JobRun.state.in_((PLANNED, RUNNING)),
                JobRun.process.is_(None),
            )
            .values(
                state=RUNNING,
                process=process,
                started_at=func.coalesce(JobRun.started_at, moment),
                heartbeat_at=moment,
            )
        )
        session.commit()
    return getattr(result, "rowcount", 0) == 1


def beat(database: Database, run_id: str, progress: Mapping[str, Any]) -> bool:
    """Says that the run lives and how far it is; False when it is not ours any more."""
    with database.writing() as session:
        result = session.execute(
            update(JobRun)
            .where(JobRun.id == run_id, JobRun.state == RUNNING)
            .values(heartbeat_at=clock.now(), **progress)
        )
        session.commit()
    return getattr(result, "rowcount", 0) == 1


def finish(
    database: Database,
    jobs: Jobs,
    run_id: str,
    outcome: Outcome,
    *,
    silent_since: datetime | None = None,
) -> bool:
    """Ends a running run, once, and plans what follows from it.

    False when it had ended already, or was heard of after `silent_since`.
    """
    with database.writing() as session:
        run = session.get(JobRun, run_id, with_for_update=True)
        if run is None or run.state != RUNNING:
            return False
        if silent_since is not None and run.heartbeat_at and run.heartbeat_at >= silent_since:
            return False
        run.state, run.finished_at = outcome.state, clock.now()
        if run.cancel_requested and run.state == DEAD:
            run.state = CANCELLED  # whoever asked it to stop does not want it taken up again
        run.error = outcome.error
        run.counts = dict(outcome.counts) or run.counts
        for name in ("done", "total", "words"):
            value = getattr(outcome, name)
            if value is not None:
                setattr(run, name, value)
        _follow(session, jobs, run, interrupted=outcome.interrupted)
        session.commit()
    return True


def _follow(session: Session, jobs: Jobs, run: JobRun, *, interrupted: bool) -> None:
    """Plans what comes next; a run that died before any process began it lost nothing."""
    job = jobs.get(run.job)
    if run.state == DONE:
        for follower in jobs.values():
            if follower.after == run.job:
                plan(session, NewRun(follower.key, run.planned_at))
    elif job and run.state == FAILED and run.attempt < job.attempts:
        _again(session, run, attempt=run.attempt + 1, pause=RETRY_PAUSE * 2**run.attempt)
    elif job and run.state == DEAD and (job.resumable or run.process is None):
        attempt = run.attempt + (not interrupted)
        if attempt <= MOST_DEATHS:
            _again(session, run, attempt=attempt)


def _again(session: Session, run: JobRun, *, attempt: int, pause: timedelta = timedelta()) -> None:
    moment = clock.now()
    plan_next(
        session,
        NewRun(
            run.job,
            moment,
            run.arguments,
            requested_by=run.requested_by,
            available_at=moment + pause,
            attempt=attempt,
            resume_of=run.id,
        ),
    )


def reap(database: Database, jobs: Jobs) -> list[str]:
    """Marks runs that fell silent as dead and plans the resumable ones again; returns their ids."""
    limit = clock.now() - SILENCE
    silent = select(JobRun.id).where(JobRun.state == RUNNING, JobRun.heartbeat_at < limit)
    with database.reading() as session:
        ids = list(session.scalars(silent))
    words = _("运行中断：%(seconds)s 秒没有应答。", seconds=int(SILENCE.total_seconds()))
    outcome = Outcome(DEAD, words)
    return [i for i in ids if finish(database, jobs, i, outcome, silent_since=limit)]


def request_cancel(uow: Work, *, run_id: str) -> JobRun:
    """Asks a run to stop; one that has not begun is cancelled at once.

    Raises NotFound, and Conflict when the run is over.
    """
    run = uow.session.get(JobRun, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise missing(_("这次运行"))
    if run.is_over:
        raise Conflict(_("这次运行已经结束，不能再取消。"))
    run.cancel_requested = True
    if run.state == PLANNED:
        run.state, run.finished_at = CANCELLED, uow.at
    uow.audit("job.cancel", "job_run", run.id, {"job": run.job})
    return run


def cancel_requested(session: Session, run_id: str) -> bool:
    """Whether somebody asked this run to stop."""
    return bool(session.scalar(select(JobRun.cancel_requested).where(JobRun.id == run_id)))


def run_of(session: Session, run_id: str) -> JobRun:
    """One run; raises NotFound."""
    run = session.get(JobRun, run_id)
    if run is None:
        raise missing(_("这次运行"))
    return run


def history(
    session: Session, *, job: str | None = None, state: str | None = None, page: int = 1
) -> Page[JobRun]:
    """The runs, newest first, of one job or all, in one state or any."""
    query = select(JobRun)
    if job:
        query = query.where(JobRun.job == job)
    if state:
        query = query.where(JobRun.state == state)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    shown = query.order_by(JobRun.planned_at.desc(), JobRun.id)
    rows = session.scalars(shown.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return Page(list(rows), page, PAGE_SIZE, total)


def latest_runs(session: Session) -> dict[str, JobRun]:
    """The newest run that has begun of each job, by its key."""
    newest = (
        select(JobRun.job, func.max(JobRun.started_at).label("started_at"))
        .where(JobRun.started_at.is_not(None))
        .group_by(JobRun.job)
        .subquery()
    )
    query = select(JobRun).join(
        newest, (JobRun.job == newest.c.job) & (JobRun.started_at == newest.c.started_at)
    )
    return {run.job: run for run in session.scalars(query)}


def prune_runs(uow: Work) -> int:
    """Deletes runs that ended more than ninety days ago."""
    old = delete(JobRun).where(JobRun.finished_at < uow.at - KEEP)
    return int(getattr(uow.session.execute(old), "rowcount", 0))
