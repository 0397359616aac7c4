"""The report comes back as the sent file with reasons, and can be mended and sent again."""

import csv
import zipfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import openpyxl
import pytest

from catalog.entries.imports import returned
from catalog.entries.imports.amending import ByRow, still_computes
from catalog.entries.imports.drafts import Problem
from catalog.entries.imports.forms import MERGED, write_filled_form
from catalog.entries.imports.normalise.readings import as_text
from catalog.entries.imports.reading import read_file
from catalog.entries.imports.report import csv_pieces, harmless
from catalog.entries.imports.returned import Sent
from portal.kernel.text import Text
from tests.catalog.entries.imports import files
from tests.catalog.entries.imports.files import HEADER, ROW, read, write_json, write_workbook
from tests.catalog.entries.imports.test_forms import ENTRIES, UNITS

BAD = ("公厕信息", "济南市城市管理局", "随缘", "无条件开放", "xls")


def send_back(path: Path) -> Path:
    with read_file(path) as reading:
        sent = Sent(path, reading.source, reading.folder, reading.secret_rows())
        target = path.with_name(f"{path.stem}-back{returned.suffix_of(sent.source)}")
        returned.write_returned(sent, reading.problems, target)
    return target


def test_a_workbook_comes_back_with_its_form_and_a_column_of_reasons(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_filled_form(path, UNITS, ENTRIES, layout=MERGED)
    with files.amended(path) as sheet:
        sheet.cell(7, 51).value = "随缘"
    back = send_back(path)
    book = openpyxl.load_workbook(back)
    sheet = book.worksheets[0]
    assert book.sheetnames == ["政务信息资源目录", "字典"]
    assert len(sheet.data_validations.dataValidation) == 15
    assert len(sheet.merged_cells.ranges) > 20
    assert sheet.cell(3, 54).value == "导入问题"
    assert "更新周期" in str(sheet.cell(7, 54).value)
    assert sheet.cell(4, 54).value is None


def test_a_mended_file_can_be_sent_again_and_gets_no_second_column(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, ROW, BAD])
    back = send_back(path)
    with files.amended(back) as sheet:
        sheet["C3"] = "不知道"
    again = send_back(back)
    sheet = openpyxl.load_workbook(again).worksheets[0]
    assert sheet.max_column == len(HEADER) + 1
    with files.amended(again) as sheet:
        sheet["C3"] = "每月"
    result = read(again)
    assert (result.problems, result.counts.new) == ((), 2)


def test_the_reason_stands_in_its_place_among_styled_empty_cells(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, BAD])
    with files.amended(path) as sheet:
        sheet["Z2"].number_format = "0.00"
        sheet["F2"].number_format = "0.00"
    sheet = openpyxl.load_workbook(send_back(path)).worksheets[0]
    assert "更新频率" in str(sheet["F2"].value)


def test_no_formula_comes_back(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, ("=1+1&<x>", *BAD[1:])])
    back = send_back(path)
    cell = openpyxl.load_workbook(back).worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1&<x>", "s")
    with zipfile.ZipFile(back) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


def test_a_workbook_with_macros_is_written_anew(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, BAD])
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/vbaProject.bin", b"macro")
    back = send_back(path)
    with zipfile.ZipFile(back) as package:
        assert not any("vba" in name for name in package.namelist())
    sheet = openpyxl.load_workbook(back).worksheets[0]
    assert [c.value for c in sheet[1]] == [*HEADER, "导入问题"]
    assert "更新频率" in str(sheet["F2"].value)


def test_a_csv_comes_back_as_csv_and_reads_the_same(tmp_path: Path) -> None:
    rows = [HEADER, ("=cmd|'/c calc'!A0", *ROW[1:]), BAD]
    path = files.write_csv(tmp_path / "a.csv", rows, encoding="gb18030", sign=";")
    back = send_back(path)
    lines = list(csv.reader(StringIO(back.read_text("utf-8-sig")), delimiter=";"))
    assert lines[1][0] == "'=cmd|'/c calc'!A0"
    assert "更新频率" in lines[2][-1]
    assert read(back).documents[0]["title"] == "=cmd|'/c calc'!A0"


def test_json_comes_back_as_a_workbook(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", [dict(zip(HEADER, BAD, strict=True))])
    sheet = openpyxl.load_workbook(send_back(path)).worksheets[0]
    assert [c.value for c in sheet[2]][:2] == list(BAD[:2])


@pytest.mark.parametrize(
    ("text", "written"),
    [("=1", "'=1"), ("+a", "'+a"), ("@x", "'@x"), ("\tx", "'\tx"), ("-5", "-5"), ("+8.5%", "+8.5%"),
     ("-5+cmd", "'-5+cmd"), ("甲", "甲")],
)  # fmt: skip
def test_a_text_that_a_spreadsheet_would_compute_is_made_harmless(text: str, written: str) -> None:
    assert harmless(text) == written


def test_problems_are_written_as_csv(tmp_path: Path) -> None:
    written = b"".join(csv_pieces([Problem(3, Text("不对"), "列", "=1+1")]))
    assert written.decode("utf-8-sig").splitlines() == ["行,列,值,原因", "3,列,'=1+1,不对"]


def test_many_problems_are_written_some_at_a_time() -> None:
    asked: list[int] = []

    def problems() -> Iterator[Problem]:
        for row in range(100_000):
            asked.append(row)
            yield Problem(row, Text("不对"))

    pieces = csv_pieces(problems())
    next(pieces)
    assert asked == []
    next(pieces)
    assert 0 < len(asked) < 1000


def test_a_sheet_whose_rows_stand_out_of_order_gets_every_reason() -> None:
    told = {2: "甲", 5: "乙", 9: "丙"}
    for order in ((1, 2, 3, 5, 9, 10), (9, 2, 5), (5, 1, 2, 9)):
        reasons = ByRow(lambda: iter(told.items()))
        assert [reasons.of(row) for row in order] == [told.get(row) for row in order]


def test_reasons_in_order_are_never_all_in_memory() -> None:
    asked: list[int] = []
    reasons = ByRow(lambda: ((row, "x") for row in range(1, 1000) if not asked.append(row)))  # type: ignore[func-returns-value]
    reasons.of(10)
    assert len(asked) == 10


MOVED = {"xl/worksheets/sheet1.xml": "xl/other/sheet1.xml"}


@pytest.mark.parametrize("utf16", [False, True])
def test_no_formula_comes_back_however_the_workbook_is_packed(
    tmp_path: Path, *, utf16: bool
) -> None:
    plain = write_workbook(tmp_path / "plain.xlsx", [HEADER, ("=1+1", *BAD[1:])])
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(plain) as package, zipfile.ZipFile(path, "w") as packed:
        for name in package.namelist():
            content = package.read(name)
            if name in MOVED and utf16:
                text = content.decode().replace("UTF-8", "UTF-16").replace("utf-8", "utf-16")
                content = text.encode("utf-16")
            if not utf16:
                content = content.replace(b"worksheets/sheet1.xml", b"other/sheet1.xml")
            packed.writestr(name if utf16 else MOVED.get(name, name), content)
    back = send_back(path)
    assert not still_computes(back)
    texts = [cell.value for row in openpyxl.load_workbook(back).worksheets[0] for cell in row]
    assert "=1+1" in [str(text).lstrip("'") for text in texts]


def test_a_part_that_nobody_can_read_counts_as_computing(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("xl/worksheets/sheet1.xml", "<worksheet><row")
    assert still_computes(path)


@pytest.mark.parametrize("text", ["=1+1", "＝1+1", "＋x", "－x", "＠x", "-x"])
def test_nothing_in_a_returned_file_is_taken_for_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert as_text(harmless(text)) == text, "and it is read back as it was"


@pytest.mark.parametrize("text", ["1+1", "-3.5", "+86", "甲=乙", "", "—"])
def test_what_no_program_computes_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text
