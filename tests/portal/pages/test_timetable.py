"""Triggers in words, and when they come next."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.kernel import text
from portal.kernel.jobs import Job, JobContext, JobRun
from portal.kernel.text import _
from portal.pages import timetable

# A Tuesday, 11:30 in the city.
NOON = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)


def nothing(context: JobContext) -> None: ...


def job(**values: object) -> Job:
    return Job("sample.job", _("示例"), nothing, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ("30 3 * * *", "每日 03:30"),
        ("30 6 * * mon-fri", "周一至周五 06:30"),
        ("0 8 * * mon,thu", "周一/周四 08:00"),
        ("0 8 * * sun", "周日 08:00"),
        ("15 * * * *", "每小时 15 分"),
        ("*/5 1-3 1 * *", "*/5 1-3 1 * *"),
        (timedelta(minutes=10), "每 10 分钟"),
        (None, "按需"),
    ],
)
def test_a_trigger_is_said_in_words(trigger: str | timedelta | None, words: str) -> None:
    assert str(timetable.when(job(trigger=trigger), {})) == words


def test_a_job_that_follows_another_names_it() -> None:
    follower = job(after="first.job")
    assert str(timetable.when(follower, {"first.job": _("第一")})) == "“第一”完成后"


@pytest.mark.parametrize(
    ("trigger", "at"),
    [
        ("30 3 * * *", "2026-11-25 03:30"),
        ("0 12 * * *", "2026-11-24 12:00"),
        ("30 6 * * mon-fri", "2026-11-25 06:30"),
        ("0 8 * * mon,thu", "2026-11-26 08:00"),
        ("0 8 * * tue", "2026-12-01 08:00"),
        ("15 * * * *", "2026-11-24 12:15"),
        ("45 * * * *", "2026-11-24 11:45"),
    ],
)
def test_the_next_run_is_the_next_time_of_the_trigger(trigger: str, at: str) -> None:
    found = timetable.next_run(job(trigger=trigger), None, NOON)
    assert found is not None
    assert found.strftime("%Y-%m-%d %H:%M") == at


def test_an_interval_goes_on_from_the_last_planned_run() -> None:
    last = JobRun(job="sample.job", planned_at=NOON - timedelta(minutes=25))
    every = job(trigger=timedelta(minutes=10))
    assert timetable.next_run(every, last, NOON) == NOON + timedelta(minutes=5)
    assert timetable.next_run(every, None, NOON) is None


@pytest.mark.parametrize("values", [{}, {"after": "first.job"}, {"trigger": "*/5 1-3 1 * *"}])
def test_what_nothing_tells_has_no_next_run(values: dict[str, str]) -> None:
    assert timetable.next_run(job(**values), None, NOON) is None


def test_only_what_needs_no_arguments_may_be_run_by_hand() -> None:
    assert timetable.may_be_run(job(trigger="30 3 * * *"))
    assert timetable.may_be_run(job(after="first.job"))
    assert not timetable.may_be_run(job())


def test_words_follow_the_language(shared_world: object) -> None:
    with text.speaking("en"):
        assert str(timetable.when(job(trigger="30 6 * * mon-fri"), {})) == "Mon to Fri 06:30"
