"""The kernel's own jobs, executed as they are in their process."""

from datetime import UTC, datetime

import pytest

from portal.kernel import clock
from portal.kernel.access import Assignment, Person
from portal.kernel.calendar_sources import load_library
from portal.kernel.execution import execute
from portal.kernel.job_runs import jobs_of, run_of
from portal.kernel.jobs import request_run
from portal.kernel.messages import messages_for
from portal.kernel.runtime import Runtime
from portal.kernel.uow import unit_of_work
from portal.kernel.upkeep import JOBS
from tests.portal.conftest import MakeRuntime
from tests.portal.kernel.notes import WRITER

REVIEWER = Person("r", "示例·审核", assignments=(Assignment("reviewer"),))


@pytest.fixture
def runtime(make_runtime: MakeRuntime) -> Runtime:
    return make_runtime(jobs=JOBS)


def done(runtime: Runtime, key: str) -> dict[str, object]:
    with unit_of_work(runtime, WRITER) as uow:
        run_id = request_run(uow, key)
    assert execute(runtime, run_id) == 0
    with runtime.database.reading() as session:
        return run_of(session, run_id).counts


def test_all_of_them_are_jobs_that_run_by_themselves(runtime: Runtime) -> None:
    assert all(job.trigger for job in jobs_of(runtime.features).values())


def test_tasks_are_escalated(runtime: Runtime) -> None:
    assert done(runtime, "tasks.escalate") == {"tasks": 0}


def test_what_is_old_is_pruned(runtime: Runtime) -> None:
    assert done(runtime, "kernel.prune") == {"outbox": 0, "runs": 0, "messages": 0, "files": 0}


def test_a_year_that_is_loaded_is_not_asked_for(runtime: Runtime) -> None:
    with unit_of_work(runtime, WRITER) as uow:
        load_library(uow)
    with clock.frozen(datetime(2025, 11, 5, tzinfo=UTC)):
        assert done(runtime, "calendar.check") == {"missing": 0}


@pytest.mark.parametrize(("month", "year"), [(9, 2026), (10, 2027)])
def test_a_year_that_is_not_loaded_is_asked_for_once_a_month(
    runtime: Runtime, month: int, year: int
) -> None:
    with clock.frozen(datetime(2026, month, 5, tzinfo=UTC)):
        assert done(runtime, "calendar.check") == {"missing": 1}
    with clock.frozen(datetime(2026, month, 6, tzinfo=UTC)):
        assert done(runtime, "calendar.check") == {"missing": 1}
    with runtime.database.reading() as session:
        titles = [str(line.message.title) for line in messages_for(session, REVIEWER).rows]
    assert titles == [f"{year} 年工作日历尚未载入"]
