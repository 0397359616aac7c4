"""The working-day calendar: loading, versions, unknown years."""

from datetime import date

import pytest
from sqlalchemy import event, select

from portal.kernel import calendar
from portal.kernel.access import SYSTEM
from portal.kernel.audit import AuditRow
from portal.kernel.calendar import PLAIN, NamedDay
from portal.kernel.calendar_sources import load_file, load_library
from portal.kernel.db import Database
from portal.kernel.errors import Invalid
from portal.kernel.runtime import Runtime
from portal.kernel.uow import unit_of_work

HEADER = "day,working,name\n"


def test_an_unknown_year_counts_plain_weekdays() -> None:
    assert PLAIN.is_working(date(2027, 1, 1))
    assert not PLAIN.is_working(date(2027, 1, 2))
    assert not PLAIN.is_known(date(2027, 1, 1))


def test_the_library_brings_2004_to_2026(runtime: Runtime) -> None:
    with unit_of_work(runtime, SYSTEM) as uow:
        loaded = load_library(uow)
        days = calendar.load(uow.session)
        rows = calendar.days_of(uow.session, 2022)
    assert loaded.years[0] == 2004
    assert loaded.years[-1] >= 2026
    assert loaded.changed == len(loaded.years)
    assert not days.is_working(date(2022, 10, 3)), "a Monday of the National Day"
    assert days.is_working(date(2022, 10, 8)), "a make-up Saturday"
    assert {row.name for row in rows if row.day == date(2022, 10, 1)} == {"国庆节"}
    assert 2027 not in days.years


def test_loading_the_same_again_changes_nothing(runtime: Runtime) -> None:
    for expected in (True, False):
        with unit_of_work(runtime, SYSTEM) as uow:
            assert bool(load_library(uow).changed) is expected
    with runtime.database.reading() as session:
        acts = session.scalars(select(AuditRow.action)).all()
        years = calendar.known_years(session)
    assert acts == ["calendar.load"]
    assert [row.year for row in years] == sorted((row.year for row in years), reverse=True)


def test_a_calendar_is_read_again_only_when_its_version_differs(runtime: Runtime) -> None:
    statements: list[str] = []
    event.listen(
        runtime.database.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_rest: statements.append(statement),
    )
    days = [NamedDay(date(2030, 1, 1), working=False, name="元旦")]
    with unit_of_work(runtime, SYSTEM) as uow:
        calendar.replace_years(uow, years=[2030], days=days, source="test")
    with runtime.database.reading() as session:
        first = calendar.load(session)
        statements.clear()
        assert calendar.load(session) is first
    assert len(statements) == 1
    with unit_of_work(runtime, SYSTEM) as uow:
        assert calendar.replace_years(uow, years=[2030], days=[], source="test") == 1
    with runtime.database.reading() as session:
        second = calendar.load(session)
    assert second.version != first.version
    assert second.is_working(date(2030, 1, 1))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("2027.csv", HEADER + "2027-10-01,0,国庆节\n2027-10-09,1,国庆节调休\n"),
        ("2027.csv", "\ufeff" + HEADER + "2027-10-01,FALSE,\n2027-10-09,yes,\n"),
        (
            "2027.json",
            '[{"day": "2027-10-01", "working": false}, {"day": "2027-10-09", "working": 1}]',
        ),
    ],
)
def test_a_file_brings_a_new_year(runtime: Runtime, name: str, content: str) -> None:
    path = runtime.settings.data / name
    path.write_text(content, encoding="utf-8")
    with unit_of_work(runtime, SYSTEM) as uow:
        loaded = load_file(uow, path)
        days = calendar.load(uow.session)
    assert loaded.years == (2027,)
    assert not days.is_working(date(2027, 10, 1))
    assert days.is_working(date(2027, 10, 9))
    assert days.is_known(date(2027, 5, 1))


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("a.csv", HEADER + "2027-13-01,0,x\n", "第 1 条"),
        ("a.csv", HEADER + "2027-10-01,0,x\n2027-10-02,maybe,x\n", "第 2 条"),
        ("a.csv", "date,works\n2027-10-01,0\n", "第一行"),
        ("a.csv", HEADER, "没有日期"),
        ("a.json", "{}", "列表"),
        ("a.json", "not json", "列表"),
        ("a.json", "[1]", "列表"),
    ],
)
def test_a_wrong_file_is_refused_with_its_row(
    runtime: Runtime, name: str, content: str, part: str
) -> None:
    path = runtime.settings.data / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Invalid, match=part), unit_of_work(runtime, SYSTEM) as uow:
        load_file(uow, path)


def test_a_file_that_is_not_utf8_or_not_there_is_refused(runtime: Runtime) -> None:
    path = runtime.settings.data / "gb.csv"
    path.write_bytes("日期".encode("gb18030"))
    for wrong in (path, path.with_name("none.csv")):
        with pytest.raises(Invalid, match="UTF-8"), unit_of_work(runtime, SYSTEM) as uow:
            load_file(uow, wrong)


def test_each_database_has_its_own_calendar(database: Database, runtime: Runtime) -> None:
    with unit_of_work(runtime, SYSTEM) as uow:
        load_library(uow)
    other = Database(f"sqlite:///{runtime.settings.data / 'other.sqlite'}")
    calendar.Base.metadata.create_all(
        other.engine,
        tables=[calendar.CalendarDay.__table__, calendar.CalendarYear.__table__],
    )
    with other.reading() as session, database.reading() as loaded:
        assert calendar.load(loaded).years
        assert not calendar.load(session).years
    other.close()
