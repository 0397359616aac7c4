"""The inside of one run: its function called, its heart beating, its end recorded."""

import logging
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import Any, Self

from sqlalchemy.exc import SQLAlchemyError

from portal.kernel import logs
from portal.kernel.errors import PortalError
from portal.kernel.job_runs import (
    Outcome,
    beat,
    begin,
    cancel_requested,
    finish,
    jobs_of,
    run_of,
)
from portal.kernel.jobs import CANCELLED, DEAD, DONE, FAILED, Cancelled, Job, JobRun
from portal.kernel.runtime import Runtime
from portal.kernel.sentence import plain
from portal.kernel.text import Text, _

LOOK_SECONDS = 0.5
BEAT_SECONDS = 5.0
PROGRESS_SECONDS = 1.0
GRACE_SECONDS = 10.0
EXIT_DONE, EXIT_FAILED, EXIT_CANCELLED, EXIT_LOST = 0, 1, 2, 3

log = logging.getLogger(__name__)


@dataclass(slots=True)
class RunContext:
    """The context of a run at work; see `jobs.JobContext`."""

    runtime: Runtime
    run_id: str
    arguments: Mapping[str, Any]
    planned_at: datetime
    requested_by: str | None
    resume_of: str | None
    counts: dict[str, Any] = field(default_factory=dict)
    cancelled: bool = False
    interrupted: bool = False
    lost: bool = False
    done: int = 0
    total: int | None = None
    words: Text | None = None

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None:
        """Only remembers; the heart writes it, so that no write waits inside another."""
        self.done = done
        self.total = total if total is not None else self.total
        self.words = words if words is not None else self.words

    def check_cancelled(self) -> None:
        """Raises Cancelled when the run should stop, whoever wants it."""
        if self.cancelled or self.interrupted or self.lost:
            raise Cancelled

    def reported(self) -> dict[str, Any]:
        """What is to be seen of the run while it works."""
        return {
            "done": self.done,
            "total": self.total,
            "words": self.words,
            "counts": dict(self.counts),
        }


class Heart:
    """A thread that beats for a run, writes its progress and hears of its cancelling.

    It ends the process when the run takes too long or belongs to another by now, for then
    nobody may be left who could.
    """

    def __init__(self, context: RunContext, *, time_limit: float) -> None:
        self._context = context
        self._time_limit = time_limit
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)
        self._started = self._beaten = time.monotonic()
        self._lost_at: float | None = None
        self._written: dict[str, Any] = context.reported()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            try:
                self._look()
            except SQLAlchemyError as error:
                log.warning("job.heart", extra={"run": self._context.run_id, "error": str(error)})
            self._end_what_nobody_else_can()

    def _look(self) -> None:
        database = self._context.runtime.database
        with database.reading() as session:
            self._context.cancelled |= cancel_requested(session, self._context.run_id)
        now, reported = time.monotonic(), self._context.reported()
        pause = BEAT_SECONDS if reported == self._written else PROGRESS_SECONDS
        if now - self._beaten < pause:
            return
        if not beat(database, self._context.run_id, reported):
            self._context.lost = True
        self._beaten, self._written = now, reported

    def _end_what_nobody_else_can(self) -> None:
        now = time.monotonic()
        if self._context.lost and self._lost_at is None:
            self._lost_at = now
        lost_long = self._lost_at is not None and now - self._lost_at > GRACE_SECONDS
        if lost_long or now - self._started > self._time_limit + GRACE_SECONDS:
            log.error("job.ended", extra={"run": self._context.run_id, "lost": lost_long})
            os._exit(EXIT_LOST)


def execute(runtime: Runtime, run_id: str) -> int:
    """Does a planned or taken run; returns the exit code of the process.

    A run that another process executes already, or that is over, is left alone (`EXIT_LOST`).
    SIGTERM stops it at its next `check_cancelled`; a resumable run is then planned again.
    Raises NotFound when there is no such run.
    """
    with runtime.database.reading() as session:
        run = run_of(session, run_id)
    if not begin(runtime.database, run_id, process=f"{socket.gethostname()}:{os.getpid()}"):
        return EXIT_LOST
    jobs = jobs_of(runtime.features)
    context = _context(runtime, run)
    with logs.identified(f"job-{run_id}"), _stoppable(context):
        job = jobs[run.job]
        log.info("job.started", extra={"job": job.key, "run": run_id, "attempt": run.attempt})
        with Heart(context, time_limit=job.time_limit):
            outcome = _outcome(job, context)
        kept = finish(runtime.database, jobs, run_id, outcome)
        log.info(
            "job.finished",
            extra={"job": job.key, "run": run_id, "state": outcome.state, "kept": kept},
        )
    if not kept:
        return EXIT_LOST
    return {DONE: EXIT_DONE, FAILED: EXIT_FAILED}.get(outcome.state, EXIT_CANCELLED)


def _context(runtime: Runtime, run: JobRun) -> RunContext:
    return RunContext(
        runtime=runtime,
        run_id=run.id,
        arguments=run.arguments,
        planned_at=run.planned_at,
        requested_by=run.requested_by,
        resume_of=run.resume_of,
    )


def _outcome(job: Job, context: RunContext) -> Outcome:
    state, error = DONE, None
    try:
        job.function(context)
    except Cancelled:
        state = DEAD if context.interrupted and not context.cancelled else CANCELLED
        error = _("进程停止，运行中断。") if state == DEAD else _("已取消。")
    except PortalError as problem:
        state, error = FAILED, problem.message
        log.warning("job.refused", extra={"job": job.key, "error": str(problem)})
    except Exception as problem:
        state, error = FAILED, plain(traceback.format_exception_only(problem)[-1].strip()[:500])
        log.exception("job.failed", extra={"job": job.key})
    return Outcome(
        state,
        error,
        counts=context.counts,
        done=context.done,
        total=context.total,
        words=context.words,
        interrupted=context.interrupted,
    )


@contextmanager
def _stoppable(context: RunContext) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears signals
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        context.interrupted = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
