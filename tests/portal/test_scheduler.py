"""The scheduler process: triggers, children, kill -9, and never one thing twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal import scheduler
from portal.kernel import clock
from portal.kernel.db import Database
from portal.kernel.job_runs import request_cancel
from portal.kernel.jobs import Job, JobContext, JobRun, request_run
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.scheduler import Planner, Scheduler, timetable, trigger_of
from tests.portal.kernel.notes import WRITER
from tests.portal.kernel.process import JOBS, make_runtime

PATIENCE = 60.0
PROGRAM = Path(__file__).parent / "kernel" / "process.py"
ASKED = tuple(job for job in JOBS if job.trigger is None)


@pytest.fixture(autouse=True)
def unmeasured_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that are killed would leave broken files of the coverage measurement."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


def asking(database: Database, data: Path) -> Runtime:
    """A runtime in which nothing runs by itself."""
    made = make_runtime(database.url, data, jobs=ASKED)
    made.database.close()
    return Runtime(made.settings, database, made.features, made.handlers)


@pytest.fixture
def both(kernel_database: Database, tmp_path: Path) -> Runtime:
    """On both engines, for what the database decides."""
    return asking(kernel_database, tmp_path)


@pytest.fixture
def runtime(sqlite_runtime: Runtime, tmp_path: Path) -> Runtime:
    """On one engine, for what happens between processes; each start of one takes its time."""
    return asking(sqlite_runtime.database, tmp_path)


def command(runtime: Runtime, *what: str) -> tuple[str, ...]:
    return (sys.executable, str(PROGRAM), runtime.database.url, str(runtime.settings.data), *what)


@contextmanager
def running(runtime: Runtime) -> Iterator[None]:
    """A scheduler in a thread, whose children are processes of the tests."""
    stop = threading.Event()
    program = command(runtime, "execute")
    thread = threading.Thread(
        target=scheduler.run, args=(runtime, stop), kwargs={"command": program}
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def eventually(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.02)


def request(runtime: Runtime, key: str, **arguments: Any) -> str:
    with unit_of_work(runtime, WRITER) as uow:
        return request_run(uow, key, arguments)


def runs(runtime: Runtime, key: str | None = None) -> list[JobRun]:
    with runtime.database.reading() as session:
        query = select(JobRun).order_by(JobRun.planned_at)
        return [run for run in session.scalars(query) if key in (None, run.job)]


def states(runtime: Runtime, key: str) -> list[str]:
    return [run.state for run in runs(runtime, key)]


def lines(runtime: Runtime, name: str) -> list[str]:
    path = runtime.settings.data / f"{name}.txt"
    return path.read_text().splitlines() if path.exists() else []


def test_a_requested_run_is_done_in_a_child_and_what_follows_comes_after(both: Runtime) -> None:
    with running(both):
        request(both, "sample.count", goal=3)
        eventually(lambda: states(both, "sample.after") == ["done"])
    count, after = runs(both, "sample.count")[0], runs(both, "sample.after")[0]
    assert (count.state, count.counts, count.done, count.total) == ("done", {"counted": 3}, 3, 3)
    assert str(count.words) == "第 2 步"
    assert after.planned_at == count.planned_at
    assert count.process is not None
    assert not count.process.endswith(f":{os.getpid()}"), "in a process of its own"


def test_a_killed_child_is_resumed_where_it_left_off(both: Runtime) -> None:
    with running(both):
        request(both, "sample.count", goal=12, pause=0.05)
        eventually(lambda: len(lines(both, "count")) >= 3)
        os.kill(int(str(runs(both)[0].process).rpartition(":")[2]), signal.SIGKILL)
        eventually(lambda: "done" in states(both, "sample.count"))
    first, second = runs(both, "sample.count")
    assert (first.state, second.state, second.resume_of) == ("dead", "done", first.id)
    assert (second.attempt, second.requested_by) == (2, "writer-1")
    assert lines(both, "count") == [str(number) for number in range(12)]


def test_a_running_run_is_cancelled(runtime: Runtime) -> None:
    with running(runtime):
        run_id = request(runtime, "sample.wait")
        eventually(lambda: lines(runtime, "lines"))
        with unit_of_work(runtime, WRITER) as uow:
            request_cancel(uow, run_id=run_id)
        eventually(lambda: states(runtime, "sample.wait") == ["cancelled"])


def test_a_run_beyond_its_time_is_ended(runtime: Runtime) -> None:
    with running(runtime):
        request(runtime, "sample.sleep")
        eventually(lambda: states(runtime, "sample.sleep") == ["failed"])
    assert "1 秒的时限" in str(runs(runtime)[0].error)


def test_failures_are_recorded_by_the_child(runtime: Runtime) -> None:
    with running(runtime):
        request(runtime, "sample.fail")
        request(runtime, "sample.refuse")
        eventually(lambda: states(runtime, "sample.refuse") == ["failed"])
        eventually(lambda: "failed" in states(runtime, "sample.fail"))
    assert str(runs(runtime, "sample.refuse")[0].error) == "这份文件不能导入。"
    assert states(runtime, "sample.fail") == ["failed", "planned"], "to be tried once more, later"


def test_stopping_interrupts_runs_and_plans_the_resumable_again(runtime: Runtime) -> None:
    with running(runtime):
        request(runtime, "sample.wait")
        eventually(lambda: lines(runtime, "lines"))
    first, second = runs(runtime, "sample.wait")
    assert (first.state, second.state, second.attempt) == ("dead", "planned", 1)


def test_a_child_that_does_not_stop_is_ended(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "STOP_SECONDS", 0.2)
    stubborn = (
        "import signal, sys, time;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"open({str(runtime.settings.data / 'up.txt')!r}, 'w').write('up');"
        "time.sleep(60)"
    )
    process = Scheduler(runtime, (sys.executable, "-c", stubborn))
    request(runtime, "sample.wait")
    process.turn()
    eventually(lambda: lines(runtime, "up"))
    process.stop()
    assert process.children == []
    assert states(runtime, "sample.wait") == ["dead", "planned"]


@pytest.mark.parametrize(("code", "state"), [(7, "failed"), (3, "running")])
def test_a_child_that_ends_without_a_word_is_told_of(
    runtime: Runtime, code: int, state: str
) -> None:
    process = Scheduler(runtime, (sys.executable, "-c", f"raise SystemExit({code})"))
    request(runtime, "sample.refuse")
    process.turn()
    eventually(lambda: process.watch() or not process.children)
    assert states(runtime, "sample.refuse") == [state], "3: it is another's, or the reaper's"
    if state == "failed":
        assert "（7）" in str(runs(runtime)[0].error)


def test_only_so_many_children_are_at_work(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "MOST_CHILDREN", 1)
    process = Scheduler(runtime, (sys.executable, "-c", "import time; time.sleep(60)"))
    request(runtime, "sample.wait")
    request(runtime, "sample.count")
    process.turn()
    assert len(process.children) == 1
    assert sorted(run.state for run in runs(runtime)) == ["planned", "running"]
    process.children[0].process.kill()
    process.stop()


def test_silent_runs_are_reaped(both: Runtime) -> None:
    request(both, "sample.wait")
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        taken = scheduler.claim(both.database, Scheduler(both).jobs, owner="gone")
    assert taken is not None
    process = Scheduler(both, (sys.executable, "-c", "pass"))
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        process.turn()
    assert states(both, "sample.wait")[0] == "dead"
    process.stop()


def test_what_is_due_is_kept_while_the_database_is_away(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Scheduler(runtime, (sys.executable, "-c", "pass"))
    moment = clock.now()
    process.due.put(("sample.wait", moment))
    monkeypatch.setattr(scheduler, "PAUSE_AFTER_FAILURE", 0.0)

    def away(*_arguments: object) -> bool:
        raise OperationalError("x", {}, Exception("away"))

    with monkeypatch.context() as patch:
        patch.setattr(scheduler, "plan_scheduled", away)
        scheduler._turn(process, threading.Event())
    assert process.due.qsize() == 1
    process.turn()
    assert runs(runtime, "sample.wait")[0].planned_at == moment
    process.stop()


def nothing(_context: JobContext) -> None:
    """The function of a job that is only planned here."""


def fires(trigger: str | timedelta, after: str) -> datetime:
    job = Job("any", _("任意"), nothing, trigger=trigger)
    made = trigger_of(job)
    assert made is not None
    start = datetime.fromisoformat(after).replace(tzinfo=clock.CITY_ZONE)
    found: datetime = made.get_next_fire_time(None, start)
    return found


@pytest.mark.parametrize(
    ("trigger", "after", "expected"),
    [
        ("30 2 * * *", "2022-03-14 03:00", "2022-03-15T02:30:00+08:00"),
        ("0 8 * * mon", "2022-03-15 03:00", "2022-03-21T08:00:00+08:00"),
        (timedelta(minutes=10), "2022-03-14 03:04:05", "2022-03-14T03:10:00+08:00"),
        (timedelta(hours=6), "2022-03-14 03:04:05", "2022-03-14T06:00:00+08:00"),
    ],
)
def test_triggers_are_told_by_the_clocks_of_the_city(
    trigger: str | timedelta, after: str, expected: str
) -> None:
    assert fires(trigger, after).isoformat() == expected


def test_two_schedulers_started_at_different_times_name_the_same_moments() -> None:
    every = timedelta(seconds=90)
    assert fires(every, "2022-03-14 03:04:05") == fires(every, "2022-03-14 03:04:22")


def test_the_timetable_holds_the_jobs_that_have_a_trigger() -> None:
    process = Scheduler(Any, ())
    table = timetable({job.key: job for job in JOBS}, Planner(process.due))
    assert [job.id for job in table.get_jobs()] == ["sample.once"]


def test_what_was_missed_is_planned_once_with_its_planned_time() -> None:
    process = Scheduler(Any, ())
    table = timetable({job.key: job for job in JOBS}, Planner(process.due))
    table.start()
    first, second = process.due.get(timeout=PATIENCE), process.due.get(timeout=PATIENCE)
    table.shutdown()
    assert (first[0], first[1].microsecond) == ("sample.once", 0)
    assert second[1] - first[1] == timedelta(seconds=1)
    assert scheduler._nothing() is None


def test_two_schedulers_at_once_never_run_one_thing_twice(both: Runtime) -> None:
    asked = [request(both, "sample.count"), request(both, "sample.refuse")]
    note = (sys.executable, "-S", str(PROGRAM.with_name("note_run.py")), str(both.settings.data))
    program = command(both, "scheduler", *note)
    processes = [subprocess.Popen(program) for _number in range(2)]
    try:
        eventually(lambda: len([r for r in runs(both, "sample.once") if r.is_over]) >= 3)
        eventually(lambda: {run.is_over for run in runs(both) if run.id in asked} == {True})
    finally:
        for process in processes:
            process.terminate()
        assert [process.wait(PATIENCE) for process in processes] == [0, 0]
    noted = Counter(lines(both, "noted"))
    assert set(noted.values()) == {1}, "no run was executed twice"
    assert set(noted) >= set(asked)
    moments = [run.planned_at for run in runs(both, "sample.once")]
    assert len(moments) == len(set(moments)), "no moment was planned twice"
    assert all(moment.microsecond == 0 for moment in moments)
