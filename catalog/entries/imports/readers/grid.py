"""From rows of cells to a source: finds the header, fills merged cells, names the columns."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports.readers.source import MOST_COLUMNS, Column, Row, too_wide
from portal.kernel.errors import Invalid
from portal.kernel.text import _

RawRow = tuple[int, list[Any]]
HEAD_ROWS = 10
TALLEST_HEADER = 3
_HEAD_SAMPLE = 60
_ROW_BITS, _COLUMN_BITS = 20, 12


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header is, and the columns by their place in a row."""

    first: int
    last: int
    columns: dict[int, Column]
    score: int

    @property
    def width(self) -> int:
        """How many cells a row may have."""
        return max(self.columns, default=-1) + 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells as a reader finds them; `rows()` starts anew each time."""

    rows: Callable[[], Iterator[RawRow]]
    merges: Sequence[int] = ()
    same_width: bool = False


def pack_merge(first_row: int, last_row: int, first_column: int, last_column: int) -> int:
    """A merged range as one sortable number; rows count from 1, columns from 0."""
    row_part = (first_row - 1 << _ROW_BITS | last_row - 1) << 2 * _COLUMN_BITS
    return row_part | first_column << _COLUMN_BITS | last_column


def _unpack_merge(packed: int) -> tuple[int, int, int]:
    columns = packed & ((1 << 2 * _COLUMN_BITS) - 1)
    rows = packed >> 2 * _COLUMN_BITS
    first_row, last_row = rows >> _ROW_BITS, rows & ((1 << _ROW_BITS) - 1)
    return first_row + 1, last_row + 1, columns >> _COLUMN_BITS


def find_header(grid: Grid) -> Header:
    """The header among the first rows, over one to three rows of its own.

    Raises Invalid when no row looks like one.
    """
    head = [row for row in islice(grid.rows(), _HEAD_SAMPLE) if not _is_empty(row[1])]
    number, cells = max(head, key=lambda row: len(row[1]), default=(0, ()))
    if len(cells) > MOST_COLUMNS:
        raise too_wide(number, len(cells))
    best: Header | None = None
    for height in range(1, TALLEST_HEADER + 1):
        for start in range(min(HEAD_ROWS, len(head) - height + 1)):
            found = _header(head[start : start + height])
            if best is None or found.score > best.score:
                best = found
    if best is not None and best.score < 2:  # noqa: PLR2004  one known word may be chance
        best = _header(head[:1])
    if best is None or not best.columns:
        raise Invalid(
            _("没有找到表头。请在前十行内写明列名（例如“信息资源名称”“提供部门”），再重新导入。")
        )
    return _with_unnamed(best, head)


def _header(rows: Sequence[RawRow]) -> Header:
    """The labels of each column: the lowest text, and the group over it."""
    width = max((len(cells) for _number, cells in rows), default=0)
    columns: dict[int, Column] = {}
    used: dict[str, int] = {}
    known = set()
    groups = [""] * len(rows)
    for place in range(width):
        texts = [_label(cells[place]) if place < len(cells) else "" for _number, cells in rows]
        own = max((level for level, text in enumerate(texts) if text), default=None)
        groups = [text or group for text, group in zip(texts, groups, strict=True)]
        if own is None:
            continue
        group = groups[own - 1] if own else ""
        columns[place] = Column(_unique(texts[own], used), group)
        if vocabulary.is_known(texts[own], group):
            known.add(texts[own])
    return Header(rows[0][0], rows[-1][0], columns, len(known)) if rows else Header(0, 0, {}, 0)


def _label(cell: Any) -> str:
    return " ".join(cell.split()).strip('" ') if isinstance(cell, str) else ""


def _unique(label: str, used: dict[str, int]) -> str:
    used[label] = used.get(label, 0) + 1
    return label if used[label] == 1 else f"{label} ({used[label]})"


def _with_unnamed(header: Header, head: Sequence[RawRow]) -> Header:
    """Adds columns without a label whose cells are not empty, named by their place."""
    columns = dict(header.columns)
    for number, cells in head:
        if number <= header.last:
            continue
        for place, cell in enumerate(cells[: header.width]):
            if place not in columns and not _blank(cell):
                columns[place] = Column(f"#{place + 1}")
    ordered = dict(sorted(columns.items()))
    return Header(header.first, header.last, ordered, header.score)


def _blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _is_empty(cells: Sequence[Any]) -> bool:
    return all(_blank(cell) for cell in cells)


def data_rows(grid: Grid, header: Header) -> Iterator[Row]:
    """The rows below the header that are not empty."""
    merges = _VerticalMerges(grid.merges) if grid.merges else None
    names = [(place, column.name) for place, column in header.columns.items()]
    starts = {name: name.partition(" ")[0] for _place, name in names}
    for number, cells in grid.rows():
        if number <= header.last or _is_empty(cells):
            continue
        if grid.same_width and (row := _broken(number, cells, header)):
            yield row
            continue
        if merges is not None:
            merges.fill(number, cells)
        width = len(cells)
        found = {
            name: cells[place]
            for place, name in names
            if place < width and not _blank(cells[place])
        }
        if _is_header_again(found, starts):
            yield Row(number, found, _("这一行是重复的表头。请删去这一行。"))
        else:
            yield Row(number, found)


def _is_header_again(cells: dict[str, Any], starts: Mapping[str, str]) -> bool:
    """Whether most cells say what their column is called; a cell without the word cannot."""
    same = sum(
        1
        for name, cell in cells.items()
        if isinstance(cell, str) and starts[name] in cell and _label(cell) == name
    )
    return bool(cells) and same * 2 > len(cells)


def _broken(number: int, cells: list[Any], header: Header) -> Row | None:
    given = len(cells)
    while given > header.width and _blank(cells[given - 1]):
        given -= 1
    if given == header.width:
        return None
    fault = _(
        "这一行有 %(given)s 列，表头有 %(expected)s 列，单元格可能错位。"
        "请检查这一行里没有加引号的分隔符或换行，改正后重新导入。",
        given=given,
        expected=header.width,
    )
    return Row(number, {}, fault)


class _VerticalMerges:
    """Repeats the upper value of cells merged downwards, while the rows go by."""

    def __init__(self, merges: Sequence[int]) -> None:
        self._waiting = array("Q", sorted(merges))
        self._next = 0
        self._active: dict[int, tuple[int, Any]] = {}

    def fill(self, number: int, cells: list[Any]) -> None:
        self._start(number, cells)
        for place, (last_row, value) in list(self._active.items()):
            if number > last_row:
                del self._active[place]
                continue
            if place >= len(cells):
                cells.extend([None] * (place + 1 - len(cells)))
            if _blank(cells[place]):
                cells[place] = value

    def _start(self, number: int, cells: list[Any]) -> None:
        while self._next < len(self._waiting):
            first_row, last_row, place = _unpack_merge(self._waiting[self._next])
            if first_row > number:
                return
            self._next += 1
            if first_row == number and last_row > first_row and place < len(cells):
                self._active[place] = (last_row, cells[place])
