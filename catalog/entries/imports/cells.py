"""Reads the cells of a row by the mapping; equal cells of a column are read once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.entries.imports.drafts import Problem
from catalog.entries.imports.fields import ENTRY, ITEM, MANY, RESOURCE, ROW, VOLUME, Field
from catalog.entries.imports.normalise.readings import Reading, as_text
from catalog.entries.imports.readers.source import Formula, Row
from portal.kernel.text import Text, _

SHOWN, LONGEST_KEPT = 200, 2000
_MARKS = frozenset({"secret", "items.secret"})
_BESIDE = frozenset({"code", "providers"})
_PLACES = {ENTRY: 0, ITEM: 1, RESOURCE: 2, VOLUME: 3, ROW: 4}
_MOST_SEEN = 2048
_LONGEST_SEEN = 120
_LONGEST_LIST = 6

NO_COLUMNS: frozenset[str] = frozenset()
NOTHING: Mapping[str, Any] = {}

ProblemSink = Callable[[Problem], None]
ValueSink = Callable[[str, str, Any], None]


@dataclass(slots=True)
class Column:
    """A mapped column, with what it said so far; its facts are kept, for each cell asks for them.

    `gathers`: the rows of an entry may each add to this field; its category is one path.
    `beside`: what it says stands beside the document, and is taken in the order of the file.
    """

    source: str
    target: Field
    name: str = ""
    key: str = ""
    part: str = ""
    place: int = 0
    of_item: bool = False
    gathers: bool = False
    beside: bool = False
    seen: dict[Any, Reading] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name, self.key, self.part = self.target.name, self.target.key, self.target.part
        self.beside = self.name in _BESIDE
        self.place = _PLACES[ENTRY if self.beside else self.part]
        self.of_item = self.part == ITEM or self.name == "items"
        self.gathers = self.target.holds == MANY and self.name != "category"


Cell = tuple[Column, Reading]


@dataclass(slots=True)
class Cells:
    """What the cells of one row say, by the part of an entry that they speak of.

    `unread`: field and text of what could not be taken.
    """

    entry: list[Cell] = field(default_factory=list)
    item: list[Cell] = field(default_factory=list)
    resource: list[Cell] = field(default_factory=list)
    volume: list[Cell] = field(default_factory=list)
    row: list[Cell] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)


def values_of(cells: list[Cell]) -> dict[str, Any]:
    """The values of cells by the names of their fields."""
    return {column.name: reading.value for column, reading in cells}


@dataclass(slots=True)
class CellReader:
    """Reads rows; problems and normalised values go to the two sinks."""

    columns: list[Column]
    problem: ProblemSink
    value: ValueSink

    def __post_init__(self) -> None:
        self.columns = [column for column in self.columns if column.name not in _MARKS]

    def read(
        self, row: Row, *, without: frozenset[str] = NO_COLUMNS, above: Mapping[str, Any] = NOTHING
    ) -> Cells:
        """The mapped cells of a row but those of the columns `without`.

        `above`: the cells that the entry began with; what is wrong in one of them has been said,
        and the same cell, merged downwards or repeated, does not say it again.
        """
        cells = Cells()
        lists = (cells.entry, cells.item, cells.resource, cells.volume, cells.row)
        given = row.cells
        for column in self.columns:
            raw = given.get(column.source)
            if raw is None or column.source in without:
                continue
            known = _comparable(raw)
            reading = column.seen.get(known) if known is not None else None
            if reading is None:
                reading = self._read(column, raw, known)
            if (reading.reason is not None or type(raw) is Formula) and not (
                above and _was_said(column, raw, above)
            ):
                self._report(row, column, raw, reading)
                if reading.reason is not None and _is_lost(column, reading):
                    cells.unread.append((column.name, as_text(raw)[:LONGEST_KEPT]))
            lists[column.place].append((column, reading))
        return cells

    def part(self, row: Row, column: Column, raw: str) -> Reading:
        """One of the parts that a cell joins, read and reported like a cell."""
        reading = column.seen.get(raw) or self._read(column, raw, _comparable(raw))
        if reading.reason is not None:
            self._report(row, column, raw, reading)
        return reading

    def _report(self, row: Row, column: Column, raw: Any, reading: Reading) -> None:
        if reading.reason is not None:
            self.report(row, column.source, raw, reading.reason)
        if type(raw) is Formula:
            said = _("单元格是公式，没有计算，按文本保留。请粘贴为数值后重新导入。")
            self.report(row, column.source, raw, said)

    def _read(self, column: Column, raw: Any, known: Any) -> Reading:
        reading = column.target.read(raw, column.source)
        if column.target.coded and (text := as_text(raw)[:SHOWN]):
            self.value(column.name, text, _shown(reading, column.target))
        if known is not None:
            if len(column.seen) >= _MOST_SEEN:
                column.seen.clear()
            column.seen[known] = reading
        return reading

    def report(self, row: Row, column: str, raw: Any, reason: Text) -> None:
        """Says what is wrong with one cell."""
        self.problem(Problem(row.number, reason, column, as_text(raw)[:SHOWN]))


def _was_said(column: Column, raw: Any, above: Mapping[str, Any]) -> bool:
    """Items and resources of several rows are several; cells of the entry are the same."""
    own = column.of_item or column.part == RESOURCE
    return not own and as_text(raw) == as_text(above.get(column.source))


def _is_lost(column: Column, reading: Reading) -> bool:
    """Whether the text of a cell is in no field, or only a part of it."""
    return not reading.also and (reading.value is None or (column.gathers and column.target.coded))


def _comparable(raw: Any) -> Any:
    """A short cell as a key under which its reading is remembered, else None."""
    if isinstance(raw, str):
        return raw if len(raw) <= _LONGEST_SEEN else None
    if type(raw) is list and len(raw) <= _LONGEST_LIST:
        for inner in raw:  # a number would be taken for a truth value that equals it
            if type(inner) is not str or len(inner) > _LONGEST_SEEN:
                return None
        return tuple(raw)
    return None


def _shown(reading: Reading, target: Field) -> Any:
    """What the list of normalised values says of a reading: keys, formats, or nothing."""
    if target.name == "resources.format":
        return [form or kind for kind, form in reading.value or ()] or None
    if reading.value is not None:
        return reading.value
    found: Mapping[str, Any] = reading.also
    own = found.get(target.key)
    return own if own is not None else (dict(found) or None)
