"""Reads .xlsx row by row: formulas as text, dates by style, memory independent of the size."""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from posixpath import join, normpath
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser
from xml.parsers import expat

from catalog.entries.imports.readers.grid import Grid, RawRow, pack_merge
from catalog.entries.imports.readers.shared_strings import SharedStrings, fed, local_name
from catalog.entries.imports.readers.source import MEGABYTE, Formula, clean, unhurried
from portal.kernel.errors import Invalid
from portal.kernel.text import _

_LAST_COLUMN, _LAST_ROW = 4_000, 1_048_576
_MOST_MERGES = 1_000_000
_LARGEST_PART, _LARGEST_LIST = 64 * MEGABYTE, 8 * MEGABYTE
MOST_SHEETS = 256  # any further ones are not even listed
_LONGEST_LETTERS = 3  # XFD is the last column there can be
_LONGEST_TAG = 4096
_BUILTIN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NOT_FORMAT = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MERGE = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"'
)
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001  no zone in files
# also of a part that lies about its size or its packing
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet: its name and the part that holds it."""

    name: str
    part: str
    visible: bool = True


class Workbook:
    """An open .xlsx; `close()` gives file and scratch space back.

    `check` is called while large parts are read, and may stop that by raising.
    """

    def __init__(self, path: Path, check: Callable[[], None] = unhurried) -> None:
        self._zip = zipfile.ZipFile(path)
        self._check = check
        self._strings = SharedStrings()
        self._dates: frozenset[int] = frozenset()
        self._epoch = _EPOCH
        self.sheets: tuple[Sheet, ...] = ()
        try:
            self._open()
        except (expat.ExpatError, ParseError, *_BROKEN, ValueError, KeyError) as error:
            self.close()
            raise _damaged() from error
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        workbook = self._tree("xl/workbook.xml", _LARGEST_LIST)
        targets = {
            relation.get("Id", ""): normpath(join("/xl", relation.get("Target", ""))).lstrip("/")
            for relation in self._tree("xl/_rels/workbook.xml.rels", _LARGEST_LIST)
        }
        names, found = set(self._zip.namelist()), dict[str, Sheet]()
        for element in workbook.iter():
            name = local_name(element.tag.rpartition("}")[2])
            if name == "workbookPr" and element.get("date1904", "0") in ("1", "true"):
                self._epoch = _EPOCH_1904
            elif name == "sheet" and len(found) < MOST_SHEETS:
                sheet = _sheet(element, targets)
                if sheet.part in names:
                    found.setdefault(sheet.part, sheet)  # one part is one sheet, however listed
        self.sheets = tuple(found.values())
        self._dates = self._date_styles() if "xl/styles.xml" in names else frozenset()
        if "xl/sharedStrings.xml" in names:
            with self._zip.open("xl/sharedStrings.xml") as stream:
                self._strings.load(stream, self._check)

    def _tree(self, part: str, largest: int = _LARGEST_PART) -> Element:
        """A small part as a tree; never a part that grows with the data."""
        if self._zip.getinfo(part).file_size > largest:
            raise _damaged()
        parser = XMLParser()  # noqa: S314  expat bounds entity growth since 2.4
        parser.feed(self._zip.read(part))
        return parser.close()

    def _date_styles(self) -> frozenset[int]:
        root = self._tree("xl/styles.xml")
        space = root.tag.rpartition("}")[0] + ("}" if "}" in root.tag else "")
        codes = {
            int(element.get("numFmtId", "0")): element.get("formatCode", "")
            for element in root.iter(f"{space}numFmt")
        }
        formats = root.find(f"{space}cellXfs")
        if formats is None:
            return frozenset()
        return frozenset(
            place
            for place, element in enumerate(formats)
            if _is_date_format(int(element.get("numFmtId", "0")), codes)
        )

    def grid(self, sheet: Sheet, *, merged: bool = True) -> Grid:
        """The cells of one sheet; its merged ranges are looked up only where they are wanted."""
        merges = self._merges(sheet) if merged else ()
        return Grid(rows=lambda: self._rows(sheet), merges=merges)

    def _merges(self, sheet: Sheet) -> array[int]:
        """Merged ranges stand after the rows in the file, so they are looked up first."""
        found: array[int] = array("Q")
        rest = b""
        try:
            with self._zip.open(sheet.part) as stream:
                while chunk := stream.read(MEGABYTE):
                    self._check()
                    text = rest + chunk
                    for match in _MERGE.finditer(text):
                        _add_merge(found, match)
                    rest = text[text.rfind(b"<") :][:_LONGEST_TAG]
        except _BROKEN as error:
            raise _damaged() from error
        return found

    def _rows(self, sheet: Sheet) -> Iterator[RawRow]:
        rows = _RowParser(self._strings, self._dates, self._epoch)
        try:
            with self._zip.open(sheet.part) as stream:
                for _piece in fed(stream, rows.parser):
                    self._check()
                    yield from rows.taken()
        except (expat.ExpatError, ValueError, *_BROKEN) as error:
            raise _damaged() from error

    def close(self) -> None:
        """Gives the file and the scratch space back."""
        self._zip.close()
        self._strings.close()


def _damaged() -> Invalid:
    return Invalid(
        _("这个工作簿的内容不完整，读到一半无法继续。请用 Excel 或 WPS 重新保存为 .xlsx 后再导入。")
    )


def _sheet(element: Element, targets: dict[str, str]) -> Sheet:
    key = next((v for k, v in element.attrib.items() if k.endswith("}id") or k == "r:id"), "")
    visible = element.get("state", "visible") == "visible"
    return Sheet(element.get("name", ""), targets.get(key, ""), visible)


def _is_date_format(number: int, codes: dict[int, str]) -> bool:
    if number in codes:
        code = _NOT_FORMAT.sub("", codes[number].partition(";")[0]).lower()
        return any(sign in code for sign in "ymdhs") and "general" not in code
    return number in _BUILTIN_DATES


def _add_merge(found: array[int], match: re.Match[bytes]) -> None:
    first = column_number(match.group(1).decode())
    last = column_number(match.group(3).decode())
    upper, lower = int(match.group(2)), int(match.group(4))
    somewhere = 0 < upper < lower <= _LAST_ROW and first <= last <= _LAST_COLUMN
    if somewhere and len(found) < _MOST_MERGES:
        found.append(pack_merge(upper, lower, first, last))


def column_number(letters: str) -> int:
    """A → 0, Z → 25, AA → 26; raises ValueError for what is no column."""
    if not (letters.isascii() and letters.isalpha()) or len(letters) > _LONGEST_LETTERS:
        raise ValueError(letters[:_LONGEST_LETTERS])
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


class _RowParser:
    """Collects the cells of finished rows from the parser's callbacks."""

    def __init__(self, strings: SharedStrings, dates: frozenset[int], epoch: datetime) -> None:
        self._strings, self._dates, self._epoch = strings, dates, epoch
        self._done: list[RawRow] = []
        self._cells: list[Any] = []
        self._row = 0
        self._place = -1
        self._kind = self._style = ""
        self._texts: dict[str, list[str]] = {"v": [], "t": [], "f": []}
        self._into: list[str] | None = None
        self._formula = False
        self._names: dict[str, str] = {}
        self.parser: Any = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def taken(self) -> list[RawRow]:
        done, self._done = self._done, []
        return done

    def _local(self, name: str) -> str:
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = local_name(name)
        return found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = self._local(name)
        if local == "c":
            self._start_cell(attributes)
        elif local in self._texts:
            self._into = self._texts[local]
            self._formula = self._formula or local == "f"
        elif local == "row":
            self._row = int(attributes.get("r", self._row + 1))
            if not 0 < self._row <= _LAST_ROW:
                raise ValueError(self._row)
            self._cells, self._place = [], -1

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r", "")
        letters = reference.rstrip("0123456789")
        self._place = column_number(letters) if reference else self._place + 1
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._formula = False
        for texts in self._texts.values():
            texts.clear()

    def _text(self, data: str) -> None:
        if self._into is not None:
            self._into.append(data)

    def _end(self, name: str) -> None:
        local = self._local(name)
        if local in self._texts:
            self._into = None
        elif local == "c":
            self._end_cell()
        elif local == "row" and self._cells:
            self._done.append((self._row, self._cells))
            self._cells = []

    def _end_cell(self) -> None:
        if self._place > _LAST_COLUMN:
            return
        value = self._value()
        if value is None or value == "":
            return
        missing = self._place + 1 - len(self._cells)
        if missing > 0:
            self._cells.extend([None] * missing)
        self._cells[self._place] = value

    def _value(self) -> Any:
        if self._formula:
            return Formula("=" + "".join(self._texts["f"]))
        raw = "".join(self._texts["v"])
        if self._kind == "s":
            return _unescaped(self._strings[int(raw)]) if raw else None
        if self._kind == "inlineStr":
            return _unescaped("".join(self._texts["t"]))
        if self._kind == "b":
            return raw == "1"
        if self._kind == "n" and raw:
            return self._number(raw)
        return _unescaped(raw)

    def _number(self, raw: str) -> int | float | date | datetime | str:
        value = float(raw)
        if self._style and int(self._style) in self._dates:
            return excel_date(value, self._epoch) or raw
        if raw.isascii() and raw.lstrip("-").isdigit():
            return int(raw)
        return int(value) if value.is_integer() and abs(value) < 1e15 else value  # noqa: PLR2004


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return clean(_ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text))


def excel_date(serial: float, epoch: datetime = _EPOCH) -> date | datetime | None:
    """The day, or the moment, of a serial number; None when it is out of range."""
    try:
        moment = epoch + timedelta(days=serial)
    except OverflowError:
        return None
    moment = moment.replace(microsecond=0) if moment.microsecond < 500_000 else moment  # noqa: PLR2004
    return moment if moment.time() != datetime.min.time() else moment.date()
