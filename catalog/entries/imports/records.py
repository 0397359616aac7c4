"""From rows to fragments of entries: each row read once, item rows gathered under their entry."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from auth import credit_code
from catalog.entries.imports import secrecy, vocabulary
from catalog.entries.imports.building import EntryBuilder, nested, row_resources
from catalog.entries.imports.cells import (
    LONGEST_KEPT,
    NO_COLUMNS,
    SHOWN,
    CellReader,
    Cells,
    Column,
    ProblemSink,
    ValueSink,
    values_of,
)
from catalog.entries.imports.drafts import Owner, Problem
from catalog.entries.imports.fields import FIELDS, ITEM, RESOURCE
from catalog.entries.imports.fragments import (
    Fragment,
    keep_beside,
    keep_unread,
    settle_dates,
    take_item_share_type,
)
from catalog.entries.imports.joined import joined_items
from catalog.entries.imports.mapping import ColumnMapping
from catalog.entries.imports.normalise.readings import as_text
from catalog.entries.imports.normalise.resources import SEVERAL_NAMES, names_in
from catalog.entries.imports.readers.source import Row
from catalog.entries.imports.settling import remarks
from portal.kernel.text import Text, _

# cells of an entry that item rows may state anew, for the item
_PER_ITEM = frozenset({"share_type", "share_condition", "share_mode", "open_condition"})
_OWNER = frozenset({"unit", "unit_code", "region_code"})
_RESOURCE_CELLS = ("format", "kind", "files", "apis")
_MOST_SAID = 5000


@dataclass(slots=True)
class Assembler:
    """Reads rows by a mapping; problems and normalised values go to the two sinks.

    `item_rows`: whether items may stand in rows of their own; `fewest_joined`: from how many parts
    on a cell of item names is a list of them, 0 for never.
    """

    mappings: Sequence[ColumnMapping]
    problem: ProblemSink
    value: ValueSink
    needs_unit: bool = True
    fewest_joined: int = SEVERAL_NAMES
    refused: int = 0
    read: int = 0
    columns: list[Column] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    item_marks: list[str] = field(default_factory=list)
    title_column: str = ""
    name_column: Column | None = None
    item_columns: frozenset[str] = NO_COLUMNS
    item_rows: bool = False
    _reader: CellReader = field(init=False)
    _has_resources: bool = False
    _current: Fragment | None = None
    _below_secret: bool = False
    _said: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        mapped = [m for m in self.mappings if m.field]
        self.columns = [Column(m.source, FIELDS[m.field or ""]) for m in mapped]
        self.marks = [m.source for m in mapped if m.field == "secret"]
        self.item_marks = [m.source for m in mapped if m.field == "items.secret"]
        self.title_column = next((m.source for m in mapped if m.field == "title"), "")
        self.name_column = next((c for c in self.columns if c.name == "items.name"), None)
        self.item_columns = frozenset(c.source for c in self.columns if c.of_item)
        self.item_rows = any(column.part == ITEM for column in self.columns)
        cells = {f"resources.{key}" for key in _RESOURCE_CELLS}
        self._has_resources = any(c.part == RESOURCE or c.name in cells for c in self.columns)
        self._reader = CellReader(self.columns, self.problem, self.value)

    def fragments(self, rows: Iterator[Row]) -> Iterator[Fragment]:
        """The fragments in the order of the file."""
        for row in rows:
            self.read += 1
            secret = secrecy.refusal(row.cells, self.marks)
            continues = self._continues(row)
            if continues is True and not (row.fault or secret):
                self._add_row(row)
                continue
            if continues is not True or row.fault:
                yield from self._taken()
            if row.fault:
                self._refuse(row.number, row.fault)
            elif secret or (self._below_secret and not self._has_title(row.cells)):
                self._refuse(row.number, secret or secrecy.secret_reason(), secret=True)
                self._below_secret = self._current is None
            elif isinstance(continues, Text):
                self._refuse(row.number, continues)
            else:
                self._start(row)
        yield from self._taken()

    def _taken(self) -> Iterator[Fragment]:
        fragment, self._current = self._current, None
        if fragment is None:
            return
        if fragment.refused_items and not fragment.builder.items:
            for number in fragment.rows:
                self._refuse(number, secrecy.secret_reason(), secret=True)
            return
        self._remark(fragment)
        yield fragment

    def _remark(self, fragment: Fragment) -> None:
        """What only the whole entry tells; what concerns a value is said once in a file."""
        builder = fragment.builder
        for name, value, reason in remarks(builder.values, builder.items):
            if value and (name, value) in self._said:
                continue
            if value and len(self._said) < _MOST_SAID:
                self._said.add((name, value))
            named = (name, f"items.{name}")
            source = next((c.source for c in self.columns if c.name in named), "")
            self.problem(Problem(fragment.rows[0], reason, source, value[:SHOWN]))

    def _refuse(self, number: int, reason: Text, *, secret: bool = False) -> None:
        self.refused += 1
        self.problem(Problem(number, reason, refused=True, secret=secret))

    def _continues(self, row: Row) -> bool | Text:
        """True for another row of the current entry, False for a new one, else why neither."""
        title = self._has_title(row.cells)
        if title and not (self.item_rows and self._current):
            return False
        parts = {c.part for c in self.columns if c.source in row.cells}
        if title and ITEM not in parts:
            return False
        differing = self._differing(row.cells)
        if title:
            return differing is None
        if self._current is None:
            return _("这一行没有名称，上面也没有可归属的目录，未导入。请填写名称。")
        if differing is not None or not parts & {ITEM, RESOURCE}:
            return _("这一行没有名称，未导入。请填写名称。")
        return True

    def _differing(self, cells: Mapping[str, Any]) -> str | None:
        """A column of the entry in which this row says something else than the entry."""
        current = self._current.cells if self._current else {}
        for column in self.columns:
            if column.part in (ITEM, RESOURCE) or column.name.startswith("items."):
                continue
            if column.name in _PER_ITEM or column.gathers or column.source not in cells:
                continue
            if as_text(cells[column.source]) != as_text(current.get(column.source)):
                return column.source
        return None

    def _has_title(self, cells: Mapping[str, Any]) -> bool:
        return not vocabulary.is_blank(as_text(cells.get(self.title_column)))

    def _start(self, row: Row) -> None:
        fragment = Fragment([row.number], EntryBuilder(), row.cells)
        self._current, self._below_secret = fragment, False
        joined = self._joined(row)
        cells = self._reader.read(row, without=self.item_columns if joined else self._left_out(row))
        keep_unread(fragment, cells.unread)
        fragment.owner = self._owner(row, cells)
        self._fill_entry(fragment, row, cells)
        settle_dates(fragment, cells)
        if joined:
            self._add_joined(fragment, row, joined)
        self._fill_parts(fragment, row, cells)
        if self.needs_unit and not (fragment.owner.name or fragment.owner.credit_code):
            self._current = None
            self._refuse(
                row.number, _("这一行没有提供单位，未导入。请填写单位，或在导入时指定单位。")
            )

    def _add_row(self, row: Row) -> None:
        fragment = self._current
        if fragment is None:
            return
        cells = self._reader.read(row, without=self._left_out(row), above=fragment.cells)
        keep_unread(fragment, cells.unread)
        fragment.rows.append(row.number)
        for column, reading in cells.entry:
            if column.gathers and not column.beside:
                fragment.builder.add(column.key, reading)
        self._fill_parts(fragment, row, cells)

    def _left_out(self, row: Row) -> frozenset[str]:
        """The columns of an item that is secret: not looked at."""
        return self.item_columns if self._item_is_secret(row) else NO_COLUMNS

    def _owner(self, row: Row, cells: Cells) -> Owner:
        found = {c.name: str(r.value) for c, r in cells.row if r.value and c.name in _OWNER}
        aliases = tuple(str(r.value) for c, r in cells.row if c.name == "unit_alias" and r.value)
        credit = vocabulary.folded(found.get("unit_code", "")).upper()
        wrong = credit_code.problem(credit) if credit else None
        if wrong is not None:
            source = next(c.source for c, _r in cells.row if c.name == "unit_code")
            self._reader.report(row, source, found["unit_code"], wrong)
            credit = ""
        return Owner(found.get("unit", ""), credit, found.get("region_code", ""), aliases)

    def _fill_entry(self, fragment: Fragment, row: Row, cells: Cells) -> None:
        builder = fragment.builder
        for column, reading in cells.entry:
            if column.beside:
                keep_beside(fragment, column.name, reading.value)
                continue
            builder.add(column.key, reading)
        for key in builder.take_conflicts():
            said = _("两列对同一项的说法不一致，已采用前一列。请核对。")
            self._reader.report(row, key, "", said)

    def _fill_parts(self, fragment: Fragment, row: Row, cells: Cells) -> None:
        """Volume, items and resources of one row."""
        for column, reading in cells.volume:
            if reading.value is not None:
                fragment.builder.volume.setdefault(column.key, reading.value)
        for column, reading in cells.row:
            if column.name in ("items", "resources") and reading.value:
                self._add_nested(fragment, row, column, reading.value)
        if self.item_rows or self.item_marks:
            self._add_item(fragment, row, cells)
        if self._has_resources:
            self._add_resources(fragment.builder, cells)

    def _add_nested(
        self, fragment: Fragment, row: Row, column: Column, values: list[dict[str, Any]]
    ) -> None:
        part = column.name
        open_values = [value for value in values if not _is_secret_item(value)]
        if len(open_values) < len(values):
            fragment.refused_items += len(values) - len(open_values)
            self.problem(Problem(row.number, _item_refused(), secret=True))
        found, problems = nested(open_values, part)
        target = fragment.builder.items if part == "items" else fragment.builder.resources
        target.extend(found)
        for key, reason, raw in problems:
            self._reader.report(row, f"{column.source}.{key}", raw, reason)
            keep_unread(fragment, [(f"{part}.{key}", as_text(raw)[:LONGEST_KEPT])])

    def _add_item(self, fragment: Fragment, row: Row, cells: Cells) -> None:
        if self._item_is_secret(row):
            self._refuse_item(fragment, row)
            return
        item: dict[str, Any] = {}
        for column, reading in cells.item:
            if reading.also:
                item.update({k: v for k, v in reading.also.items() if k not in item})
            if reading.value is not None:
                item[column.key] = reading.value
        if not item:
            return
        if "name" not in item:
            said = _("信息项没有名称，未保留。请填写信息项名称。")
            self.problem(Problem(row.number, said))
            return
        take_item_share_type(fragment, item, cells)
        fragment.builder.items.append(item)

    def _joined(self, row: Row) -> list[str]:
        """The names that the first row of an entry joins; none where items have their own rows."""
        raw = row.cells.get(self.name_column.source) if self.name_column else None
        if raw is None or not self.fewest_joined or self._item_is_secret(row):
            return []
        names = names_in(as_text(raw), self.fewest_joined)
        return names if len(names) > 1 else []

    def _add_joined(self, fragment: Fragment, row: Row, names: list[str]) -> None:
        """Items of one row, with what its other columns say of each."""
        reader, column = self._reader, self.name_column
        if column is None:
            return

        def report(of: Column, raw: Any, reason: Text) -> None:
            reader.report(row, of.source, raw, reason)
            keep_unread(fragment, [(of.name, as_text(raw)[:LONGEST_KEPT])])

        fragment.builder.items += joined_items(
            [str(reader.part(row, column, name).value or name) for name in names],
            [
                (other, row.cells[other.source])
                for other in self.columns
                if other.part == ITEM and other is not column and other.source in row.cells
            ],
            read=partial(reader.part, row),
            report=report,
        )

    def _refuse_item(self, fragment: Fragment, row: Row) -> None:
        """An item row is refused; the row that began the entry stays, without its item."""
        fragment.refused_items += 1
        if len(fragment.rows) == 1:
            self.problem(Problem(row.number, _item_refused(), secret=True))
            return
        fragment.rows.remove(row.number)
        self._refuse(row.number, _item_refused(), secret=True)

    def _item_is_secret(self, row: Row) -> bool:
        if not self.item_marks:
            return False
        marks = {name: row.cells.get(name) for name in self.item_marks}
        return secrecy.refusal(marks, self.item_marks) is not None

    def _add_resources(self, builder: EntryBuilder, cells: Cells) -> None:
        own = {c.key: r.value for c, r in cells.resource if r.value is not None}
        said = values_of(cells.row)
        of_entry = values_of(cells.entry)
        moments = [r.value for c, r in cells.entry if c.name == "data_updated_at" and r.value]
        if "created_on" in said:  # see `settle_dates`
            moments.append(builder.values.get("data_updated_at") or "")
        entry = {
            "title": builder.values.get("title"),
            "source_url": of_entry.get("source_url"),
            "data_updated_at": max(moments, default=None) or None,
        }
        found = row_resources(
            entry, {key: said.get(f"resources.{key}") for key in _RESOURCE_CELLS}, own
        )
        builder.resources.extend(found)
        if not found and own.get("rows") is not None:
            builder.volume.setdefault("records_10k", own["rows"] / 10_000)


def _is_secret_item(value: Mapping[str, Any]) -> bool:
    if "secret" in value and secrecy.refusal({"secret": value["secret"]}, ("secret",)) is not None:
        return True
    return any(map(secrecy.marked, value.values()))


def _item_refused() -> Text:
    return _("有信息项标有涉密标记，该信息项已拒收，内容没有保存。")
