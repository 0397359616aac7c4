"""The working-day calendar: loading, versions, unknown years."""

from datetime import date

from sqlalchemy import event, select

from portal.kernel import calendar
from portal.kernel.access import SYSTEM
from portal.kernel.audit import AuditRow
from portal.kernel.calendar import PLAIN, NamedDay
from portal.kernel.calendar_sources import load_library
from portal.kernel.db import Database
from portal.kernel.runtime import Runtime
from portal.kernel.uow import unit_of_work


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
