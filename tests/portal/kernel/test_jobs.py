"""Jobs as data and their runs as rows: one process for each, whatever happens."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import Database
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.feature import Feature
from portal.kernel.job_runs import (
    MOST_DEATHS,
    SILENCE,
    Outcome,
    beat,
    begin,
    cancel_requested,
    claim,
    finish,
    history,
    jobs_of,
    latest_runs,
    plan_scheduled,
    prune_runs,
    reap,
    request_cancel,
    run_of,
)
from portal.kernel.jobs import Job, JobContext, JobRun, NewRun, plan, request_run, start_run
from portal.kernel.runtime import Runtime
from portal.kernel.sentence import plain
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from tests.portal.kernel.notes import WRITER

NOON = datetime(2022, 3, 14, 4, tzinfo=UTC)


def nothing(_context: JobContext) -> None:
    """The function of a job that is never executed here."""


def job(key: str = "work", **options: Any) -> Job:
    return Job(key, _("工作"), nothing, **options)


def by_key(*jobs: Job) -> dict[str, Job]:
    return {each.key: each for each in jobs}


WORK = job(resumable=True)
JOBS = by_key(WORK)


def request(runtime: Runtime, key: str = "work", **arguments: Any) -> str:
    with unit_of_work(runtime, WRITER) as uow:
        return request_run(uow, key, arguments)


def taken(runtime: Runtime, jobs: Mapping[str, Job] = JOBS) -> str:
    run = claim(runtime.database, jobs, owner="me")
    assert run is not None
    return run.id


def run_now(runtime: Runtime, run_id: str) -> JobRun:
    with runtime.database.reading() as session:
        return run_of(session, run_id)


def runs(database: Database) -> list[JobRun]:
    with database.reading() as session:
        return list(session.scalars(select(JobRun).order_by(JobRun.planned_at)))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"trigger": "* * * *"}, "five cron fields"),
        ({"trigger": "0 2 * * 1"}, "days of the week by name"),
        ({"trigger": timedelta(milliseconds=10)}, "at least a second"),
        ({"trigger": "0 2 * * *", "after": "other"}, "either a trigger or after"),
        ({"time_limit": 0}, "at least one"),
        ({"attempts": 0}, "at least one"),
        ({"parallel": 0}, "at least one"),
    ],
)
def test_a_wrong_job_is_refused_when_it_is_made(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        job(**options)


def test_jobs_are_gathered_from_all_features() -> None:
    def feature(*jobs: Job) -> Feature:
        return Feature("f", _("示例"), "tests", jobs=jobs)

    one, two = job("one", trigger="30 2 * * mon"), job("two", after="one")
    assert jobs_of([feature(one), feature(two)]) == {"one": one, "two": two}
    with pytest.raises(ValueError, match="two jobs are called one"):
        jobs_of([feature(one), feature(one)])
    with pytest.raises(ValueError, match="comes after one, which is none"):
        jobs_of([feature(two)])


def test_who_inserts_a_run_has_it(database: Database) -> None:
    def start(owner: str) -> str | None:
        return start_run(database, WORK, planned_at=NOON, arguments={"a": 1}, owner=owner)

    run_id = start("one")
    assert run_id is not None
    assert start("two") is None
    run = runs(database)[0]
    assert (run.id, run.state, run.claimed_by, run.arguments) == (
        run_id,
        "running",
        "one",
        {"a": 1},
    )


def test_many_that_start_the_same_run_at_once_start_it_once(database: Database) -> None:
    started: list[str | None] = []

    def start() -> None:
        started.append(start_run(database, WORK, planned_at=NOON, arguments={}, owner="x"))

    crowd = [threading.Thread(target=start) for _number in range(4)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert len([run_id for run_id in started if run_id]) == 1


def test_a_planned_moment_is_planned_once_and_not_while_one_waits(database: Database) -> None:
    assert plan_scheduled(database, WORK, NOON)
    assert not plan_scheduled(database, WORK, NOON)
    assert not plan_scheduled(database, WORK, NOON + timedelta(hours=1)), "one still waits"
    assert claim(database, JOBS, owner="me")
    assert plan_scheduled(database, WORK, NOON + timedelta(hours=1))


def test_requests_of_one_moment_are_runs_of_their_own(runtime: Runtime) -> None:
    with unit_of_work(runtime, WRITER) as uow:
        ids = {request_run(uow, "work", {"file": number}) for number in range(3)}
    found = runs(runtime.database)
    assert {run.id for run in found} == ids
    assert [run.arguments for run in found] == [{"file": n} for n in range(3)]
    assert {(run.state, run.requested_by) for run in found} == {("planned", "writer-1")}


def test_a_request_whose_change_fails_is_no_run(runtime: Runtime) -> None:
    def fail() -> None:
        with unit_of_work(runtime, WRITER) as uow:
            request_run(uow, "work")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert runs(runtime.database) == []


def test_a_claim_takes_only_what_is_due_known_and_free(runtime: Runtime) -> None:
    database = runtime.database
    request(runtime, "unknown")
    with database.writing() as session:
        plan(session, NewRun("work", clock.now() + timedelta(hours=1)))
        session.commit()
    assert claim(database, JOBS, owner="me") is None
    first, second = request(runtime), request(runtime)
    assert taken(runtime) == first
    assert claim(database, JOBS, owner="me") is None, "one at a time"
    two = by_key(job(parallel=2))
    assert taken(runtime, two) == second
    run = run_now(runtime, second)
    assert (run.state, run.claimed_by) == ("running", "me")
    assert run.heartbeat_at == run.started_at is not None


def test_many_that_claim_at_once_keep_to_the_limit_of_the_job(runtime: Runtime) -> None:
    for _number in range(6):
        request(runtime)
    claimed: list[JobRun | None] = []

    def take() -> None:
        claimed.extend(claim(runtime.database, JOBS, owner="x") for _number in range(2))

    crowd = [threading.Thread(target=take) for _number in range(3)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert len([run for run in claimed if run]) == 1


def test_one_process_executes_a_run(runtime: Runtime) -> None:
    planned, claimed = request(runtime), request(runtime)
    taken(runtime, by_key(job(parallel=2)))
    for run_id in (planned, claimed):
        assert begin(runtime.database, run_id, process="host:1")
        assert not begin(runtime.database, run_id, process="host:2")
        assert run_now(runtime, run_id).process == "host:1"
        finish(runtime.database, JOBS, run_id, Outcome("done"))
        assert not begin(runtime.database, run_id, process="host:3")


def test_a_beat_tells_progress_until_the_run_is_over(runtime: Runtime) -> None:
    request(runtime)
    run_id = taken(runtime)
    progress = {"done": 3, "total": 12, "words": plain("三"), "counts": {"read": 3}}
    assert beat(runtime.database, run_id, progress)
    run = run_now(runtime, run_id)
    assert (run.done, run.percent, str(run.words), run.counts) == (3, 25, "三", {"read": 3})
    assert finish(runtime.database, JOBS, run_id, Outcome("done", done=12, total=12))
    assert not beat(runtime.database, run_id, {})
    assert run_now(runtime, run_id).percent == 100


def test_a_run_ends_once(runtime: Runtime) -> None:
    request(runtime)
    run_id = taken(runtime)
    assert finish(runtime.database, JOBS, run_id, Outcome("done", counts={"read": 1}))
    assert not finish(runtime.database, JOBS, run_id, Outcome("failed", plain("late")))
    assert not finish(runtime.database, JOBS, "none", Outcome("done"))
    run = run_now(runtime, run_id)
    assert (run.state, run.error, run.counts, run.is_over) == ("done", None, {"read": 1}, True)


def test_what_comes_after_is_planned_when_the_first_is_done_and_only_then(
    runtime: Runtime,
) -> None:
    jobs = by_key(WORK, job("next", after="work"), job("other", after="next"))
    for state, expected in (("failed", 0), ("cancelled", 0), ("done", 1)):
        request(runtime)
        run_id = taken(runtime, by_key(WORK))
        finish(runtime.database, jobs, run_id, Outcome(state))
        found = [run for run in runs(runtime.database) if run.job == "next"]
        assert len(found) == expected
    assert found[0].planned_at == run_now(runtime, run_id).planned_at
    assert not [run for run in runs(runtime.database) if run.job == "other"]


def test_a_failed_run_is_tried_again_as_often_as_declared(runtime: Runtime) -> None:
    jobs = by_key(job(attempts=3))
    request(runtime, file="f1")
    moment, pauses = clock.now(), []
    for _number in range(3):
        with clock.frozen(moment):
            run_id = taken(runtime, jobs)
            finish(runtime.database, jobs, run_id, Outcome("failed", plain("no")))
            later = [run for run in runs(runtime.database) if run.state == "planned"]
        if later:
            assert later[0].resume_of == run_id
            assert (later[0].arguments, later[0].requested_by) == ({"file": "f1"}, "writer-1")
            pauses.append((later[0].available_at - moment).total_seconds())
            moment = later[0].available_at
    assert pauses == [60, 120]
    assert [run.attempt for run in runs(runtime.database)] == [1, 2, 3]
    assert claim(runtime.database, jobs, owner="me") is None


def test_a_silent_run_is_reaped_and_a_resumable_one_planned_again(runtime: Runtime) -> None:
    database, jobs = runtime.database, by_key(WORK, job("plain"))
    request(runtime, file="f1")
    request(runtime, "plain")
    first, second = taken(runtime, jobs), taken(runtime, jobs)
    for run_id in (first, second):
        begin(database, run_id, process="host:1")
    assert reap(database, jobs) == []
    later = clock.now() + SILENCE + timedelta(seconds=1)
    with clock.frozen(later):
        assert set(reap(database, jobs)) == {first, second}
        assert reap(database, jobs) == []
        again = [run for run in runs(database) if run.state == "planned"]
        assert [(r.job, r.resume_of, r.arguments, r.attempt) for r in again] == [
            ("work", first, {"file": "f1"}, 2)
        ]
        assert taken(runtime, jobs) == again[0].id
    assert "60 秒" in str(run_now(runtime, first).error)


def test_a_run_that_no_process_has_begun_is_planned_again_in_any_case(runtime: Runtime) -> None:
    jobs = by_key(job())
    request(runtime)
    finish(runtime.database, jobs, taken(runtime, jobs), Outcome("dead", interrupted=True))
    begun = taken(runtime, jobs)
    begin(runtime.database, begun, process="host:1")
    finish(runtime.database, jobs, begun, Outcome("dead", interrupted=True))
    assert claim(runtime.database, jobs, owner="me") is None


def test_a_run_that_speaks_again_is_not_reaped(runtime: Runtime) -> None:
    request(runtime)
    run_id = taken(runtime)
    silent_since = clock.now() - timedelta(seconds=1)
    outcome = Outcome("dead", plain("silent"))
    assert not finish(runtime.database, JOBS, run_id, outcome, silent_since=silent_since)
    assert run_now(runtime, run_id).state == "running"


def test_a_run_that_kills_its_process_again_and_again_is_given_up(runtime: Runtime) -> None:
    request(runtime)
    for _number in range(MOST_DEATHS):
        finish(runtime.database, JOBS, taken(runtime), Outcome("dead"))
    assert claim(runtime.database, JOBS, owner="me") is None


def test_being_told_to_stop_is_no_death(runtime: Runtime) -> None:
    request(runtime)
    for _number in range(MOST_DEATHS + 2):
        finish(runtime.database, JOBS, taken(runtime), Outcome("dead", interrupted=True))
    assert run_now(runtime, taken(runtime)).attempt == 1


def test_a_planned_run_is_cancelled_at_once_and_a_running_one_is_asked(runtime: Runtime) -> None:
    waiting, working = request(runtime), request(runtime)
    with unit_of_work(runtime, WRITER) as uow:
        assert request_cancel(uow, run_id=waiting).state == "cancelled"
    assert taken(runtime) == working
    with unit_of_work(runtime, WRITER) as uow:
        assert request_cancel(uow, run_id=working).state == "running"
    with runtime.database.reading() as session:
        assert cancel_requested(session, working)
    finish(runtime.database, JOBS, working, Outcome("cancelled"))
    with pytest.raises(Conflict), unit_of_work(runtime, WRITER) as uow:
        request_cancel(uow, run_id=working)
    with pytest.raises(NotFound), unit_of_work(runtime, WRITER) as uow:
        request_cancel(uow, run_id="none")


def test_history_is_told_by_page_newest_first(runtime: Runtime) -> None:
    for number in range(23):
        with clock.frozen(NOON + timedelta(minutes=number)):
            request(runtime, number=number)
    request(runtime, "other")
    taken(runtime, by_key(job("other")))
    with runtime.database.reading() as session:
        page = history(session, job="work", page=2)
        assert [run.arguments["number"] for run in page.rows] == [2, 1, 0]
        assert page.total == 23
        assert history(session).total == 24
        assert history(session, state="running").total == 1
        assert set(latest_runs(session)) == {"other"}


def test_the_length_of_a_run_is_known(runtime: Runtime) -> None:
    run_id = request(runtime)
    assert run_now(runtime, run_id).seconds is None
    assert run_now(runtime, run_id).percent is None
    with clock.frozen(NOON + timedelta(days=3000)):
        taken(runtime)
        assert run_now(runtime, run_id).seconds == 0
    with clock.frozen(NOON + timedelta(days=3000, seconds=5)):
        finish(runtime.database, JOBS, run_id, Outcome("done"))
    assert run_now(runtime, run_id).seconds == 5


def test_an_unknown_run_is_not_found(runtime: Runtime) -> None:
    with pytest.raises(NotFound):
        run_now(runtime, "none")


def test_old_runs_are_deleted_with_what_repeated_them_kept(runtime: Runtime) -> None:
    with clock.frozen(clock.now() - timedelta(days=100)):
        request(runtime)
        old = taken(runtime)
        finish(runtime.database, JOBS, old, Outcome("dead"))
    with unit_of_work(runtime, SYSTEM) as uow:
        assert prune_runs(uow) == 1
    left = runs(runtime.database)
    assert [(run.state, run.resume_of) for run in left] == [("planned", None)]


def test_a_stop_that_was_asked_for_outlives_the_death_of_the_run(runtime: Runtime) -> None:
    jobs = by_key(WORK)
    request(runtime)
    run_id = taken(runtime, jobs)
    begin(runtime.database, run_id, process="host:1")
    with unit_of_work(runtime, WRITER) as uow:
        request_cancel(uow, run_id=run_id)
    finish(runtime.database, jobs, run_id, Outcome("dead"))
    assert [run.state for run in runs(runtime.database)] == ["cancelled"]
