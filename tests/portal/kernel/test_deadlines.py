"""Limits in working days: where they end, their lights, their ladder."""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from chinese_calendar import constants
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel import clock
from portal.kernel.calendar import PLAIN, Calendar
from portal.kernel.deadlines import (
    LADDER,
    Deadline,
    LightKind,
    due,
    due_on,
    light,
    reached,
    working_days_between,
)
from portal.kernel.text import _

DAYS = Calendar(
    dict.fromkeys(constants.holidays, False) | dict.fromkeys(constants.workdays, True),
    frozenset(range(2004, 2027)),
    "library",
)
REVIEW = Deadline("review", _("审核"), 2, True, _("示例依据"), "D")
REPLY = Deadline("reply", _("答复"), 10, True, _("示例依据"), "M+")
SEND = Deadline("send", _("报送"), 30, False, _("示例依据"), "S6")


def at(words: str) -> datetime:
    """A moment on the city's clocks."""
    return datetime.fromisoformat(words).replace(tzinfo=clock.CITY_ZONE)


def last_day(words: str, rule: Deadline, days: Calendar = DAYS) -> date:
    return clock.local(due(days, at(words), rule).at).date()


def test_day_zero_is_receipt_and_counting_starts_on_the_next_working_day() -> None:
    assert last_day("2022-03-14 09:00", REVIEW) == date(2022, 3, 16)
    assert last_day("2022-03-14 23:59", REVIEW) == date(2022, 3, 16)
    assert last_day("2022-03-11 09:00", REVIEW) == date(2022, 3, 15), "over a weekend"
    assert last_day("2022-03-12 09:00", REVIEW) == date(2022, 3, 15), "received on a Saturday"


def test_a_moment_late_in_the_evening_of_utc_is_the_next_day_of_the_city() -> None:
    evening = datetime(2022, 3, 14, 17, tzinfo=UTC)
    assert clock.local(due(DAYS, evening, REVIEW).at).date() == date(2022, 3, 17)


def test_the_limit_is_met_until_the_end_of_the_last_day_in_the_city() -> None:
    end = due(DAYS, at("2022-03-14 09:00"), REVIEW).at
    assert clock.local(end).isoformat() == "2022-03-16T23:59:59.999999+08:00"
    assert end.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        ("2022-09-30 10:00", REVIEW, date(2022, 10, 9)),  # 1-7 off; Sat 8 and Sun 9 are worked
        ("2022-09-29 10:00", REVIEW, date(2022, 10, 8)),
        ("2022-10-05 10:00", REVIEW, date(2022, 10, 9)),
        ("2022-09-26 10:00", REPLY, date(2022, 10, 13)),
        ("2022-01-28 18:00", REVIEW, date(2022, 1, 30)),  # make-up Saturday 29 and Sunday 30
        ("2022-12-30 10:00", REVIEW, date(2023, 1, 4)),
        ("2022-09-01 10:00", SEND, date(2022, 10, 8)),  # calendar days that end in the holiday
        ("2022-03-01 10:00", SEND, date(2022, 3, 31)),
    ],
)
def test_holidays_and_make_up_days_count_as_decreed(
    start: str, rule: Deadline, expected: date
) -> None:
    assert last_day(start, rule) == expected


def test_what_reaches_into_an_unknown_year_is_provisional() -> None:
    known, unknown = at("2026-12-21 10:00"), at("2026-12-30 10:00")
    assert not due(DAYS, known, REVIEW).provisional
    assert due(DAYS, unknown, REVIEW).provisional
    assert due(PLAIN, known, REVIEW).provisional
    loaded = Calendar(
        {**DAYS.exceptions, date(2027, 1, 1): False, date(2027, 1, 4): False},
        DAYS.years | {2027},
        "more",
    )
    assert last_day("2026-12-30 10:00", REVIEW) == date(2027, 1, 1)
    assert last_day("2026-12-30 10:00", REVIEW, loaded) == date(2027, 1, 5)
    assert not due(loaded, unknown, REVIEW).provisional


def test_a_limit_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        Deadline("none", _("无"), 0, True, _("无"), "D")


def test_a_rule_applies_between_its_dates() -> None:
    rule = Deadline(
        "law",
        _("审核"),
        2,
        True,
        _("示例依据"),
        "M~",
        effective_from=date(2025, 8, 1),
        effective_to=date(2030, 1, 1),
    )
    assert not rule.applies_on(date(2025, 7, 31))
    assert rule.applies_on(date(2025, 8, 1))
    assert not rule.applies_on(date(2030, 1, 2))
    assert REVIEW.applies_on(date(1999, 1, 1))


@pytest.mark.parametrize(
    ("now", "kind", "days", "words"),
    [
        ("2022-09-26 10:00", LightKind.OK, 8, "还剩 8 个工作日"),
        ("2022-09-30 10:00", LightKind.OK, 4, "还剩 4 个工作日"),
        ("2022-10-08 10:00", LightKind.OK, 3, "还剩 3 个工作日"),
        ("2022-10-09 10:00", LightKind.DUE, 2, "还剩 2 个工作日"),
        ("2022-10-10 10:00", LightKind.DUE, 1, "还剩 1 个工作日"),
        ("2022-10-11 23:59", LightKind.DUE, 0, "今天到期"),
        ("2022-10-12 00:00", LightKind.OVER, 1, "已逾期 1 个工作日"),
        ("2022-10-13 10:00", LightKind.OVER, 2, "已逾期 2 个工作日"),
    ],
)
def test_the_light_counts_working_days(now: str, kind: LightKind, days: int, words: str) -> None:
    shown = light(clock.day_end(date(2022, 10, 11)), at(now), DAYS)
    assert (shown.kind, shown.days, str(shown.label)) == (kind, days, words)


def test_a_light_on_a_day_off_after_the_end_has_no_working_day_over() -> None:
    shown = light(clock.day_end(date(2022, 3, 11)), at("2022-03-12 10:00"), DAYS)
    assert (shown.kind, shown.days, str(shown.label)) == (LightKind.OVER, 0, "已逾期")


def test_a_light_into_an_unknown_year_is_provisional() -> None:
    assert light(clock.day_end(date(2027, 1, 5)), at("2026-12-20 10:00"), DAYS).provisional
    assert not light(clock.day_end(date(2026, 1, 5)), at("2025-12-20 10:00"), DAYS).provisional


def test_the_ladder_is_climbed_rung_by_rung() -> None:
    end = clock.day_end(date(2022, 10, 11))

    def levels(now: str) -> set[int]:
        return {s.level for s in LADDER if reached(s, due_at=end, now=at(now), calendar=DAYS)}

    assert levels("2022-10-08 10:00") == set()
    assert levels("2022-10-09 10:00") == {1}
    assert levels("2022-10-11 10:00") == {1}
    assert levels("2022-10-12 10:00") == {1, 2}
    assert levels("2022-10-13 10:00") == {1, 2, 3}


moments = st.datetimes(
    min_value=datetime(2005, 1, 1),  # noqa: DTZ001  hypothesis sets the zone
    max_value=datetime(2025, 12, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(moments, st.integers(1, 15))
def test_a_limit_ends_on_a_working_day_after_so_many_of_them(start: datetime, days: int) -> None:
    rule = Deadline("any", _("任意"), days, True, _("示例依据"), "D")
    first = clock.local(start).date()
    last = clock.local(due(DAYS, start, rule).at).date()
    assert chinese_calendar.is_workday(last)
    assert working_days_between(DAYS, first, last) == days
    span = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(chinese_calendar.is_workday(day) for day in span) == days


@given(moments, moments)
def test_working_days_are_counted_alike_in_both_directions(one: datetime, other: datetime) -> None:
    first, last = sorted((one.date(), other.date()))
    last = min(last, first + timedelta(days=60))
    assert working_days_between(DAYS, first, last) == -working_days_between(DAYS, last, first)


@given(st.dates(date(2024, 1, 1), date(2024, 12, 31)), st.integers(1, 10))
def test_later_receipt_never_ends_earlier(day: date, days: int) -> None:
    ends = [due_on(DAYS, day + timedelta(days=n), days=days, working=True).at for n in range(2)]
    assert ends[0] <= ends[1]
