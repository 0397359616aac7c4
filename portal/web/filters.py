"""Jinja filters: how dates, numbers and names are written, in both languages."""

from datetime import date, datetime, timedelta
from typing import Any

from portal.kernel import clock
from portal.kernel.text import Text, _

MISSING = "–"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STEP = 1024


def day(value: date | datetime | str | None) -> str:
    """2022-11-08, for tables and metadata; a missing one is a dash."""
    found = _local(value)
    return found.strftime("%Y-%m-%d") if found else MISSING


def day_words(value: date | datetime | str | None) -> Text | str:
    """11月8日 in sentences of this year, 2022年11月8日 of others; English 8 Nov 2022."""
    found = _local(value)
    if found is None:
        return MISSING
    parts = {"month": found.month, "day": found.day, "name": _MONTHS[found.month - 1]}
    if found.year == clock.today().year:
        return _("%(month)s月%(day)s日", year=str(found.year), **parts)
    return _("%(year)s年%(month)s月%(day)s日", year=str(found.year), **parts)


def day_full(value: date | datetime | str | None) -> Text | str:
    """2022年11月8日 whatever year it is: where words are kept or quoted; English 8 Nov 2022."""
    found = _local(value)
    if found is None:
        return MISSING
    parts = {"month": found.month, "day": found.day, "name": _MONTHS[found.month - 1]}
    return _("%(year)s年%(month)s月%(day)s日", year=str(found.year), **parts)


def moment(value: datetime | None) -> str:
    """2022-11-08 14:32 on the city's clocks."""
    return clock.local(value).strftime("%Y-%m-%d %H:%M") if value else MISSING


def number(value: float | None) -> str:
    """8,412; a missing one is a dash, zero is 0."""
    if value is None:
        return MISSING
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")


def percent(value: float | None) -> str:
    """93.4% of a share between 0 and 1; 100% and 0% are said of all and none alone."""
    if value is None:
        return MISSING
    shown = value * 100
    if 0 < shown < 100:  # noqa: PLR2004
        shown = min(max(round(shown, 1), 0.1), 99.9)
    return f"{shown:.1f}".removesuffix(".0") + "%"


def size(value: int | None) -> str:
    """4.2 MB of a number of bytes."""
    if value is None:
        return MISSING
    amount = float(value)
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if amount < _STEP or unit == "TB":
            return f"{amount:.1f}".removesuffix(".0") + f" {unit}"
        amount /= _STEP
    return MISSING


def duration(value: timedelta | float | None) -> Text | str:
    """How long something took or will take, in the largest fitting unit."""
    if value is None:
        return MISSING
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 60:  # noqa: PLR2004
        return _("%(n)s 秒", n=round(seconds))
    if seconds < 5400:  # noqa: PLR2004
        return _("%(n)s 分钟", n=round(seconds / 60))
    if seconds < 172_800:  # noqa: PLR2004
        return _("%(n)s 小时", n=round(seconds / 3600))
    return _("%(n)s 天", n=round(seconds / 86_400))


def or_dash(value: Any) -> Any:
    """The value, or a dash for none."""
    return MISSING if value is None or value == "" else value


def _local(value: date | datetime | str | None) -> date | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return clock.local(value).date() if value.tzinfo else value.date()
    return value


ALL = {
    "day": day,
    "day_words": day_words,
    "day_full": day_full,
    "moment": moment,
    "number": number,
    "percent": percent,
    "size": size,
    "duration": duration,
    "or_dash": or_dash,
}
