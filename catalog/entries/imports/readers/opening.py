"""Opens a file by what is in it, never by its name."""

import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from catalog.entries.imports import vocabulary_form
from catalog.entries.imports.readers.delimited import delimited_grid, delimiter_of
from catalog.entries.imports.readers.encodings import encoding_of
from catalog.entries.imports.readers.grid import Grid, Header, data_rows, find_header
from catalog.entries.imports.readers.json_objects import object_columns, object_rows
from catalog.entries.imports.readers.json_stream import json_records, row_arrays
from catalog.entries.imports.readers.old_workbook import OldWorkbook
from catalog.entries.imports.readers.package import WORKBOOK, check_package, encrypted
from catalog.entries.imports.readers.source import MEGABYTE, Limits, Source, unhurried
from catalog.entries.imports.readers.workbook import MOST_SHEETS, Sheet, Workbook
from portal.kernel.errors import Invalid
from portal.kernel.text import Text, _

_HEAD = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OLD_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_OTHERS = (b"%PDF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_MOST_SHEETS, _MOST_NAMED = 30, 10


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sheet that may hold the catalog, opened only when it is its turn."""

    name: str
    open: Callable[[], Grid]


@contextmanager
def open_source(
    path: Path, limits: Limits | None = None, check: Callable[[], None] = unhurried
) -> Iterator[Source]:
    """The source of one file, open inside the block.

    `check` is called while the file is opened and read, and may stop that by raising. Raises
    Invalid with a sentence for every file that cannot be read.
    """
    bounds = limits or Limits()
    head = _head(path)
    if head.startswith(b"PK\x03\x04"):
        with _workbook(path, bounds, check) as source:
            yield source
    elif head.startswith(_OLE):
        with _old_workbook(path, bounds) as source:
            yield source
    else:
        yield _text_source(path, head, bounds)


def _head(path: Path) -> bytes:
    try:
        _check_kind(path)
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except FileNotFoundError as error:
        raise Invalid(
            _("没有找到文件 %(name)s。请核对文件名和所在的文件夹。", name=path.name)
        ) from error
    except OSError as error:
        raise Invalid(_("无法读取文件 %(name)s。请检查读取权限。", name=path.name)) from error
    if not head.strip(b" \t\r\n\xef\xbb\xbf\0"):
        raise Invalid(_("这个文件是空的。请选择写有目录的文件再导入。"))
    if head.startswith(_OTHERS):
        raise Invalid(_("这不是表格文件。请导入 .xlsx、.xls、.csv 或 .json 文件。"))
    return head


def _check_kind(path: Path) -> None:
    """A folder holds no rows, and what is read twice must stand still, as no pipe does."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise Invalid(
            _("%(name)s 是文件夹。请写明里面的哪一个文件，每次导入一个。", name=path.name)
        )
    if not stat.S_ISREG(mode):
        raise Invalid(_("%(name)s 不是普通文件，无法导入。请先保存为文件。", name=path.name))


def _check_size(path: Path, most: int) -> None:
    size = path.stat().st_size
    if size > most:
        raise Invalid(
            _(
                "这个文件有 %(size)s MB，超过上限 %(most)s MB。"
                "请拆成几个文件，或另存为 CSV 后再导入。",
                size=-(-size // MEGABYTE),
                most=most // MEGABYTE,
            )
        )


@contextmanager
def _workbook(path: Path, limits: Limits, check: Callable[[], None]) -> Iterator[Source]:
    _check_size(path, limits.workbook_bytes)
    package = check_package(path, limits)
    if WORKBOOK not in package.names:
        raise Invalid(
            _(
                "这不是 .xlsx 工作簿（可能是压缩包或其他格式的表格）。"
                "请解压，或另存为 .xlsx 后再导入。"
            )
        )
    book = Workbook(path, check)
    try:
        sheets = [sheet for sheet in book.sheets if _readable(sheet)]
        candidates = [_Candidate(s.name, partial(book.grid, s, merged=False)) for s in sheets]
        place, header, notes = _best_sheet(candidates)
        grid = book.grid(sheets[place])
        yield Source(
            kind="xlsx",
            columns=tuple(header.columns.values()),
            rows=lambda: data_rows(grid, header),
            sheet=sheets[place].name,
            header_row=header.last,
            active=package.has_active_parts,
            notes=notes,
        )
    finally:
        book.close()


def _readable(sheet: Sheet) -> bool:
    return sheet.visible and sheet.name not in vocabulary_form.OTHER_SHEETS


def _best_sheet(candidates: Sequence[_Candidate]) -> tuple[int, Header, tuple[Text, ...]]:
    """The place of the sheet whose header we know best; the others are named in a note.

    Only the first ones are looked at, one after another: a workbook may list any number.
    """
    best: tuple[int, Header] | None = None
    fault: Invalid | None = None
    for place, candidate in enumerate(candidates[:_MOST_SHEETS]):
        try:
            header = find_header(candidate.open())
        except Invalid as error:
            fault = fault or error
            continue
        if best is None or header.score > best[1].score:
            best = (place, header)
    if best is None:
        raise fault or Invalid(_("这个工作簿里没有可读的工作表。请把目录写在第一张工作表里。"))
    others = [c.name for place, c in enumerate(candidates) if place != best[0]]
    return (*best, _unread(candidates[best[0]].name, others))


def _unread(name: str, others: Sequence[str]) -> tuple[Text, ...]:
    if not others:
        return ()
    named = "、".join(others[:_MOST_NAMED]) + ("…" if len(others) > _MOST_NAMED else "")
    said = _("只读取了工作表“%(name)s”，其余工作表未读取：%(others)s。", name=name, others=named)
    return (said,)


@contextmanager
def _old_workbook(path: Path, limits: Limits) -> Iterator[Source]:
    _check_size(path, limits.workbook_bytes)
    raw = path.read_bytes()
    if _ENCRYPTED in raw:
        raise encrypted()
    if not any(stream in raw for stream in _OLD_STREAMS):
        raise Invalid(
            _("这不是表格文件（可能是 .doc 或 .ppt）。请导入 .xlsx、.xls、.csv 或 .json。")
        )
    del raw
    book = OldWorkbook(path)
    try:
        names = [n for n in book.sheet_names() if n not in vocabulary_form.OTHER_SHEETS]
        names = names[:MOST_SHEETS]
        place, header, notes = _best_sheet([_Candidate(n, partial(book.grid, n)) for n in names])
        grid = book.grid(names[place])
        yield Source(
            kind="xls",
            columns=tuple(header.columns.values()),
            rows=lambda: data_rows(grid, header),
            sheet=names[place],
            header_row=header.last,
            active=True,
            notes=notes,
        )
    finally:
        book.close()


def _text_source(path: Path, head: bytes, limits: Limits) -> Source:
    _check_size(path, limits.text_bytes)
    encoding = encoding_of(path)
    start = head.decode(encoding, "ignore").lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        raise Invalid(
            _(
                "这个文件其实是网页或 XML，只是名称像表格。"
                "请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入。"
            )
        )
    if start.startswith(("[", "{")):
        return _json_source(path, encoding)
    delimiter = delimiter_of(path, encoding)
    return _grid_source(
        delimited_grid(path, encoding, delimiter, limits), "csv", encoding, delimiter
    )


def _json_source(path: Path, encoding: str) -> Source:
    first = list(islice(json_records(path, encoding), 1))
    if not first:
        raise Invalid(_("这个 JSON 文件里没有记录。请导入至少有一条目录的文件。"))
    if isinstance(first[0][1], list):
        return _grid_source(Grid(rows=lambda: row_arrays(path, encoding)), "json rows", encoding)
    columns = object_columns(path, encoding)
    return Source("json", columns, lambda: object_rows(path, encoding), encoding=encoding)


def _grid_source(grid: Grid, kind: str, encoding: str, delimiter: str = "") -> Source:
    header = find_header(grid)
    return Source(
        kind=kind,
        columns=tuple(header.columns.values()),
        rows=lambda: data_rows(grid, header),
        encoding=encoding,
        header_row=header.last,
        delimiter=delimiter,
    )
