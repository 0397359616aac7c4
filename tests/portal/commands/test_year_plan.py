"""A file with a year's plan of holidays is taken as a whole, or refused with the line."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from chinese_calendar import constants
from click.testing import CliRunner, Result

from portal import cli
from portal.commands import year_plan
from portal.kernel import calendar
from portal.kernel.access import SYSTEM
from portal.kernel.calendar import NamedDay
from portal.kernel.commands import Invocation
from portal.kernel.errors import Invalid
from portal.kernel.uow import unit_of_work
from tests.world import World

HEADER = "day,working,name"
KNOWN_YEARS = sorted({day.year for day in constants.holidays})
# As the State Council might announce it: 13 days of rest beside the weekends.
REST = {
    "元旦": ("2027-01-01", "2027-01-02", "2027-01-03"),
    "春节": tuple(f"2027-02-{n:02}" for n in range(5, 13)),
    "清明节": ("2027-04-03", "2027-04-04", "2027-04-05"),
    "劳动节": tuple(f"2027-05-{n:02}" for n in range(1, 6)),
    "端午节": ("2027-06-09",),
    "中秋节": ("2027-09-15", "2027-09-16"),
    "国庆节": tuple(f"2027-10-{n:02}" for n in range(1, 8)),
}
WORK = ("2027-01-30", "2027-02-14", "2027-04-25", "2027-05-08", "2027-09-26", "2027-10-09")
PLAN = [
    HEADER,
    *(f"{day},0,{name}" for name, days in REST.items() for day in days),
    *(f"{day},1,调休上班" for day in WORK),
]


def known(year: int) -> list[NamedDay]:
    """The plan of a past year, as the library has it."""
    sources = ((constants.holidays, False), (constants.workdays, True))
    return [
        NamedDay(day, working=working, name=name)
        for source, working in sources
        for day, name in source.items()
        if day.year == year
    ]


def written(folder: Path, lines: Sequence[str], *, encoding: str = "utf-8") -> Path:
    path = folder / "2027.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize("year", KNOWN_YEARS)
def test_every_plan_of_the_past_is_a_whole_year(year: int) -> None:
    year_plan.refuse_parts(known(year))


@pytest.mark.parametrize("year", KNOWN_YEARS)
def test_a_year_without_its_spring_festival_or_its_make_up_days_is_none(year: int) -> None:
    for part in (
        [day for day in known(year) if day.working or day.day.month > 2 or day.day.day == 1],
        [day for day in known(year) if not day.working],
    ):
        with pytest.raises(Invalid, match=f"{year} 年全年"):
            year_plan.refuse_parts(part)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_whole_year_is_read_in_the_encodings_of_spreadsheets(
    tmp_path: Path, encoding: str
) -> None:
    found = year_plan.read(written(tmp_path, PLAN, encoding=encoding))
    year_plan.refuse_parts(found)
    assert len(found) == len(PLAN) - 1
    assert found[0] == NamedDay(date(2027, 1, 1), working=False, name="元旦")


def test_a_spreadsheet_s_dates_and_blank_lines_are_read(tmp_path: Path) -> None:
    lines = [f"{line.replace('-0', '/').replace('-', '/')},," for line in PLAN]
    lines[0] = HEADER
    found = year_plan.read(written(tmp_path, [*lines, ",,", "", ",,,,"]))
    assert len(found) == len(PLAN) - 1


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([HEADER, "2027-10-01,0,国庆节"], "法定放假的 2027-01-01 没有写成放假"),
        ([HEADER, "2027-02-06,0,春节"], "2027-01-01、2027-10-01 没有写成放假"),
        ([line for line in PLAN if "春节" not in line], "只休 7 天，法定为 13 天"),
        ([line for line in PLAN if ",1," not in line], "休了 19 天，法定为 13 天"),
        ([*PLAN, "2028-01-01,0,元旦"], "2028 年全年"),
    ],
)
def test_part_of_a_year_is_refused_and_nothing_is_changed(
    empty_world: World, tmp_path: Path, lines: list[str], words: str
) -> None:
    path = written(tmp_path, lines)
    with pytest.raises(Invalid, match=words), unit_of_work(empty_world.runtime, SYSTEM) as uow:
        year_plan.load_file(uow, path)
    with empty_world.runtime.database.reading() as session:
        assert 2027 not in calendar.load(session).years


def test_loading_twice_is_without_effect(empty_world: World, tmp_path: Path) -> None:
    path = written(tmp_path, PLAN)
    found = []
    for name in ("2027.csv", "again.csv"):
        with unit_of_work(empty_world.runtime, SYSTEM) as uow:
            found.append(year_plan.load_file(uow, path.rename(tmp_path / name)))
        path = tmp_path / name
    assert [loaded.changed for loaded in found] == [1, 0]
    assert [loaded.years for loaded in found] == [(2027,), (2027,)]
    with empty_world.runtime.database.reading() as session:
        assert calendar.known_years(session)[0].source == "2027.csv"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "第一行应为"),
        (b"date,works\n2027-10-01,0\n", "第一行应为"),
        (b"day,working\n", "没有日期"),
        (b"day,working\n2027-13-01,0\n", "第 2 行：没有“2027-13-01”这一天"),
        (b"day,working\n\n\n20271001,0\n", "第 4 行：日期“20271001”应写作"),
        (b"day,working\n0001-10-01,0\n", "第 2 行：日期"),
        (b"day,working\n2027-10-01,maybe\n", "第 2 行：working“maybe”"),
        (b"day,working\n2027-10-01\n", "第 2 行：working“”"),
        (b"day,working\n2027-10-01,0,more\n", "第 2 行：比第一行多出几格"),
        (b"day,working\n2027-10-01,0\n2027/10/1,1\n", "第 3 行：2027-10-01 在第 2 行已有"),
        (b'day,working,name\n2027-10-01,0,"' + b"x" * 200_000, "第 2 行不是 CSV"),
        (b"day,working\n2027-10-01,0\n2027-10-02,\xff\xfe\n", "第 3 行不是 UTF-8"),
        ("day,working\n2027-10-01,0\n".encode("utf-16"), "第 1 行不是 UTF-8"),
        (b"x" * 1_100_000, "超过 1 MB"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "2027.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=words):
        year_plan.read(path)


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", "not json", "[" * 100_000, '[{"day": 1' + "0" * 5_000 + "}]"]
)
def test_json_that_is_no_list_of_days_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "2027.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Invalid, match="应为列表"):
        year_plan.read(path)


def test_json_is_read_and_what_no_database_keeps_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "2027.json"
    path.write_text(
        '[{"day": "2027-10-01", "working": false, "name": "\\ud800国庆\\u0000节"},'
        ' {"day": "2027-10-09", "working": 1}]',
        encoding="utf-8",
    )
    assert year_plan.read(path) == [
        NamedDay(date(2027, 10, 1), working=False, name="国庆节"),
        NamedDay(date(2027, 10, 9), working=True, name=""),
    ]


def test_a_path_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"没有文件 .*none"):
        year_plan.read(tmp_path / "none.csv")


def loaded(world: World, path: Path) -> Result:
    """What the command says of a file."""
    group = cli.Portal("portal", help="-")
    invocation = Invocation(lambda: world.runtime)
    return CliRunner().invoke(group, ["calendar", "load", str(path)], obj=invocation)


def test_the_command_takes_a_whole_year_and_refuses_a_part(
    empty_world: World, tmp_path: Path
) -> None:
    part = loaded(empty_world, written(tmp_path, PLAN[:2]))
    assert (part.exit_code, part.stdout, len(part.stderr.splitlines())) == (1, "", 1)
    assert "日历没有改动" in part.stderr
    whole = [loaded(empty_world, written(tmp_path, PLAN)).stdout for _time in range(2)]
    assert whole == [
        "读到 2027 年，更新 1 年，重算期限 0 件。\n",
        "读到 2027 年，更新 0 年，重算期限 0 件。\n",
    ]
