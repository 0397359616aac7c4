"""Adds a column of reasons to a sent .xlsx and leaves form, lists and styles as they are.

The parts are copied as they stream by. Formulas become text, so that nothing in the returned
file computes on the machine of whoever opens it.
"""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat
from xml.sax.saxutils import escape

from catalog.entries.imports.readers.source import Source
from catalog.entries.imports.readers.workbook import Workbook, column_number
from catalog.entries.imports.report import harmless

_PIECE = 1024 * 1024
_LARGEST_ROW = 32 * _PIECE
_ROW = re.compile(rb"<((?:\w+:)?)row\b([^>]*?)(/>|>(.*?)</(?:\w+:)?row>)", re.DOTALL)
_NUMBER = re.compile(rb'\br="(\d+)"')
_SPANS = re.compile(rb'\sspans="[^"]*"')
_CELL = re.compile(rb"<((?:\w+:)?)c\b((?:[^>/]|/(?!>))*)(/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]+)\d+"')
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?f>)", re.DOTALL)
_TYPE = re.compile(rb'\st="[^"]*"')
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\b[^>]*?/>")
_CALC_CHAIN = re.compile(rb"<(?:Override|Relationship)\b[^>]*calcChain[^>]*?/>")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MOST_CHARACTERS = 30_000
_LISTED_IN = ("[Content_Types].xml", "xl/_rels/workbook.xml.rels")


class ByRow:
    """The texts of rows, for who asks in the order of the rows; memory does not grow with them.

    `reasons` gives row and text in that order, anew each time. A sheet whose rows stand out of
    order, as no program writes it, has them all in memory.
    """

    def __init__(self, reasons: Callable[[], Iterator[tuple[int, str]]]) -> None:
        self._reasons = reasons
        self._rest = reasons()
        self._next: tuple[int, str] | None = (0, "")
        self._asked = 0
        self._all: Mapping[int, str] | None = None

    def of(self, number: int) -> str | None:
        """The text of a row, if it has one."""
        if self._all is None and number < self._asked:
            self._all = dict(self._reasons())
        if self._all is not None:
            return self._all.get(number)
        self._asked = number
        while self._next is not None and self._next[0] < number:
            self._next = next(self._rest, None)
        return self._next[1] if self._next is not None and self._next[0] == number else None


@dataclass(frozen=True, slots=True)
class _Reasons:
    """What is to be written in which row and column, and in the row of the header."""

    by_row: ByRow
    place: int
    header_row: int
    label: str

    def of(self, number: int) -> str | None:
        """The text of a row, if it has one."""
        return self.label if number == self.header_row else self.by_row.of(number)


def amend_workbook(sent: Path, source: Source, reasons: ByRow, *, target: Path, label: str) -> None:
    """Writes the sent workbook with the reasons to `target`; `label` heads the new column."""
    part, place = _where(sent, source, label)
    texts = _Reasons(reasons, place, source.header_row, label)
    with (
        zipfile.ZipFile(sent) as package,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for entry in package.infolist():
            if entry.filename == "xl/calcChain.xml" or entry.is_dir():
                continue
            with package.open(entry) as stream, written.open(entry.filename, "w") as out:
                if entry.filename in _LISTED_IN:
                    out.write(_CALC_CHAIN.sub(b"", stream.read()))
                elif entry.filename.startswith("xl/worksheets/") and not entry.filename.endswith(
                    ".rels"
                ):
                    _amend_sheet(stream, out, texts if entry.filename == part else None)
                else:
                    while piece := stream.read(_PIECE):
                        out.write(piece)


def still_computes(path: Path) -> bool:
    """Whether any part of a workbook holds a formula, by a parser of its own; see `returned`."""
    with zipfile.ZipFile(path) as package:
        parts = [name for name in package.namelist() if name.lower().endswith(".xml")]
        return any(_holds_formula(package, name) for name in parts)


def _holds_formula(package: zipfile.ZipFile, name: str) -> bool:
    parser = expat.ParserCreate(namespace_separator=" ")
    found: list[str] = []
    root: list[str] = []

    def start(tag: str, _attributes: dict[str, str]) -> None:
        local = tag.rpartition(" ")[2]
        root.append(local) if not root else None
        if root[0] == "worksheet" and local == "f":
            found.append(local)

    parser.StartElementHandler = start
    try:
        with package.open(name) as stream:
            while not found and (piece := stream.read(_PIECE)):
                parser.Parse(piece)
            if not found:
                parser.Parse(b"", True)
    except expat.ExpatError:
        return True  # nobody knows what another program reads there
    return bool(found)


def _where(sent: Path, source: Source, label: str) -> tuple[str, int]:
    """The part of the sheet that was read, and the column for the reasons."""
    book = Workbook(sent)
    try:
        sheet = next(sheet for sheet in book.sheets if sheet.name == source.sheet)
        width = 0
        for number, cells in book.grid(sheet).rows():
            if number == source.header_row and label in cells:
                return sheet.part, cells.index(label)
            width = max(width, len(cells))
        return sheet.part, width
    finally:
        book.close()


def _amend_sheet(stream: IO[bytes], out: IO[bytes], reasons: _Reasons | None) -> None:
    number = 0
    for before, row in _rows(stream):
        out.write(_DIMENSION.sub(b"", before) if number == 0 else before)
        if row is None:
            continue
        found = _NUMBER.search(row.group(2))
        number = int(found.group(1)) if found else number + 1
        out.write(_amended_row(row, number, reasons))


def _rows(stream: IO[bytes]) -> Iterator[tuple[bytes, re.Match[bytes] | None]]:
    """Text between rows, and each row whole; the last text comes with no row."""
    rest = b""
    while True:
        piece = stream.read(_PIECE)
        text = rest + piece
        place = 0
        for match in _ROW.finditer(text):
            yield text[place : match.start()], match
            place = match.end()
        rest = text[place:]
        if not piece or len(rest) > _LARGEST_ROW:
            break
    yield rest, None
    while piece := stream.read(_PIECE):
        yield piece, None


def _amended_row(row: re.Match[bytes], number: int, reasons: _Reasons | None) -> bytes:
    prefix, attributes = row.group(1), _SPANS.sub(b"", row.group(2))
    inner = _CELL.sub(_without_formula, row.group(4) or b"")
    reason = reasons.of(number) if reasons is not None else None
    if reasons is not None and reason is not None:
        inner = _with_reason(inner, prefix, reference=(reasons.place, number), reason=reason)
    tag = prefix + b"row"
    return b"<" + tag + attributes + b">" + inner + b"</" + tag + b">"


def _without_formula(cell: re.Match[bytes]) -> bytes:
    formula = _FORMULA.search(cell.group(4) or b"")
    if formula is None:
        return cell.group(0)
    text = b"=" + (formula.group(1) or b"")
    return _text_cell(cell.group(1), _TYPE.sub(b"", cell.group(2)), text)


def _text_cell(prefix: bytes, attributes: bytes, escaped: bytes) -> bytes:
    names = {key: prefix + key for key in (b"c", b"is", b"t")}
    return b'<%b%b t="inlineStr"><%b><%b xml:space="preserve">%b</%b></%b></%b>' % (
        names[b"c"],
        attributes,
        names[b"is"],
        names[b"t"],
        escaped,
        names[b"t"],
        names[b"is"],
        names[b"c"],
    )


def _with_reason(inner: bytes, prefix: bytes, *, reference: tuple[int, int], reason: str) -> bytes:
    """The cell goes where its column belongs: cells of a row must stand in order."""
    place, number = reference
    text = escape(_CONTROLS.sub(" ", harmless(reason))[:_MOST_CHARACTERS])
    attributes = f' r="{column_letters(place)}{number}"'.encode()
    new = _text_cell(prefix, attributes, text.encode())
    kept = b""
    end = 0
    for cell in _CELL.finditer(inner):
        found = _REFERENCE.search(cell.group(2))
        own = column_number(found.group(1).decode()) if found else -1
        if own > place:
            return kept + inner[end : cell.start()] + new + inner[cell.start() :]
        if own != place:
            kept += inner[end : cell.end()]
        end = cell.end()
    return kept + inner[end:] + new


def column_letters(place: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
