"""Where the working-day calendar comes from: the library of past years, or a file for new ones."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from portal.kernel.calendar import NamedDay, replace_years
from portal.kernel.errors import Invalid
from portal.kernel.tasks import recompute_open
from portal.kernel.text import Text, _
from portal.kernel.work import Work

LIBRARY = "chinesecalendar"
COLUMNS = ("day", "working", "name")
YES = frozenset({"1", "true", "yes"})
NO = frozenset({"0", "false", "no"})


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
    return _load(uow, days, source=LIBRARY)


def load_file(uow: Work, path: Path) -> Loaded:
    """Loads the years that a CSV or JSON file holds, in place of what was known of them.

    Rows are `day,working,name` ("2027-02-06,0,..."); a year stands in the file with all its
    holidays and make-up days. Raises Invalid that names the row.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise Invalid(
            _("无法读取文件 %(name)s。请核对路径，并保存为 UTF-8 编码。", name=path.name)
        ) from None
    rows = _json_rows(content) if path.suffix.lower() == ".json" else _csv_rows(content)
    days = [_named_day(number, row) for number, row in enumerate(rows, start=1)]
    if not days:
        raise Invalid(_("文件 %(name)s 里没有日期。应有 day、working、name 三列。", name=path.name))
    return _load(uow, days, source=path.name)


def _load(uow: Work, days: Sequence[NamedDay], *, source: str) -> Loaded:
    years = tuple(sorted({day.day.year for day in days}))
    changed = replace_years(uow, years=years, days=days, source=source)
    return Loaded(years, changed, recompute_open(uow) if changed else 0)


def _csv_rows(content: str) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(content))
    if not set(COLUMNS[:2]) <= set(reader.fieldnames or ()):
        raise Invalid(_("日历文件的第一行应为 day,working,name。"))
    return iter(reader)


def _json_rows(content: str) -> Iterator[dict[str, Any]]:
    try:
        rows = json.loads(content)
    except ValueError:
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid(_("日历文件应为列表，每项有 day、working、name。"))
    return iter(rows)


def _named_day(number: int, row: dict[str, Any]) -> NamedDay:
    raw_day, raw_working = str(row.get("day") or "").strip(), str(row.get("working", "")).strip()
    try:
        day = date.fromisoformat(raw_day)
    except ValueError:
        raise _wrong(number, _("日期“%(raw)s”应写作 2027-01-31", raw=raw_day)) from None
    if raw_working.lower() not in YES | NO:
        raise _wrong(number, _("working“%(raw)s”应为 1（上班）或 0（放假）", raw=raw_working))
    return NamedDay(day, raw_working.lower() in YES, str(row.get("name") or "").strip())


def _wrong(number: int, reason: Text) -> Invalid:
    return Invalid(_("日历文件第 %(number)s 条：%(reason)s。", number=number, reason=reason))
