"""Where the working-day calendar of past years comes from: the installed library.

A new year comes from a file: see the command `portal calendar load`.
"""

from dataclasses import dataclass

from portal.kernel.calendar import NamedDay, replace_years
from portal.kernel.tasks import recompute_open
from portal.kernel.work import Work

LIBRARY = "chinesecalendar"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: years read, years that changed, open clocks that moved."""

    years: tuple[int, ...]
    changed: int
    moved: int


def load_library(uow: Work) -> Loaded:
    """Loads every year that the installed library knows (2004-2026 in its version 1.11)."""
    from chinese_calendar import constants  # noqa: PLC0415  start-up time

    names = {holiday.value: holiday.chinese for holiday in constants.Holiday}
    days = [
        NamedDay(day, working=working, name=names.get(name, name))
        for source, working in ((constants.holidays, False), (constants.workdays, True))
        for day, name in source.items()
    ]
    years = tuple(sorted({day.day.year for day in days}))
    changed = replace_years(uow, years=years, days=days, source=LIBRARY)
    return Loaded(years, changed, recompute_open(uow) if changed else 0)
