"""When an office is vacant, and which terms are possible."""

from datetime import date

import pytest

from catalog.departments.rules import end_objection, term_objections, vacancy
from portal.kernel.calendar import Calendar
from tests.catalog.departments.city import appointment

# 2022: 1-7 October are holidays, 8 and 9 October are made up for.
OCTOBER = Calendar(
    {**{date(2022, 10, day): False for day in range(1, 8)}, date(2022, 10, 8): True},
    frozenset({2022}),
)


def test_a_vacancy_counts_working_days_after_the_last_holder_left() -> None:
    found = vacancy(OCTOBER, since=date(2022, 9, 30), today=date(2022, 10, 10))
    assert found.working_days == 2  # Saturday 8 is made up for, then Monday 10
    assert not found.provisional
    assert str(found.label) == "空缺 2 个工作日"


@pytest.mark.parametrize(
    ("today", "kind"), [(date(2022, 10, 20), "due"), (date(2022, 11, 8), "over")]
)
def test_the_light_turns_red_after_ten_working_days(today: date, kind: str) -> None:
    assert vacancy(OCTOBER, since=date(2022, 9, 30), today=today).kind == kind


def test_an_office_never_held_says_so_in_words() -> None:
    found = vacancy(OCTOBER, since=None, today=date(2022, 10, 10))
    assert str(found.label) == "未备案"
    assert found.kind == "over"


def test_a_vacancy_over_a_year_not_known_is_provisional() -> None:
    assert vacancy(OCTOBER, since=date(2022, 12, 1), today=date(2027, 1, 8)).provisional


def test_a_term_may_be_open_or_end_on_its_first_day() -> None:
    start = date(2022, 11, 8)
    assert term_objections(appointment(term_from=start)) == {}
    assert term_objections(appointment(term_from=start, term_to=start)) == {}


def test_a_term_cannot_end_before_it_begins() -> None:
    wrong = appointment(term_from=date(2022, 11, 8), term_to=date(2022, 11, 7))
    assert list(term_objections(wrong)) == ["term_to"]


@pytest.mark.parametrize(
    ("on", "refused"),
    [(date(2022, 6, 30), True), (date(2022, 7, 1), False), (date(2022, 11, 9), True)],
)
def test_a_term_ends_between_its_first_day_and_today(on: date, refused: bool) -> None:
    objection = end_objection(date(2022, 7, 1), on, date(2022, 11, 8))
    assert (objection is not None) == refused
