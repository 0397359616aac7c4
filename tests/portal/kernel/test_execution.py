"""The inside of a run: outcome, progress, cancelling, losing the run."""

import os
import signal
import threading
import time
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from portal.kernel import clock, execution
from portal.kernel.access import SYSTEM
from portal.kernel.errors import NotFound, Refused
from portal.kernel.execution import (
    EXIT_CANCELLED,
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_LOST,
    Heart,
    RunContext,
    execute,
)
from portal.kernel.job_runs import request_cancel, run_of
from portal.kernel.jobs import Cancelled, Job, JobContext, JobRun, request_run
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from tests.portal.conftest import MakeRuntime
from tests.portal.kernel.notes import WRITER

PATIENCE = 10.0


@pytest.fixture(autouse=True)
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK_SECONDS", "PROGRESS_SECONDS"):
        monkeypatch.setattr(execution, name, 0.02)


def executed(make_runtime: MakeRuntime, function: Any, **options: Any) -> tuple[int, JobRun]:
    runtime = make_runtime(jobs=(Job("work", _("工作"), function, **options),))
    with unit_of_work(runtime, WRITER) as uow:
        run_id = request_run(uow, "work", {"goal": 3})
    code = execute(runtime, run_id)
    with runtime.database.reading() as session:
        return code, run_of(session, run_id)


def until(context: JobContext, holds: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_run_is_done_with_its_counts(make_runtime: MakeRuntime) -> None:
    def work(context: JobContext) -> None:
        assert (context.requested_by, context.resume_of) == ("writer-1", None)
        assert context.planned_at <= clock.now()
        context.progress(1, 3)
        context.progress(3, words=_("完"))
        context.counts["read"] = context.arguments["goal"]

    code, run = executed(make_runtime, work)
    assert (code, run.state, run.error) == (EXIT_DONE, "done", None)
    assert (run.done, run.total, str(run.words), run.counts) == (3, 3, "完", {"read": 3})


def test_progress_is_seen_while_the_run_works(make_runtime: MakeRuntime) -> None:
    seen: list[int] = []

    def work(context: JobContext) -> None:
        def shown() -> bool:
            with context.runtime.database.reading() as session:
                seen.append(run_of(session, context.run_id).done)
            return seen[-1] == 7

        context.progress(7, 10)
        until(context, shown)

    assert executed(make_runtime, work)[0] == EXIT_DONE
    assert seen[-1] == 7


def test_a_refusal_is_kept_as_its_sentence(make_runtime: MakeRuntime) -> None:
    def work(_context: JobContext) -> None:
        raise Refused(_("这份文件不能导入。"))

    code, run = executed(make_runtime, work)
    assert (code, run.state, str(run.error)) == (EXIT_FAILED, "failed", "这份文件不能导入。")


def test_a_failure_is_kept_with_its_last_line(make_runtime: MakeRuntime) -> None:
    def work(_context: JobContext) -> None:
        message = "boom 100%"
        raise ValueError(message)

    code, run = executed(make_runtime, work)
    assert (code, run.state, str(run.error)) == (EXIT_FAILED, "failed", "ValueError: boom 100%")


def test_a_cancelled_run_stops_and_keeps_what_it_has_done(make_runtime: MakeRuntime) -> None:
    def work(context: JobContext) -> None:
        context.progress(2, 10)
        context.check_cancelled()
        with unit_of_work(context.runtime, WRITER) as uow:
            request_cancel(uow, run_id=context.run_id)
        while True:
            context.check_cancelled()
            time.sleep(0.01)

    code, run = executed(make_runtime, work, resumable=True)
    assert (code, run.state, run.done, str(run.error)) == (
        EXIT_CANCELLED,
        "cancelled",
        2,
        "已取消。",
    )


def test_a_run_told_to_end_stops_and_is_planned_again(make_runtime: MakeRuntime) -> None:
    handled = signal.getsignal(signal.SIGTERM)

    def work(context: JobContext) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        while True:
            context.check_cancelled()

    code, run = executed(make_runtime, work, resumable=True)
    assert (code, run.state) == (EXIT_CANCELLED, "dead")
    assert signal.getsignal(signal.SIGTERM) == handled


def test_a_run_that_another_executes_is_left_alone(make_runtime: MakeRuntime) -> None:
    codes: list[int] = []

    def work(context: JobContext) -> None:
        codes.append(execute(context.runtime, context.run_id))

    assert executed(make_runtime, work)[0] == EXIT_DONE
    assert codes == [EXIT_LOST]


def test_a_run_that_was_taken_away_ends_without_a_word(make_runtime: MakeRuntime) -> None:
    def work(context: JobContext) -> None:
        with context.runtime.database.writing() as session:
            session.execute(update(JobRun).values(state="dead"))
            session.commit()
        context.progress(5)
        while True:
            context.check_cancelled()
            time.sleep(0.01)

    code, run = executed(make_runtime, work)
    assert (code, run.state, run.done) == (EXIT_LOST, "dead", 0)


def test_outside_the_main_thread_no_signal_is_touched(make_runtime: MakeRuntime) -> None:
    results: list[Any] = []
    thread = threading.Thread(
        target=lambda: results.append(executed(make_runtime, lambda _context: None))
    )
    thread.start()
    thread.join()
    assert results[0][0] == EXIT_DONE


def test_an_unknown_run_is_not_found(runtime: Runtime) -> None:
    with pytest.raises(NotFound):
        execute(runtime, "none")


def context_of(runtime: Runtime) -> RunContext:
    with unit_of_work(runtime, SYSTEM) as uow:
        run_id = request_run(uow, "work")
    return RunContext(runtime, run_id, {}, clock.now(), None, None)


def test_the_heart_outlives_a_database_that_is_away(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, looks = context_of(runtime), []

    def away(*_arguments: object) -> bool:
        looks.append(1)
        raise OperationalError("x", {}, Exception("away"))

    monkeypatch.setattr(execution, "cancel_requested", away)
    with Heart(context, time_limit=60):
        until(context, lambda: len(looks) > 2)


@pytest.mark.parametrize(("lost", "time_limit"), [(True, 60.0), (False, -1.0)])
def test_what_nobody_else_can_end_ends_itself(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, lost: bool, time_limit: float
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr(execution, "GRACE_SECONDS", 0.05)
    context = context_of(runtime)
    context.lost = lost
    with Heart(context, time_limit=time_limit):
        until(context, lambda: codes)
    assert set(codes) == {EXIT_LOST}
    if lost:
        with pytest.raises(Cancelled):
            context.check_cancelled()
