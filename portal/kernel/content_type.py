"""What a file is, told by its content and never by its name."""

import codecs
import csv
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

HEAD_BYTES = 64 * 1024
OCTETS = "application/octet-stream"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


@dataclass(frozen=True, slots=True)
class ContentType:
    """A type by a short key, its media type and the usual ending of a name."""

    key: str
    media_type: str
    suffix: str


UNKNOWN = ContentType("unknown", OCTETS, ".bin")
XLSX = ContentType("xlsx", SPREADSHEET, ".xlsx")
DOCX = ContentType("docx", DOCUMENT, ".docx")
PPTX = ContentType("pptx", SLIDES, ".pptx")
XLS = ContentType("xls", "application/vnd.ms-excel", ".xls")
ENCRYPTED = ContentType("encrypted", "application/x-ole-storage", ".bin")
OLE = ContentType("ole", "application/x-ole-storage", ".bin")
ZIP = ContentType("zip", "application/zip", ".zip")
PDF = ContentType("pdf", "application/pdf", ".pdf")
PNG = ContentType("png", "image/png", ".png")
JPEG = ContentType("jpg", "image/jpeg", ".jpg")
GIF = ContentType("gif", "image/gif", ".gif")
HTML = ContentType("html", "text/html", ".html")
XML = ContentType("xml", "application/xml", ".xml")
JSON = ContentType("json", "application/json", ".json")
CSV = ContentType("csv", "text/csv", ".csv")
TEXT = ContentType("text", "text/plain", ".txt")

ZIP_SIGN, OLE_SIGN = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SIGNS = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"PK\x05\x06", ZIP),
)
ZIP_END_SIGN, ZIP_ENTRY_SIGN = b"PK\x05\x06", b"PK\x01\x02"
ZIP_END, ZIP_ENTRY = struct.Struct("<12xII"), struct.Struct("<28xHHH")
ZIP_AFTER_LENGTHS, ZIP_TAIL_BYTES, ZIP_DIRECTORY_BYTES = 12, 66_000, 1024 * 1024
OFFICE = ((b"xl/workbook.", XLSX), (b"word/document.", DOCX), (b"ppt/presentation.", PPTX))
OLE_NAMES = (("EncryptedPackage", ENCRYPTED), ("Workbook", XLS), ("Book\0", XLS))
HTML_SIGNS = ("<!doctype html", "<html", "<head", "<body", "<table", "<meta", "<script")
ENCODINGS = ("utf-8", "gb18030")
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def content_type(path: Path) -> ContentType:
    """The type of a file; UNKNOWN where nothing fits. Opens no archive beyond its directory."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    for sign, kind in SIGNS:
        if head.startswith(sign):
            return kind
    if head.startswith(ZIP_SIGN):
        return _in_zip(path)
    if head.startswith(OLE_SIGN):
        return _in_ole(path)
    words = _decoded(head)
    return UNKNOWN if words is None else _of_words(words, whole=len(head) < HEAD_BYTES)


def _in_zip(path: Path) -> ContentType:
    names = list(_zip_names(path))
    for start, kind in OFFICE:
        if any(name.startswith(start) for name in names):
            return kind
    return ZIP


def _zip_names(path: Path) -> Iterator[bytes]:
    """The first names of a directory, read by hand: one made to burst memory is not read whole."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - ZIP_TAIL_BYTES))
        tail = stream.read()
        end = tail.rfind(ZIP_END_SIGN)
        if end < 0 or len(tail) < end + ZIP_END.size:
            return
        size, offset = ZIP_END.unpack_from(tail, end)
        stream.seek(offset)
        directory = stream.read(min(size, ZIP_DIRECTORY_BYTES))
    place = 0
    while directory.startswith(ZIP_ENTRY_SIGN, place) and len(directory) >= place + ZIP_ENTRY.size:
        name, extra, comment = ZIP_ENTRY.unpack_from(directory, place)
        place += ZIP_ENTRY.size + ZIP_AFTER_LENGTHS
        yield directory[place : place + name]
        place += name + extra + comment


def _in_ole(path: Path) -> ContentType:
    # The names of its streams stand in the directory in UTF-16; no need to walk its sectors.
    with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        for name, kind in OLE_NAMES:
            if content.find(name.encode("utf-16-le")) >= 0:
                return kind
    return OLE


def _decoded(head: bytes) -> str | None:
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return head.decode(encoding, errors="replace")
    if b"\0" in head:
        return None
    for encoding in ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            return decoder.decode(head)  # a character cut at the end of the head is no error
        except UnicodeDecodeError:
            continue
    return None


def _of_words(words: str, *, whole: bool) -> ContentType:
    start = words.lstrip().lower()[:2000]
    if start.startswith("<?xml") and "<html" not in start:
        return XML
    if start.startswith(HTML_SIGNS) or "<html" in start:
        return HTML
    if start[:1] in ("{", "[") and _is_json(words, whole=whole):
        return JSON
    return CSV if _has_columns(words, whole=whole) else TEXT


def _is_json(words: str, *, whole: bool) -> bool:
    try:
        json.loads(words)
    except json.JSONDecodeError as error:
        # A cut head fails near its end; broken JSON fails where it is broken.
        return not whole and error.pos > len(words) - len(words) // 4
    except (RecursionError, ValueError):  # nested too deep, or a number of thousands of digits
        return False
    return True


def _has_columns(words: str, *, whole: bool) -> bool:
    lines = words.splitlines()
    lines = lines if whole else lines[:-1]
    for sign in ",\t;|":
        rows = csv.reader(lines[:20], delimiter=sign)  # a head is shorter than its field limit
        widths = [len(row) for row in rows if row]
        if len(widths) > 1 and widths[0] > 1 and widths.count(widths[0]) * 2 > len(widths):
            return True
    return False
