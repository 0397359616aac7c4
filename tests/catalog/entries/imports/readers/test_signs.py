"""Signs that nobody sees and that no database takes are gone before anything is read."""

import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from catalog.entries.imports.readers.source import clean
from tests.catalog.entries.imports.files import HEADER, ROW, write_csv
from tests.catalog.entries.imports.office import Office
from tests.catalog.entries.imports.readers.test_opening import refusal, rows_of
from tests.catalog.entries.imports.test_running import RECORD, counts


def test_only_what_cannot_be_seen_goes() -> None:
    assert clean("停\x00车\x1f场\x7f\ud83d") == "停车场"
    assert clean("a\tb\r\nc 🚗\u3000é") == "a\tb\r\nc 🚗\u3000é"


@pytest.mark.parametrize(
    "sign", ["\\u0000", "\\u001f", "\\u007F", "\\ud800", "\\uDFFF", "\\uffff", "\x01"]
)
def test_json_that_brings_them_by_number_is_read_without_them(tmp_path: Path, sign: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        f'[{{"目录{sign}名称": "停{sign}车场", "标签": ["甲{sign}"]}}]', encoding="utf-8"
    )
    (row,) = rows_of(path)
    assert row.cells == {"目录名称": "停车场", "标签": ["甲"]}


def test_a_sign_in_two_halves_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"目录名称": "停车场🚗"}]), encoding="utf-8")
    assert rows_of(path)[0].cells == {"目录名称": "停车场🚗"}


def test_control_signs_in_a_csv_are_left_out(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, ("停\x01车\x1f场", *ROW[1:])])
    assert next(iter(rows_of(path)[0].cells.values())) == "停车场"


def test_an_escaped_sign_in_a_workbook_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    _workbook(path, ["停_x0000_车场_xD800_"], number=2)
    assert rows_of(path)[0].cells == {"目录名称": "停车场"}


@pytest.mark.parametrize("number", [0, 1_048_577, 10**30])
def test_a_row_that_no_sheet_has_is_a_damaged_workbook(tmp_path: Path, number: int) -> None:
    path = tmp_path / "a.xlsx"
    _workbook(path, ["停车场"], number=number)
    assert "不完整" in refusal(path)


def test_halves_of_signs_are_imported_into_either_database(office: Office) -> None:
    record: dict[str, Any] = {**RECORD, "cata_id": "k\x00\ud800", "简\udfff注": "\ud800"}
    path = office.folder / "a.json"
    path.write_text(json.dumps([record, {**record, "目录名称": "\ud800乙\x00"}]), encoding="utf-8")
    assert counts(office.bring_in(path)) == (2, 0, 0, 0, 0)
    assert counts(office.bring_in(path)) == (0, 0, 2, 0, 0)


def test_a_folder_and_a_pipe_are_told_as_what_they_are(tmp_path: Path) -> None:
    assert "是文件夹" in refusal(tmp_path)
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert "不是普通文件" in refusal(pipe)


def test_what_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, ROW])

    def denied(*_given: Any, **_more: Any) -> Any:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(Path, "open", denied)  # the superuser may read everything
    assert "读取权限" in refusal(path)


def test_the_line_is_named_up_to_which_one_encoding_fits(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [",".join(HEADER), *[",".join(ROW)] * 30]
    path.write_bytes("\n".join(lines).encode() + "\n公厕,教育局,每月,是,xls\n".encode("gb18030"))
    assert "第 32 行" in refusal(path)


def _workbook(path: Path, titles: list[str], *, number: int) -> None:
    """A workbook written by hand: a header, and one row under a number of its own."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    cells = "".join(f'<c t="inlineStr"><is><t>{title}</t></is></c>' for title in titles)
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">'
        '<Relationship Id="r1" Type="t" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>'
        '<row r="1"><c t="inlineStr"><is><t>目录名称</t></is></c></row>'
        f'<row r="{number}">{cells}</row></sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as file:
        for name, text in parts.items():
            file.writestr(name, text)
