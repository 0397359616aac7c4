"""Dates in every shape that files have shown."""

import calendar
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports import vocabulary_values as words
from catalog.entries.imports.normalise.readings import NOT_STATED, Reading, as_text
from portal.kernel import clock
from portal.kernel.text import Text, _

_DATE = re.compile(
    r"(?<!\d)(\d{4})\s*[-/.]\s*(\d{1,2})(?:\s*[-/.]\s*(\d{1,2}))?(?!\d)"
    r"(?:(?:t|\s)*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?\s*(z|[+-]\d{2}:?\d{2})?)?"
)
_DIGITS = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?:\s?(\d{2}):?(\d{2}):?(\d{2})?)?(?!\d)")
_ENGLISH = re.compile(
    r"(?<![a-z])([a-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(?:(\d{1,2}:\d{2}:\d{2})\s+(?:[a-z]{3,4}\s+)?)?(\d{4})"
)
_SHORT_YEAR = re.compile(r"(\d{2})[-.](\d{1,2})[-.](\d{1,2})")
_IN_WORDS = re.compile(
    r"([〇○零一二三四五六七八九]{4})年"
    r"(?:([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十廿卅]{1,3})[日号])?)?"
)
_ZEROS, _TENS = "〇○零", {"廿": 20, "卅": 30}
_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_abbr) if name}
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_LARGEST, _LONGEST = 1e14, 1000
_SERIALS = (20_000, 60_000)
_SECONDS = (631_152_000, 4_102_444_800)


def moments(raw: Any) -> list[date | datetime]:
    """All days and moments in a cell; moments carry the city's zone."""
    if isinstance(raw, datetime):
        return [_plain(raw)]
    if isinstance(raw, date):
        return [raw]
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        if not abs(raw) < _LARGEST:  # nor what is no number at all
            return []
        return _from_number(float(raw), str(int(raw)) if float(raw).is_integer() else "")
    text = _latin(as_text(raw)[:_LONGEST])
    if re.fullmatch(r"\d{4,5}(\.\d+)?|\d{10}|\d{13}", text):
        return _from_number(float(text), text)
    return _from_text(text)


def _latin(text: str) -> str:
    folded = _IN_WORDS.sub(_in_digits, vocabulary.folded(text))
    for sign, latin in words.DATE_SIGNS.items():
        folded = folded.replace(sign, latin)
    return re.sub(r"-(?=\s|$)", "", folded).strip()


def _in_digits(found: re.Match[str]) -> str:
    """二〇二三年五月二十四日 → 2023年5月24日."""
    year, month, day = found.groups()
    said = "".join("0" if sign in _ZEROS else str(words.DIGITS[sign]) for sign in year) + "年"
    said += f"{_counted(month)}月" if month else ""
    return said + (f"{_counted(day)}日" if day else "")


def _counted(text: str) -> int:
    """A number up to ninety-nine in Chinese words."""
    if text[0] in _TENS:
        return _TENS[text[0]] + (_counted(text[1:]) if text[1:] else 0)
    tens, ten, ones = text.rpartition("十")
    whole = words.DIGITS.get(tens, 1) * 10 if ten else 0
    return int(whole + words.DIGITS.get(ones[:1], 0))


def _from_number(value: float, digits: str) -> list[date | datetime]:
    if len(digits) == 8:  # noqa: PLR2004  20230524
        return _from_text(digits)
    if _SECONDS[0] * 1000 <= value <= _SECONDS[1] * 1000:
        return [_plain(datetime.fromtimestamp(value / 1000, UTC))]
    if _SECONDS[0] <= value <= _SECONDS[1]:
        return [_plain(datetime.fromtimestamp(value, UTC))]
    if _SERIALS[0] <= value <= _SERIALS[1]:
        return [_plain(datetime(1899, 12, 30, tzinfo=clock.CITY_ZONE) + timedelta(days=value))]
    return []


def _from_text(text: str) -> list[date | datetime]:
    found = [_moment(match) for match in _DATE.finditer(text) if match.group(3)]
    found = found or [_moment(match) for match in _DIGITS.finditer(text)]
    found = found or [_english(match) for match in _ENGLISH.finditer(text)]
    if not found and (short := _SHORT_YEAR.fullmatch(text)):
        found = [_of_short_year(*map(int, short.groups()))]
    return [moment for moment in found if moment is not None]


def _moment(match: re.Match[str]) -> date | datetime | None:
    parts = [int(part or 0) for part in match.groups()[:6]]
    zone = match.group(7) if match.re.groups > 6 else None  # noqa: PLR2004
    if not _FIRST_YEAR <= parts[0] <= _LAST_YEAR:
        return None
    try:
        if match.group(4) is None:
            return date(*parts[:3])
        moment = datetime(*parts, tzinfo=_zone(zone))  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    return _plain(moment)


def _zone(name: str | None) -> Any:
    if not name:
        return clock.CITY_ZONE
    if name == "z":
        return UTC
    hours, minutes = int(name[1:3]), int(name[-2:])
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if name[0] == "-" else offset)


def _of_short_year(year: int, month: int, day: int) -> date | None:
    """23-05-24: of this century, unless that would be far in the future."""
    century = 2000 if 2000 + year <= clock.today().year + 1 else 1900
    try:
        return date(century + year, month, day)
    except ValueError:
        return None


def _english(match: re.Match[str]) -> date | datetime | None:
    month = _MONTHS.get(match.group(1))
    if month is None:
        return None
    try:
        return date(int(match.group(4)), month, int(match.group(2)))
    except ValueError:
        return None


def _plain(moment: datetime) -> date | datetime:
    """On the city's clocks and without parts of a second; a midnight is a day."""
    local = moment if moment.tzinfo is None else moment.astimezone(clock.CITY_ZONE)
    local = local.replace(microsecond=0, tzinfo=clock.CITY_ZONE)
    return local if local.time() != datetime.min.time() else local.date()


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _sortable(moment: date | datetime) -> tuple[date, str]:
    return _day(moment), moment.isoformat() if isinstance(moment, datetime) else ""


def read_moment(raw: Any, _label: str = "") -> Reading:
    """The latest day or moment of the cell."""
    found = moments(raw)
    if found:
        latest = max(found, key=_sortable)
        return Reading(latest.isoformat(), reason=_in_future(latest))
    return _unread(raw)


def read_day(raw: Any, _label: str = "") -> Reading:
    """The earliest day of the cell."""
    found = moments(raw)
    if found:
        earliest = _day(min(found, key=_sortable))
        return Reading(earliest.isoformat(), reason=_in_future(earliest))
    return _unread(raw)


def _in_future(moment: date | datetime) -> Text | None:
    if _day(moment) <= clock.today():
        return None
    return _("这个日期在将来，已按原样保留。请核对年份。")


def _unread(raw: Any) -> Reading:
    text = as_text(raw)
    if vocabulary.is_blank(text):
        return NOT_STATED
    month = re.fullmatch(r"(\d{4})(?:[-/.]?(\d{1,2}))?[-/.]?", _latin(text))
    if month is None or not _FIRST_YEAR <= int(month.group(1)) <= _LAST_YEAR:
        return Reading(reason=_("不是可识别的日期。请写成 2023-05-24 的样子。"))
    number = int(month.group(2) or 1)
    if not 1 <= number <= 12:  # noqa: PLR2004
        return Reading(reason=_("不是可识别的日期。请写成 2023-05-24 的样子。"))
    day = date(int(month.group(1)), number, 1)
    return Reading(day.isoformat(), reason=_("日期不完整，已按这一时段的第一天记录。请补全到日。"))


def read_period_end(raw: Any, _label: str = "") -> Reading:
    """The last day of a period; 至今 leaves it open."""
    text = vocabulary.plain_value(as_text(raw))
    if text in vocabulary.word_set(words.DATE_NOW):
        return NOT_STATED
    reading = read_day(raw)
    incomplete = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?", _latin(text))
    if reading.value is None or incomplete is None:
        return reading
    year, month = int(incomplete.group(1)), int(incomplete.group(2) or 12)
    return Reading(date(year, month, calendar.monthrange(year, month)[1]).isoformat())


def read_period_start(raw: Any, _label: str = "") -> Reading:
    """The first day of a period; a year or a month alone means its first day."""
    reading = read_day(raw)
    return Reading(reading.value) if reading.value else reading


def read_period(raw: Any, _label: str = "") -> Reading:
    """A period in one cell: 2020年至今, 2019-2021, 2020-01-01至2021-12-31."""
    text = as_text(raw)
    if vocabulary.is_blank(text):
        return NOT_STATED
    years = re.fullmatch(r"(\d{4})\s*[-~－—]+\s*(\d{4})", _latin(text))
    parts = years.groups() if years else re.split(words.RANGE_SIGNS, vocabulary.folded(text))
    if len(parts) == 1:
        parts = (parts[0], parts[0])
    start, end = read_period_start(parts[0]), read_period_end(parts[-1])
    also = {
        key: reading.value
        for key, reading in (("period_from", start), ("period_to", end))
        if reading.value
    }
    if not also:
        return Reading(reason=_("不是可识别的时间范围。请写成 2020-01-01 至 2021-12-31 的样子。"))
    return Reading(None, also, start.reason or end.reason)
