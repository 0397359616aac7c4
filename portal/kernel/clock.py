"""The only source of the present moment: always UTC and aware; the city's zone for days."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")

_frozen: ContextVar[datetime | None] = ContextVar("frozen_now", default=None)


def now() -> datetime:
    """The present moment in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """The present day in the city."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """The same moment on the city's clocks."""
    return moment.astimezone(CITY_ZONE)


def day_start(day: date) -> datetime:
    """Midnight at the start of a day in the city, in UTC."""
    return datetime.combine(day, time.min, CITY_ZONE).astimezone(UTC)


def day_end(day: date) -> datetime:
    """24:00 of a day in the city, in UTC."""
    return datetime.combine(day, time.max, CITY_ZONE).astimezone(UTC)


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Holds the clock still inside the block; for tests and for replays."""
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
