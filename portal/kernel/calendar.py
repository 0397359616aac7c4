"""The working-day calendar: which days count, from dated rows that are loaded year by year."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.kernel.db import Base
from portal.kernel.work import Work

SATURDAY = 5
ONE_DAY = timedelta(days=1)


class CalendarDay(Base):
    """A day that differs from its weekday (a holiday, a make-up day) or bears a name."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    name: Mapped[str]
    source: Mapped[str]


class CalendarYear(Base):
    """A year whose holidays are known; a year without a row counts plain weekdays."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str]
    digest: Mapped[str]
    loaded_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class NamedDay:
    """One dated row as a source gives it."""

    day: date
    working: bool
    name: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that differ from their weekday, and the years that are known.

    `version` changes whenever a year is loaded.
    """

    exceptions: Mapping[date, bool]
    years: frozenset[int]
    version: str = ""

    def is_working(self, day: date) -> bool:
        """Whether people work on that day; weekdays where the year is not known."""
        known = self.exceptions.get(day)
        return day.weekday() < SATURDAY if known is None else known

    def is_known(self, day: date) -> bool:
        """Whether the holidays of that day's year were loaded."""
        return day.year in self.years

    def next_working(self, day: date) -> date:
        """The day itself when people work on it, else the first one after it."""
        while not self.is_working(day):
            day += ONE_DAY
        return day


PLAIN = Calendar({}, frozenset())

# A cache beside each engine, not state: a calendar is replaced as soon as its version differs.
_loaded: WeakKeyDictionary[Engine, Calendar] = WeakKeyDictionary()


def load(session: Session) -> Calendar:
    """The calendar as it is now; one statement when it is unchanged since the last call."""
    years = session.execute(
        select(CalendarYear.year, CalendarYear.digest).order_by(CalendarYear.year)
    ).all()
    version = hashlib.sha256(repr([tuple(row) for row in years]).encode()).hexdigest()
    engine = session.get_bind().engine
    cached = _loaded.get(engine)
    if cached is not None and cached.version == version:
        return cached
    rows = session.execute(select(CalendarDay.day, CalendarDay.working))
    calendar = Calendar(
        {row.day: row.working for row in rows}, frozenset(row.year for row in years), version
    )
    _loaded[engine] = calendar
    return calendar


def known_years(session: Session) -> list[CalendarYear]:
    """The years that were loaded, newest first, with their source."""
    return list(session.scalars(select(CalendarYear).order_by(CalendarYear.year.desc())))


def days_of(session: Session, year: int) -> list[CalendarDay]:
    """The dated rows of one year in order."""
    query = select(CalendarDay).where(
        CalendarDay.day >= date(year, 1, 1), CalendarDay.day <= date(year, 12, 31)
    )
    return list(session.scalars(query.order_by(CalendarDay.day)))


def replace_years(uow: Work, *, years: Sequence[int], days: Sequence[NamedDay], source: str) -> int:
    """Puts the rows of whole years in place of what was known; returns how many years changed.

    Loading the same rows again changes nothing. Open clocks are recomputed by
    `tasks.recompute_open`, which the caller runs in the same unit of work.
    """
    known = {
        row.year: row.digest
        for row in uow.session.execute(select(CalendarYear.year, CalendarYear.digest))
    }
    changed = 0
    for year in sorted(set(years)):
        rows = sorted((day for day in days if day.day.year == year), key=lambda row: row.day)
        digest = hashlib.sha256(
            repr([(d.day, d.working, d.name) for d in rows]).encode()
        ).hexdigest()
        if known.get(year) == digest:
            continue
        _write_year(uow, year, rows, source=source, digest=digest)
        changed += 1
    if changed:
        uow.audit("calendar.load", "calendar", source, {"years": sorted(set(years))})
    return changed


def _write_year(
    uow: Work, year: int, rows: Sequence[NamedDay], *, source: str, digest: str
) -> None:
    uow.session.execute(
        delete(CalendarDay).where(
            CalendarDay.day >= date(year, 1, 1), CalendarDay.day <= date(year, 12, 31)
        )
    )
    uow.session.execute(delete(CalendarYear).where(CalendarYear.year == year))
    if rows:
        uow.session.execute(
            insert(CalendarDay),
            [
                {"day": row.day, "working": row.working, "name": row.name, "source": source}
                for row in rows
            ],
        )
    uow.session.execute(
        insert(CalendarYear),
        [{"year": year, "source": source, "digest": digest, "loaded_at": uow.at}],
    )
