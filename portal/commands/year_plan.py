"""A file with the plan of a year's holidays and make-up days, read and checked as a whole."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from portal.kernel.calendar import SATURDAY, NamedDay, replace_years
from portal.kernel.calendar_sources import Loaded
from portal.kernel.errors import Invalid
from portal.kernel.tasks import recompute_open
from portal.kernel.text import Text, _, sound
from portal.kernel.uow import UnitOfWork

COLUMNS = ("day", "working", "name")
LONGEST_CELL = 1_000
YES = frozenset({"1", "true", "yes"})
NO = frozenset({"0", "false", "no"})
LARGEST_FILE = 1_048_576
LONGEST_SHOWN = 40
_DAY = re.compile(r"(20\d\d)[-/](\d{1,2})[-/](\d{1,2})")

# Days of rest beside the weekends, by the State Council's decree on public holidays
# (全国年节及纪念日放假办法, orders 270, 513 and 795): from which year on, and how many.
LEGAL_DAYS = ((2025, 13), (2008, 11), (2000, 10))
# Those that lie on the same date in every year, and in every plan since 2004.
FIXED = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
# A make-up day of New Year may lie in the neighbouring year; the government has given up to two
# days more (2007, 2015, 2020).
FEWER, MORE = 1, 3


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it stands in the file."""

    number: int
    values: dict[Any, Any]


def load_file(uow: UnitOfWork, path: Path) -> Loaded:
    """Puts the years of a CSV or JSON file in place of what was known of them.

    Rows are `day,working,name` ("2027-02-06,0,..."), in UTF-8 or GB18030. Raises Invalid that
    names the line, or says what a year lacks to be a whole one; then nothing is changed.
    """
    days = read(path)
    refuse_parts(days)
    years = tuple(sorted({day.day.year for day in days}))
    changed = replace_years(uow, years=years, days=days, source=path.name)
    return Loaded(years, changed, recompute_open(uow) if changed else 0)


def read(path: Path) -> list[NamedDay]:
    """The dated rows of a file. Raises Invalid that names the line."""
    content = _decoded(path)
    lines = _json_lines(content) if path.suffix.lower() == ".json" else _csv_lines(content)
    found: dict[date, tuple[int, NamedDay]] = {}
    for line in lines:
        if not any(_cells(line)):
            continue  # what a spreadsheet writes below its last row
        named = _named_day(line)
        earlier = found.get(named.day)
        if earlier is not None:
            raise _wrong(
                line, _("%(day)s 在第 %(number)s 行已有", day=named.day, number=earlier[0])
            )
        found[named.day] = line.number, named
    if not found:
        raise Invalid(_("文件 %(name)s 里没有日期。应有 day、working、name 三列。", name=path.name))
    return [named for _number, named in found.values()]


def refuse_parts(days: Sequence[NamedDay]) -> None:
    """Raises Invalid unless each year that is touched is there as a whole.

    A year is whole when the holidays of a fixed date are days of rest in it, and when its days of
    rest beside the weekends, less the weekends worked for them, are as many as the decree gives.
    """
    for year in sorted({day.day.year for day in days}):
        reason = _lack(year, {each.day: each.working for each in days if each.day.year == year})
        if reason is not None:
            raise Invalid(
                _(
                    "这不是 %(year)s 年全年的放假安排：%(reason)s。"
                    "请写全这一年的放假日和调休上班日再载入；日历没有改动。",
                    year=str(year),
                    reason=reason,
                )
            )


def _lack(year: int, plan: dict[date, bool]) -> Text | None:
    fixed = [date(year, month, day) for month, day in FIXED]
    worked = [str(day) for day in fixed if plan.get(day, day.weekday() < SATURDAY)]
    if worked:
        return _("法定放假的 %(days)s 没有写成放假", days="、".join(worked))
    rest = sum(day.weekday() < SATURDAY for day, working in plan.items() if not working)
    rest -= sum(day.weekday() >= SATURDAY for day, working in plan.items() if working)
    legal = next(number for since, number in LEGAL_DAYS if year >= since)
    if rest < legal - FEWER:
        return _(
            "除去周末只休 %(rest)s 天，法定为 %(legal)s 天，放假日没有写全", rest=rest, legal=legal
        )
    if rest > legal + MORE:
        return _(
            "除去周末休了 %(rest)s 天，法定为 %(legal)s 天，调休上班日没有写全",
            rest=rest,
            legal=legal,
        )
    return None


def _decoded(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise Invalid(_("没有文件 %(path)s。请核对路径。", path=path)) from None
    if len(content) > LARGEST_FILE:
        raise Invalid(
            _("文件 %(name)s 超过 1 MB，不会是放假安排。请核对是不是拿错了文件。", name=path.name)
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _in_gb18030(content, line=content.count(b"\n", 0, error.start) + 1)


def _in_gb18030(content: bytes, *, line: int) -> str:
    """What Chinese spreadsheets write; `line` is the one that is not UTF-8."""
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        raise Invalid(
            _(
                "日历文件第 %(number)s 行不是 UTF-8，也不是 GB18030 编码的文字。"
                "请另存为 UTF-8 编码的 CSV。",
                number=line,
            )
        ) from None


def _csv_lines(content: str) -> Iterator[Line]:
    reader = csv.DictReader(io.StringIO(content))
    try:
        if not set(COLUMNS[:2]) <= set(reader.fieldnames or ()):
            raise Invalid(_("日历文件的第一行应为 day,working,name。"))
        for values in reader:
            _refuse_swallowed(reader.line_num, values)
            yield Line(reader.line_num, values)
    except csv.Error:
        raise _no_csv(reader.line_num + 1) from None


def _refuse_swallowed(line: int, values: Mapping[str, Any]) -> None:
    """A quotation mark that does not end takes in all that follows."""
    if any(len(str(value)) > LONGEST_CELL for value in values.values()):
        raise _no_csv(line)


def _no_csv(line: int) -> Invalid:
    return Invalid(_("日历文件第 %(number)s 行不是 CSV。请核对引号和逗号。", number=line))


def _json_lines(content: str) -> Iterator[Line]:
    try:
        rows = json.loads(content)
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid(_("日历文件应为列表，每项有 day、working、name。"))
    return (Line(number, row) for number, row in enumerate(rows, start=1))


def _named_day(line: Line) -> NamedDay:
    if any(cell.strip() for cell in line.values.get(None) or ()):
        raise _wrong(line, _("比第一行多出几格"))
    raw_day, raw_working = _words(line, "day"), _words(line, "working")
    if raw_working.lower() not in YES | NO:
        raise _wrong(
            line, _("working“%(raw)s”应为 1（上班）或 0（放假）", raw=raw_working[:LONGEST_SHOWN])
        )
    return NamedDay(_day(line, raw_day), raw_working.lower() in YES, _words(line, "name"))


def _day(line: Line, raw: str) -> date:
    found = _DAY.fullmatch(raw)
    try:
        if found is not None:
            return date(*map(int, found.groups()))
    except ValueError:
        raise _wrong(line, _("没有“%(raw)s”这一天", raw=raw)) from None
    raise _wrong(line, _("日期“%(raw)s”应写作 2027-01-31", raw=raw[:LONGEST_SHOWN]))


def _cells(line: Line) -> list[str]:
    """What stands in the line, cells without a column as well; blanks are empty."""
    more = line.values.get(None) or ()
    return [_words(line, key) for key in COLUMNS] + [str(cell).strip() for cell in more]


def _words(line: Line, key: str) -> str:
    value = line.values.get(key)
    return "" if value is None else sound(str(value)).strip()


def _wrong(line: Line, reason: Text) -> Invalid:
    return Invalid(_("日历文件第 %(number)s 行：%(reason)s。", number=line.number, reason=reason))
