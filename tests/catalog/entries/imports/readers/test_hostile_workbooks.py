"""Workbooks that lie about themselves: each ends with a sentence, soon, and can be stopped."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from catalog.entries.imports.readers import workbook
from catalog.entries.imports.readers.opening import open_source
from catalog.entries.imports.readers.workbook import MOST_SHEETS, Workbook, column_number
from catalog.entries.imports.reading import read_file
from catalog.entries.imports.returned import Sent, write_returned
from portal.kernel.errors import Invalid
from portal.kernel.jobs import Cancelled
from tests.catalog.entries.imports.files import HEADER, ROW, write_csv, write_json, write_workbook

SHEET = "xl/worksheets/sheet1.xml"


def rewritten(path: Path, part: str, change: Any) -> Path:
    """The workbook with one part changed."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def plain(folder: Path) -> Path:
    return write_workbook(folder / "a.xlsx", [HEADER, ROW, ROW])


@pytest.mark.parametrize("reference", ["#1", " 2", "1A", "A" * 100_000 + "1", "甲1", "-1"])
def test_a_cell_that_is_nowhere_is_told(tmp_path: Path, reference: str) -> None:
    path = rewritten(
        plain(tmp_path), SHEET, lambda text: text.replace(b'r="A2"', f'r="{reference}"'.encode())
    )
    with pytest.raises(Invalid, match="不完整"), open_source(path) as source:
        list(source.rows())


def test_columns_are_counted_by_their_letters() -> None:
    assert [column_number(letters) for letters in ("A", "Z", "AA", "XFD", "b")] == [
        0, 25, 26, 16383, 1,
    ]  # fmt: skip


def lying(path: Path, part: str) -> Path:
    """The directory of the package says that the part is longer than it is."""
    content = bytearray(path.read_bytes())
    entry = content.rfind(part.encode())
    place = content.rfind(b"PK\x01\x02", 0, entry)
    content[place + 16 : place + 20] = b"\1\2\3\4"  # its checksum
    path.write_bytes(bytes(content))
    return path


def test_a_part_that_lies_about_itself_is_told(tmp_path: Path) -> None:
    path = lying(plain(tmp_path), SHEET)
    with pytest.raises(Invalid, match="不完整"), open_source(path) as source:
        list(source.rows())


def test_a_lie_about_merged_cells_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Workbook(plain(tmp_path))
    monkeypatch.setattr(book._zip, "open", _broken)
    with pytest.raises(Invalid, match="不完整"):
        book.grid(book.sheets[0])
    book.close()


def _broken(*_given: Any) -> Any:
    raise zipfile.BadZipFile


@pytest.mark.parametrize("said", [1000, 400_000])
def test_a_part_longer_than_the_directory_says_is_told(tmp_path: Path, said: int) -> None:
    """With the larger lie the header is found, and the merged cells are what fails."""
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, *[ROW] * 3000])
    path = rewritten(path, SHEET, lambda text: text + b" " * 2_000_000)
    content = bytearray(path.read_bytes())
    place = content.rfind(b"PK\x01\x02", 0, content.rfind(SHEET.encode()))
    content[place + 24 : place + 28] = said.to_bytes(4, "little")
    path.write_bytes(bytes(content))
    with pytest.raises(Invalid, match="不完整"), open_source(path):
        pass


def merged(folder: Path, reference: str) -> Path:
    """A workbook whose range of merged cells is written as told."""
    cells = f'</sheetData><mergeCells><mergeCell ref="{reference}"/></mergeCells>'.encode()
    return rewritten(plain(folder), SHEET, lambda text: text.replace(b"</sheetData>", cells))


@pytest.mark.parametrize(
    "reference", ["A9999998:A9999999", "A1:A9999999", "A0:A5", "ZZZ1:A3", "XFD1:XFD3"]
)
def test_merged_cells_that_are_nowhere_are_passed_over(tmp_path: Path, reference: str) -> None:
    book = Workbook(merged(tmp_path, reference))
    assert not book.grid(book.sheets[0]).merges
    book.close()


def test_cells_merged_down_to_the_last_row_there_can_be_are_filled(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, ROW, ("", *ROW[1:])])
    cells = b'</sheetData><mergeCells><mergeCell ref="A2:A1048576"/></mergeCells>'
    path = rewritten(path, SHEET, lambda text: text.replace(b"</sheetData>", cells))
    with open_source(path) as source:
        assert [row.cells[HEADER[0]] for row in source.rows()] == [ROW[0], ROW[0]]


def test_a_lie_in_a_part_that_nobody_needs_does_not_hinder_the_report(tmp_path: Path) -> None:
    path = lying(plain(tmp_path), "docProps/core.xml")
    target = tmp_path / "back.xlsx"
    with read_file(path) as reading:
        sent = Sent(path, reading.source, reading.folder)
        write_returned(sent, reading.problems, target)
    assert zipfile.is_zipfile(target)


def test_an_unusual_packing_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as package:
        package.writestr("xl/workbook.xml", b"<a/>")
    with pytest.raises(Invalid, match="损坏"), open_source(path):
        pass


def many_sheets(folder: Path, count: int, *, same: bool) -> Path:
    """A workbook that lists its sheet again and again, or as many parts of their own."""
    path = plain(folder)
    listed = b"".join(
        b'<sheet name="s%d" sheetId="%d" r:id="rId1"/>' % (n, n) for n in range(count)
    )
    if same:
        return rewritten(path, "xl/workbook.xml", lambda text: _listed(text, listed))
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    relations = b"".join(
        b'<Relationship Id="x%d" Type="t" Target="/xl/worksheets/more%d.xml"/>' % (n, n)
        for n in range(count)
    )
    listed = b"".join(
        b'<sheet name="s%d" sheetId="%d" r:id="x%d"/>' % (n, n, n) for n in range(count)
    )
    rels = "xl/_rels/workbook.xml.rels"
    parts[rels] = parts[rels].replace(b"</Relationships>", relations + b"</Relationships>")
    parts["xl/workbook.xml"] = _listed(parts["xl/workbook.xml"], listed)
    parts |= {f"xl/worksheets/more{n}.xml": parts[SHEET] for n in range(count)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def _listed(text: bytes, listed: bytes) -> bytes:
    start, end = text.index(b"<sheets>") + len(b"<sheets>"), text.index(b"</sheets>")
    space = b' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    return text[: start - 1] + space + b">" + text[start:end] + listed + text[end:]


def read_parts(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parts of sheets that are opened while the workbook is, in their order."""
    opened: list[str] = []
    whole = zipfile.ZipFile.open

    def noting(self: zipfile.ZipFile, name: Any, *rest: Any, **more: Any) -> Any:
        if "worksheets/" in str(name):
            opened.append(str(name))
        return whole(self, name, *rest, **more)

    monkeypatch.setattr(zipfile.ZipFile, "open", noting)
    with open_source(path) as source:
        assert source.kind == "xlsx"
    return opened


def test_a_part_listed_as_many_sheets_is_opened_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = read_parts(many_sheets(tmp_path, 3000, same=True), monkeypatch)
    assert len(opened) == 2, "once for its header, once for its merged cells"


def test_only_the_first_of_many_sheets_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = many_sheets(tmp_path, 300, same=False)
    assert len(read_parts(path, monkeypatch)) == 31
    book = Workbook(path)
    assert len(book.sheets) == MOST_SHEETS
    book.close()
    with open_source(path) as source:
        assert len(str(source.notes[0])) < 200


def test_a_list_of_sheets_that_is_a_book_itself_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "_LARGEST_LIST", 10_000)
    path = many_sheets(tmp_path, 3000, same=True)
    with pytest.raises(Invalid, match="不完整"), open_source(path):
        pass


def test_the_opening_of_a_workbook_can_be_stopped(tmp_path: Path) -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled), open_source(plain(tmp_path), None, stop):
        pytest.fail("it was opened")


def test_what_is_too_wide_or_too_long_is_told_by_what_it_is(tmp_path: Path) -> None:
    rows = write_json(tmp_path / "a.json", [{f"键{n}": 1 for n in range(1002)}])
    with pytest.raises(Invalid, match="1002 种键") as caught, open_source(rows):
        pass
    assert "引号" not in str(caught.value)
    wide = write_workbook(tmp_path / "a.xlsx", [[f"列{n}" for n in range(1002)], ROW])
    with pytest.raises(Invalid, match="1002 列") as caught, open_source(wide):
        pass
    assert "分隔符" not in str(caught.value)
    long = write_csv(tmp_path / "a.csv", [HEADER, ("长" * 1_000_001, *ROW[1:])])
    with pytest.raises(Invalid, match="超过 1,000,000 个字"), open_source(long) as source:
        list(source.rows())
