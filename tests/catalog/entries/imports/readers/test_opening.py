"""Every file is opened by what is in it, and every bad one ends with a sentence."""

import zipfile
from pathlib import Path

import pytest

from catalog.entries.imports.readers.opening import open_source
from catalog.entries.imports.readers.source import Formula, Limits, Row
from portal.kernel.errors import Invalid
from tests.catalog.entries.imports.files import (
    HEADER,
    ROW,
    amended,
    write_csv,
    write_json,
    write_package,
    write_workbook,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def rows_of(path: Path, limits: Limits | None = None) -> list[Row]:
    with open_source(path, limits) as source:
        return list(source.rows())


def refusal(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(Invalid) as caught:
        rows_of(path, limits)
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_a_delimited_file_is_read_in_every_usual_encoding(
    tmp_path: Path, encoding: str, sign: str
) -> None:
    path = write_csv(tmp_path / "a.txt", [HEADER, ROW], encoding=encoding, sign=sign)
    (row,) = rows_of(path)
    assert row.number == 2
    assert tuple(row.cells.values()) == ROW


def test_bytes_in_no_known_encoding_name_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("目录名称,提供部门\n".encode() + b"\xff\xff\xfe,a\n")
    assert "第 2 行" in refusal(path)


def test_a_row_of_another_width_has_a_fault_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good, wide = ",".join(ROW), ",".join((*ROW, "多", "余"))
    path.write_text("\n".join([",".join(HEADER), good, wide, "半行,半", good]), encoding="utf-8")
    rows = rows_of(path)
    assert [row.fault is None for row in rows] == [True, False, False, True]
    assert "7 列" in str(rows[1].fault)
    assert rows[1].cells == {}


def test_empty_cells_beyond_the_header_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([",".join(HEADER), ",".join(ROW) + ",,,"]), encoding="utf-8")
    assert rows_of(path)[0].fault is None


def test_a_quotation_mark_without_end_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rest = "\n".join([",".join(ROW)] * 3000)
    path.write_text(f'{",".join(HEADER)}\n"没有结束,{rest}', encoding="utf-8")
    assert "第 2 行" in refusal(path, Limits(cell_characters=2000))


def test_a_record_over_several_lines_is_one_row(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, ("甲\n乙", *ROW[1:]), ROW])
    assert [row.number for row in rows_of(path)] == [2, 3]


@pytest.mark.parametrize("content", [b"", b"  \n\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told_as_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert "空" in refusal(path)


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    assert "missing.csv" in refusal(tmp_path / "missing.csv")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"<html><body><table><tr><td>a</td></tr></table></body></html>", "网页"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html>", "网页"),
        (b'<?xml version="1.0"?><Workbook/>', "XML"),
        (b"%PDF-1.7 ...", "不是表格"),
        (b"\x89PNG\r\n", "不是表格"),
        (b"abc\0\0\0\x01def", "不是文本表格"),
        (b"PK\x03\x04" + b"\0" * 50, "损坏"),
        (OLE + b"\0" * 600, "不是表格文件"),
        (OLE + b"\0" * 600 + "Workbook".encode("utf-16-le"), "无法打开"),
        (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (b'[{"a": 1}, {"a": ]', "JSON"),
        (b"[]", "没有记录"),
        (b"{}", "没有记录"),
        (b"[1, 2]", "没有记录"),
        (b"[" * 100_000, "JSON"),
    ],
)  # fmt: skip
def test_every_bad_file_ends_with_a_sentence(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "目录.xls"
    path.write_bytes(content)
    assert word in refusal(path)


def test_a_zip_without_a_workbook_is_told(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", {"content.xml": b"<a/>"})
    assert "不是 .xlsx" in refusal(path)


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = write_package(tmp_path / "a.xlsx", {"xl/workbook.xml": b"\0" * 40 * 1024 * 1024})
    assert path.stat().st_size < 100_000
    assert "展开后有 40 MB" in refusal(path)


def test_the_unpacked_size_has_a_limit(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, ROW])
    assert "展开" in refusal(path, Limits(unpacked_bytes=1000))


def test_a_workbook_over_the_size_limit_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, ROW])
    assert "超过上限" in refusal(path, Limits(workbook_bytes=1000))


def test_a_workbook_with_a_document_type_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, ROW])
    bad = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'
    _replace_part(path, "xl/worksheets/sheet1.xml", bad)
    assert "不完整" in refusal(path)


def test_a_workbook_cut_short_is_told(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, *[ROW] * 50])
    with zipfile.ZipFile(path) as package:
        sheet = package.read("xl/worksheets/sheet1.xml")
    _replace_part(path, "xl/worksheets/sheet1.xml", sheet[: len(sheet) // 2])
    assert "不完整" in refusal(path)


def _replace_part(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path) as package:
        parts = {part: package.read(part) for part in package.namelist()}
    write_package(path, {**parts, name: content})


def test_a_sheet_that_claims_many_rows_gives_only_those_that_are_filled(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, ROW, ROW])
    with amended(path) as sheet:
        sheet.cell(65_000, 1).number_format = "0.00"
        sheet.cell(3, 9_000).number_format = "0.00"
    rows = rows_of(path)
    assert [row.number for row in rows] == [2, 3]


def test_an_empty_second_row_is_skipped_and_numbers_stay(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, (), ROW])
    assert [row.number for row in rows_of(path)] == [3]


def test_formulas_are_kept_as_text(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, ("=1+2", *ROW[1:])])
    value = rows_of(path)[0].cells["目录名称"]
    assert value == "=1+2"
    assert isinstance(value, Formula)


def test_cells_merged_downwards_repeat_their_value(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, ROW, ("公厕信息",), ("绿地信息",)])
    with amended(path) as sheet:
        sheet.merge_cells("B2:B3")
    units = [row.cells.get("提供部门") for row in rows_of(path)]
    assert units == ["济南市城市管理局", "济南市城市管理局", None]


def test_dates_are_told_by_their_style(tmp_path: Path) -> None:
    from datetime import date, datetime

    moments = (date(2023, 5, 24), datetime(2023, 5, 24, 10, 30))  # noqa: DTZ001
    path = write_workbook(tmp_path / "a.xlsx", [("名称", "发布日期", "更新时间"), ("甲", *moments)])
    cells = rows_of(path)[0].cells
    assert (cells["发布日期"], cells["更新时间"]) == moments


def test_the_sheet_with_the_known_header_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [("随便", "写写")])
    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("目录")
    sheet.append(HEADER)
    sheet.append(ROW)
    book.create_sheet("字典").append(("目录名称", "提供部门", "更新频率"))
    book.save(path)
    with open_source(path) as source:
        assert source.sheet == "目录"
        assert len(list(source.rows())) == 1
        assert "Sheet1" in str(source.notes[0])


def test_a_header_below_a_heading_is_found(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [("济南市目录", "", "", "", ""), HEADER, ROW])
    assert [row.number for row in rows_of(path)] == [3]


def test_a_header_that_comes_again_is_a_fault(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, ROW, HEADER, ROW])
    assert [row.fault is None for row in rows_of(path)] == [True, False, True]


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [("名称", "备注", "备注"), ("甲", "1", "2")])
    assert rows_of(path)[0].cells == {"名称": "甲", "备注": "1", "备注 (2)": "2"}


def test_a_file_without_any_header_is_told(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [(1, 2, 3), (4, 5, 6)])
    assert "表头" in refusal(path)


RECORD = dict(zip(HEADER, ROW, strict=True))


@pytest.mark.parametrize(
    "value",
    [
        [RECORD, RECORD],
        {"code": 0, "data": {"total": 2, "list": [RECORD, RECORD]}},
        {"columns": [{"name": "a"}], "rows": [RECORD, RECORD]},
        {"ids": [1, 2], "records": [RECORD, RECORD]},
        [list(HEADER), list(ROW), list(ROW)],
    ],
)
def test_json_records_are_found_however_they_are_wrapped(tmp_path: Path, value: object) -> None:
    rows = rows_of(write_json(tmp_path / "a.json", value))
    assert [row.cells for row in rows] == [RECORD, RECORD]


def test_one_object_a_line_is_read(tmp_path: Path) -> None:
    import json

    path = tmp_path / "a.json"
    line = json.dumps(RECORD, ensure_ascii=False)
    path.write_text(f"{line}\n{line}\n", encoding="gb18030")
    assert [row.number for row in rows_of(path)] == [1, 2]


def test_json_larger_than_a_piece_is_read_whole(tmp_path: Path) -> None:
    long = {**RECORD, "摘要": "字" * 1000}
    rows = rows_of(write_json(tmp_path / "a.json", [long] * 700))
    assert len(rows) == 700
    assert all(row.cells == long for row in rows)


def test_what_is_no_object_among_objects_is_a_fault(tmp_path: Path) -> None:
    rows = rows_of(write_json(tmp_path / "a.json", [RECORD, 5, RECORD]))
    assert [row.fault is None for row in rows] == [True, False, True]


def test_an_old_workbook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(OLD_WORKBOOK)
    assert [row.cells for row in rows_of(path)] == [{"目录名称": "停车场", "提供部门": "城管局"}]


def _record(kind: int, body: bytes) -> bytes:
    return kind.to_bytes(2, "little") + len(body).to_bytes(2, "little") + body


def _label(row: int, column: int, text: str) -> bytes:
    """A LABEL record of BIFF8 with a text of two bytes a letter."""
    place = row.to_bytes(2, "little") + column.to_bytes(2, "little") + b"\0\0"
    body = place + len(text).to_bytes(2, "little") + b"\x01" + text.encode("utf-16-le")
    return _record(0x0204, body)


def _old_workbook() -> bytes:
    """The smallest BIFF8 workbook: one sheet with four labels, in a compound file."""
    start = _record(0x0809, bytes.fromhex("0006050000000000" + "00" * 8))
    end = _record(0x000A, b"")
    name = b"\x01" + "目录".encode("utf-16-le")
    head_length = len(start) + len(_record(0x0085, b"\0" * (7 + len(name)))) + len(end)
    bound = _record(0x0085, head_length.to_bytes(4, "little") + b"\0\0\x02" + name)
    cells = [(0, 0, "目录名称"), (0, 1, "提供部门"), (1, 0, "停车场"), (1, 1, "城管局")]
    sheet_start = _record(0x0809, bytes.fromhex("0006100000000000" + "00" * 8))
    sheet = sheet_start + b"".join(_label(*cell) for cell in cells) + end
    stream = (start + bound + end + sheet).ljust(4096, b"\0")
    return _compound(stream)


def _compound(stream: bytes) -> bytes:
    """A compound file with one stream called Workbook: sectors of FAT, directory, stream."""
    sectors = len(stream) // 512
    header = OLE + b"\0" * 16 + bytes.fromhex("3e000300feff09000600") + b"\0" * 6
    header += b"\0" * 4 + (1).to_bytes(4, "little") + (1).to_bytes(4, "little") + b"\0" * 4
    header += (4096).to_bytes(4, "little") + b"\xfe\xff\xff\xff" + b"\0" * 4
    header += b"\xfe\xff\xff\xff" + b"\0" * 4 + (0).to_bytes(4, "little") + b"\xff" * 4 * 108
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    fat = b"".join(link.to_bytes(4, "little") for link in chain).ljust(512, b"\xff")
    directory = _entry("Root Entry", 5, child=1, start=0xFFFFFFFE, size=0)
    directory += _entry("Workbook", 2, child=0xFFFFFFFF, start=2, size=len(stream))
    return header + fat + directory.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    entry = text.ljust(64, b"\0") + len(text).to_bytes(2, "little") + bytes([kind, 1])
    entry += b"\xff" * 8 + child.to_bytes(4, "little") + b"\0" * 36
    return entry + start.to_bytes(4, "little") + size.to_bytes(8, "little")


OLD_WORKBOOK = _old_workbook()


def test_a_row_of_countless_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_bytes(b"a," * 2_000 + b"\n" + b"1," * 2_000)
    assert "最多 1000 列" in refusal(path)
