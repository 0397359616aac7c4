"""What a file is, told by its content."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from portal.kernel.content_type import HEAD_BYTES, OLE_SIGN, content_type


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def ole(*names: str) -> bytes:
    return OLE_SIGN + b"\0" * 512 + b"\0".join(name.encode("utf-16-le") for name in names)


ROWS = "名称,部门\n" + "目录,市大数据局\n" * 3
CASES = {
    "xlsx": ("xlsx", zipped("[Content_Types].xml", "xl/workbook.xml")),
    "xlsb": ("xlsx", zipped("[Content_Types].xml", "xl/workbook.bin")),
    "docx": ("docx", zipped("word/document.xml")),
    "pptx": ("pptx", zipped("ppt/presentation.xml")),
    "zip": ("zip", zipped("a.csv")),
    "empty zip": ("zip", zipped()),
    "broken zip": ("zip", b"PK\x03\x04broken"),
    "xls": ("xls", ole("Root Entry", "Workbook")),
    "old xls": ("xls", ole("Root Entry", "Book\0")),
    "encrypted workbook": ("encrypted", ole("Root Entry", "EncryptedPackage")),
    "ole": ("ole", ole("Root Entry", "WordDocument")),
    "pdf": ("pdf", b"%PDF-1.7\n..."),
    "png": ("png", b"\x89PNG\r\n\x1a\n..."),
    "jpg": ("jpg", b"\xff\xd8\xff\xe0..."),
    "gif": ("gif", b"GIF89a..."),
    "html": ("html", b"\n <!DOCTYPE html><table></table>"),
    "html named xls": ("html", "<table><tr><td>名称".encode("gb18030")),
    "xhtml": ("html", b'<?xml version="1.0"?><html xmlns="x">'),
    "html after words": ("html", b"\xef\xbb\xbf<!-- export --><html><body>"),
    "xml": ("xml", b'<?xml version="1.0"?><entries/>'),
    "json": ("json", b'[{"a": 1}]'),
    "json in gb18030": ("json", '{"名称": "目录"}'.encode("gb18030")),
    "broken json": ("text", b'{"a": 1'),
    "braces": ("text", b"{not json}"),
    "deep json": ("text", b"[" * 60_000),
    "csv": ("csv", ROWS.encode()),
    "csv with mark": ("csv", ROWS.encode("utf-8-sig")),
    "csv in gb18030": ("csv", ROWS.encode("gb18030")),
    "csv in utf-16": ("csv", ROWS.encode("utf-16")),
    "tabs": ("csv", ROWS.replace(",", "\t").encode()),
    "text": ("text", "只是一段文字。\n没有列。\n".encode()),
    "one line": ("text", b"a,b,c\n"),
    "quoted badly": ("text", b'"' + b"a" * 200_000),
    "octets": ("unknown", b"\0\1\2\3" * 10),
    "no text": ("unknown", b"\xff\xff\xff\x81"),
}


@pytest.mark.parametrize("case", CASES)
def test_files_are_known_by_their_content(tmp_path: Path, case: str) -> None:
    expected, content = CASES[case]
    path = tmp_path / "file"
    path.write_bytes(content)
    assert content_type(path).key == expected


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_character_cut_at_the_end_of_the_head_is_no_error(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "file"
    for shift in range(4):
        path.write_bytes(b"x" * shift + ("名称,部门\n" * 20_000).encode(encoding))
        assert content_type(path).key == "csv"


def test_long_json_is_known_by_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(json.dumps([{"name": "目录" * 20}] * 2000))
    assert path.stat().st_size > HEAD_BYTES
    assert content_type(path).key == "json"
    path.write_text("[1, 2, oops" + "x" * HEAD_BYTES)
    assert content_type(path).key == "text"


@pytest.mark.parametrize("cut", [3, 10, 21, 30])
def test_a_zip_that_is_cut_off_is_only_a_zip(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(zipped("xl/workbook.xml")[:-cut])
    assert content_type(path).key == "zip"


def test_a_workbook_inside_a_zip_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("inner.xlsx", zipped("xl/workbook.xml"))
    assert content_type(path).key == "zip"


def test_a_huge_directory_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    names = [f"{number:060}" for number in range(20_000)]
    path.write_bytes(zipped(*names, "xl/workbook.xml"))
    assert content_type(path).key == "zip", "no spreadsheet program writes such a thing"
