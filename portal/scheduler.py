"""The process that plans jobs by their triggers and runs them, each run in a child process."""

import logging
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError

from portal.kernel import clock
from portal.kernel.db import new_id
from portal.kernel.execution import EXIT_LOST
from portal.kernel.job_runs import Outcome, claim, finish, jobs_of, plan_scheduled, reap
from portal.kernel.jobs import DEAD, FAILED, Job, JobRun
from portal.kernel.runtime import Runtime
from portal.kernel.text import Text, _

EXECUTE = (sys.executable, "-m", "portal.cli", "jobs", "execute")
TURN_SECONDS = 0.1
LOOK_SECONDS = 0.5
REAP_SECONDS = 10.0
PAUSE_AFTER_FAILURE = 2.0
STOP_SECONDS = 10.0
MISFIRE_SECONDS = 300
MOST_CHILDREN = 4
EPOCH = datetime(2000, 1, 1, tzinfo=clock.CITY_ZONE)  # intervals are counted from here by all

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Child:
    """A run at work in a process of its own."""

    run_id: str
    job: Job
    process: subprocess.Popen[bytes]
    started: float

    @property
    def is_late(self) -> bool:
        """Whether it works longer than its job may."""
        return time.monotonic() - self.started > self.job.time_limit


@dataclass(slots=True)
class Scheduler:
    """What one scheduler process knows; `turn` does one round of its work."""

    runtime: Runtime
    command: Sequence[str] = EXECUTE
    owner: str = field(
        default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{new_id()[:8]}"
    )
    due: "queue.SimpleQueue[tuple[str, datetime]]" = field(default_factory=queue.SimpleQueue)
    children: list[Child] = field(default_factory=list)
    looked: float = 0.0
    reaped: float = 0.0

    @property
    def jobs(self) -> Mapping[str, Job]:
        return jobs_of(self.runtime.features)

    def turn(self) -> None:
        """Plans what has come due, reaps, starts what may start, watches what is at work."""
        self.watch()
        planned = self._plan()
        now = time.monotonic()
        if now - self.reaped > REAP_SECONDS:
            self.reaped = now
            for run_id in reap(self.runtime.database, self.jobs):
                log.warning("job.reaped", extra={"run": run_id})
        if planned or now - self.looked > LOOK_SECONDS:
            self.looked = now
            self._start()

    def watch(self) -> None:
        """Ends what is late and records what ended without a word."""
        for child in list(self.children):
            code = child.process.poll()
            if code is None and child.is_late:
                child.process.kill()
                child.process.wait()
                self._ended(child, FAILED, _too_long(child.job))
            elif code == EXIT_LOST:
                self.children.remove(child)  # another process has the run, or the reaper will
            elif code is not None:
                words = _("运行进程意外结束（%(code)s）。", code=code)
                self._ended(child, DEAD if code < 0 else FAILED, words)

    def stop(self) -> None:
        """Tells all children to stop, waits a little, ends those that do not."""
        for child in self.children:
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in list(self.children):
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            self._ended(child, DEAD, _("调度进程停止，运行中断。"), interrupted=True)

    def _plan(self) -> int:
        planned = 0
        while True:
            try:
                key, planned_at = self.due.get_nowait()
            except queue.Empty:
                return planned
            try:
                planned += plan_scheduled(self.runtime.database, self.jobs[key], planned_at)
            except SQLAlchemyError:
                self.due.put((key, planned_at))  # the trigger will not say it again
                raise

    def _start(self) -> None:
        while len(self.children) < MOST_CHILDREN:
            run = claim(self.runtime.database, self.jobs, owner=self.owner)
            if run is None:
                return
            self.children.append(self._spawned(run))

    def _spawned(self, run: JobRun) -> Child:
        process = subprocess.Popen(
            [*self.command, run.id], stdin=subprocess.DEVNULL, start_new_session=True
        )
        log.info("job.spawned", extra={"job": run.job, "run": run.id, "pid": process.pid})
        return Child(run.id, self.jobs[run.job], process, time.monotonic())

    def _ended(self, child: Child, state: str, words: Text, *, interrupted: bool = False) -> None:
        outcome = Outcome(state, words, interrupted=interrupted)
        if finish(self.runtime.database, self.jobs, child.run_id, outcome):
            log.warning("job.ended", extra={"run": child.run_id, "state": state})
        self.children.remove(child)


class Planner(BaseExecutor):  # type: ignore[misc]  # APScheduler has no types
    """Takes what APScheduler says is due, with its planned time, and does nothing else."""

    def __init__(self, due: "queue.SimpleQueue[tuple[str, datetime]]") -> None:
        super().__init__()
        self._due = due

    def _do_submit_job(self, job: Any, run_times: Sequence[datetime]) -> None:
        # The planned time, not the present one: two schedulers must name the same moment.
        self._due.put((job.id, run_times[-1]))
        self._run_job_success(job.id, [])


def trigger_of(job: Job) -> BaseTrigger | None:
    """The trigger in APScheduler's words; None for a job that has none."""
    if isinstance(job.trigger, timedelta):
        seconds = int(job.trigger.total_seconds())
        return IntervalTrigger(seconds=seconds, start_date=EPOCH, timezone=clock.CITY_ZONE)
    if job.trigger is None:
        return None
    return CronTrigger.from_crontab(job.trigger, timezone=clock.CITY_ZONE)


def timetable(jobs: Mapping[str, Job], planner: Planner) -> BackgroundScheduler:
    """APScheduler filled with all jobs that have a trigger; nothing of it is stored."""
    scheduler = BackgroundScheduler(
        timezone=clock.CITY_ZONE,
        executors={"default": planner},
        job_defaults={"coalesce": True, "misfire_grace_time": MISFIRE_SECONDS, "max_instances": 1},
    )
    for job in jobs.values():
        trigger = trigger_of(job)
        if trigger is not None:
            scheduler.add_job(_nothing, trigger, id=job.key, name=job.key)
    return scheduler


def run(runtime: Runtime, stop: threading.Event, *, command: Sequence[str] = EXECUTE) -> None:
    """Plans and runs jobs until told to stop; then stops its children.

    Any number of these may run at once, on one machine or several.
    """
    scheduler = Scheduler(runtime, command)
    table = timetable(scheduler.jobs, Planner(scheduler.due))
    table.start()
    log.info("scheduler.started", extra={"owner": scheduler.owner, "jobs": len(scheduler.jobs)})
    try:
        while not stop.wait(TURN_SECONDS):
            _turn(scheduler, stop)
    finally:
        table.shutdown(wait=False)
        scheduler.stop()
        log.info("scheduler.stopped", extra={"owner": scheduler.owner})


def _turn(scheduler: Scheduler, stop: threading.Event) -> None:
    try:
        scheduler.turn()
    except SQLAlchemyError as error:
        log.error("scheduler.database", extra={"error": str(error)})  # noqa: TRY400  it repeats
        stop.wait(PAUSE_AFTER_FAILURE)


def _too_long(job: Job) -> Text:
    return _("超过 %(seconds)s 秒的时限，已停止。请缩小范围后重试。", seconds=job.time_limit)


def _nothing() -> None:
    """What APScheduler is given as a function; `Planner` never calls it."""
