"""`portal catalog import` and `portal catalog form`, as an operator types them."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from auth.models import Unit
from catalog.entries.cli import catalog
from portal.kernel.commands import Invocation
from portal.kernel.errors import PortalError
from tests.catalog.entries.imports.files import HEADER, ROW, write_csv, write_workbook
from tests.catalog.entries.imports.office import Office
from tests.catalog.entries.imports.test_running import file_of


def portal(office: Office, *arguments: Any) -> Result:
    command = ["import", *map(str, arguments)] if arguments[0] != "form" else list(arguments)
    return CliRunner().invoke(catalog, command, obj=Invocation(lambda: office.runtime))


def test_a_dry_run_prints_the_report_and_writes_nothing(office: Office) -> None:
    result = portal(office, file_of(office, {}, {"提供部门": "某局"}), "--dry-run", "--json")
    report = json.loads(result.stdout)
    assert list(report) == ["columns", "unmapped", "records", "values", "waiting", "problems"]
    assert report["records"] == {
        "read": 2, "new": 2, "changed": 0, "unchanged": 0, "merged": 0, "refused": 0,
    }  # fmt: skip
    assert report["waiting"] == {"units": 1, "records": 1}
    assert "某局" in report["problems"][0]["reason"]
    assert office.entries() == []


def test_a_dry_run_tells_in_words_what_waits_for_units(office: Office) -> None:
    path = file_of(office, {}, {"提供部门": "某局"})
    said = portal(office, path, "--dry-run").stdout
    assert "新增 2" in said
    assert "其中 1 条属于待确认的 1 个单位" in said
    said = portal(office, path).stdout
    assert "拒收 1" in said
    assert "1 条属于没有确认的 1 个单位" in said
    assert "个单位" not in portal(office, path, "--new-units").stdout


def test_a_dry_run_tells_what_is_known_already(office: Office) -> None:
    path = file_of(office, {}, {"目录名称": "乙"})
    assert portal(office, file_of(office, {}, name="b.json")).exit_code == 0
    report = json.loads(portal(office, path, "--dry-run", "--json").stdout)
    assert (report["records"]["new"], report["records"]["unchanged"]) == (1, 1)


def test_a_file_is_imported_and_told_in_words(office: Office) -> None:
    result = portal(office, file_of(office, {}, {"更新频率": "随缘", "目录名称": "乙"}))
    assert "共 2 行：新增 2" in result.stdout
    assert "第 2 行" in result.stdout
    assert len(office.entries()) == 2


def test_unknown_units_are_proposed_and_entered_on_demand(office: Office) -> None:
    path = file_of(office, {"提供部门": "某局"})
    refused = portal(office, path)
    assert "--new-units" in refused.stderr
    assert "拒收 1" in refused.stdout
    assert "新增 1" in portal(office, path, "--new-units").stdout


def test_a_unit_written_in_full_and_in_short_is_entered_once(office: Office) -> None:
    ways = ("市停车局", "济南市停车管理局")
    rows = [{"提供部门": name, "资源目录": ways[1], "目录名称": f"停车{name}"} for name in ways]
    assert "新增 2" in portal(office, file_of(office, *rows), "--new-units").stdout
    with office.runtime.database.reading() as session:
        made = session.execute(select(Unit.name, Unit.short_name).where(Unit.name.contains("停车")))
        assert made.all() == [("济南市停车管理局", "市停车局")]


def test_the_region_of_a_file_is_given_once(office: Office) -> None:
    path = file_of(office, {"提供部门": "区教育局", "所属区县": "余杭区"})
    assert "不在 济南市 内" in portal(office, path, "--dry-run").stdout
    result = portal(office, path, "--region", "330100", "--new-units")
    assert "新增 1" in result.stdout
    assert office.entries()[0].region_code == "330110"


def test_columns_can_be_named_and_a_unit_given(office: Office) -> None:
    path = write_csv(office.folder / "a.csv", [("甲", "乙"), ("停车场", "每月")])
    result = portal(office, path, "--map", "甲=title", "--unit", "济南市教育局")
    assert result.exit_code == 0, result.output
    assert office.entries()[0].unit_id == office.units["济南市教育局"]


def test_publishing_needs_who_may(office: Office) -> None:
    reviewer, editor = office.person("reviewer"), office.person("editor")
    path = file_of(office, {})
    report = json.loads(
        portal(office, path, "--publish", "--json", "--as", editor.username).stdout  # type: ignore[attr-defined]
    )
    assert report["published"] == 0
    second = file_of(office, {"目录名称": "乙"}, name="b.json")
    report = json.loads(
        portal(office, second, "--publish", "--json", "--as", reviewer.username).stdout  # type: ignore[attr-defined]
    )
    assert report["published"] == 1


def test_the_report_is_written_where_one_asks(office: Office) -> None:
    path = write_csv(office.folder / "a.csv", [HEADER, ROW, ("乙", *ROW[1:2], "随缘", *ROW[3:])])
    target = office.folder / "问题.csv"
    assert portal(office, path, "--report", target).exit_code == 0
    assert "随缘" in target.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04"])
def test_a_bad_file_is_an_error_of_ours_not_a_traceback(office: Office, content: bytes) -> None:
    path = office.folder / "a.xlsx"
    path.write_bytes(content)
    result = portal(office, path)
    assert isinstance(result.exception, PortalError)


def test_a_wrong_mapping_is_told(office: Office) -> None:
    result = portal(office, file_of(office, {}), "--map", "title")
    assert "列=字段" in str(result.exception)


def test_the_blank_form_is_written_with_our_units(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    assert portal(office, "form", str(path)).exit_code == 0
    names = [cell.value for cell in openpyxl.load_workbook(path).worksheets[1]["A"]]
    assert "济南市教育局" in names


@pytest.mark.parametrize(
    ("place", "words"),
    [("none/report.xlsx", "没有文件夹"), (".", "是文件夹")],
    ids=["no folder", "a folder"],
)
def test_what_cannot_be_written_is_said_before_the_work(
    office: Office, tmp_path: Path, place: str, words: str
) -> None:
    target = tmp_path / place
    for arguments in ((file_of(office, {}), "--report", target), ("form", str(target))):
        refused = portal(office, *arguments).exception
        assert isinstance(refused, PortalError)
        assert words in str(refused)
    assert office.entries() == []


def test_a_report_is_written_as_its_name_says(office: Office, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, [*ROW]])
    for name, begins in (("r.csv", b"\xef\xbb\xbf"), ("r.xlsx", b"PK")):
        assert portal(office, path, "--report", tmp_path / name).exit_code == 0
        assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_publication_that_did_not_happen_is_no_success(office: Office) -> None:
    editor = office.person("editor")
    path = file_of(office, {})
    refused = portal(office, path, "--publish", "--as", editor.username)  # type: ignore[attr-defined]
    assert refused.exit_code != 0
    done = portal(office, file_of(office, {"目录名称": "乙"}), "--publish")
    assert (done.exit_code, "已发布 1 条" in done.stdout) == (0, True)


def test_a_publication_that_did_not_happen_says_how_many(office: Office) -> None:
    editor = office.person("editor")
    path = file_of(office, {}, {"目录名称": "乙"})
    for _time in range(2):  # the second time nothing is new, and still nothing is published
        refused = portal(office, path, "--publish", "--as", editor.username)  # type: ignore[attr-defined]
        assert (refused.exit_code, "已发布 0 条；2 条没有发布" in refused.stdout) == (1, True)
    assert portal(office, path, "--publish").exit_code == 0
    again = portal(office, path, "--publish", "--as", editor.username)  # type: ignore[attr-defined]
    assert (again.exit_code, "已发布 0 条。" in again.stdout) == (0, True)


@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--new-units"]])
def test_a_region_that_does_not_exist_is_refused(office: Office, more: list[str]) -> None:
    result = portal(office, file_of(office, {"提供部门": "某局"}), "--region", "999999", *more)
    assert "没有行政区划代码 999999" in str(result.exception)


def test_a_header_that_is_a_text_is_told_in_short(office: Office) -> None:
    label = "很长的列名" * 1000
    path = write_csv(office.folder / "a.csv", [[*HEADER, label], [*ROW, "x"]])
    assert len(portal(office, path, "--dry-run").stdout) < 1000
    path = write_csv(office.folder / "b.csv", [[label, "x"], ["1", "y"]])
    assert len(str(portal(office, path).exception)) < 300


def test_a_report_of_a_workbook_is_written_as_csv_where_its_name_says_so(office: Office) -> None:
    path = write_workbook(office.folder / "a.xlsx", [HEADER, [*ROW[:2], "随缘", *ROW[3:]]])
    target = office.folder / "r.csv"
    assert portal(office, path, "--report", target).exit_code == 0
    header, row = target.read_text(encoding="utf-8-sig").splitlines()[:2]
    assert (header.split(",")[0], "随缘" in row) == (HEADER[0], True)
