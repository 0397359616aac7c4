"""From rows to fragments of entries: each row read once, item rows gathered under their entry."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auth import credit_code
from catalog.entries.imports import secrecy, vocabulary
from catalog.entries.imports.building import EntryBuilder, nested, row_resources
from catalog.entries.imports.drafts import Owner, Problem
from catalog.entries.imports.fields import ENTRY, FIELDS, ITEM, MANY, RESOURCE, VOLUME, Field
from catalog.entries.imports.mapping import ColumnMapping
from catalog.entries.imports.normalise.readings import Reading, as_text
from catalog.entries.imports.readers.source import Formula, Row
from portal.kernel.text import Text, _

ENTRY_CODE = re.compile(r"[1-3]\d{2}\d{3}[0-9A-Z]{0,10}/\d{6}")
_MEMO_SIZE = 4096
_MEMO_LENGTH = 120
_SHOWN = 200
# cells of an entry that item rows may state anew, for the item
_PER_ITEM = frozenset({"share_type", "share_condition", "share_mode", "open_condition"})
_MARKS = frozenset({"secret", "items.secret"})
_OWNER = frozenset({"unit", "unit_code", "region_code", "code", "source_key"})

ProblemSink = Callable[[Problem], None]
ValueSink = Callable[[str, str, Any], None]


@dataclass(slots=True)
class Fragment:
    """What one row, or the rows of one entry with its items, say."""

    rows: list[int]
    builder: EntryBuilder
    cells: dict[str, Any]
    owner: Owner = field(default_factory=Owner)
    code: str = ""
    kept: dict[str, str] = field(default_factory=dict)
    refused_items: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A mapped column."""

    source: str
    field: Field


@dataclass(slots=True)
class Assembler:
    """Reads rows by a mapping; problems and normalised values go to the two sinks.

    `item_rows`: whether items stand in rows of their own.
    """

    mappings: Sequence[ColumnMapping]
    problem: ProblemSink
    value: ValueSink
    needs_unit: bool = True
    refused: int = 0
    read: int = 0
    columns: list[Column] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    item_marks: list[str] = field(default_factory=list)
    title_column: str = ""
    item_rows: bool = False
    _current: Fragment | None = None
    _below_secret: bool = False
    _memo: dict[tuple[str, Any], Reading] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mapped = [m for m in self.mappings if m.field]
        self.columns = [Column(m.source, FIELDS[m.field or ""]) for m in mapped]
        self.marks = [m.source for m in mapped if m.field == "secret"]
        self.item_marks = [m.source for m in mapped if m.field == "items.secret"]
        self.title_column = next((m.source for m in mapped if m.field == "title"), "")
        self.item_rows = any(column.field.part == ITEM for column in self.columns)

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
        yield fragment

    def _refuse(self, number: int, reason: Text, *, secret: bool = False) -> None:
        self.refused += 1
        self.problem(Problem(number, reason, refused=True, secret=secret))

    def _continues(self, row: Row) -> bool | Text:
        """True for another row of the current entry, False for a new one, else why neither."""
        title = self._has_title(row.cells)
        if title and not (self.item_rows and self._current):
            return False
        parts = {c.field.part for c in self.columns if c.source in row.cells}
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
            name = column.field.name
            if column.field.part in (ITEM, RESOURCE) or name.startswith("items."):
                continue
            if name in _PER_ITEM or _gathers(column) or column.source not in cells:
                continue
            if as_text(cells[column.source]) != as_text(current.get(column.source)):
                return column.source
        return None

    def _has_title(self, cells: Mapping[str, Any]) -> bool:
        return not vocabulary.is_blank(as_text(cells.get(self.title_column)))

    def _start(self, row: Row) -> None:
        fragment = Fragment([row.number], EntryBuilder(), dict(row.cells))
        self._current, self._below_secret = fragment, False
        readings = self._read_row(row)
        fragment.owner = self._owner(row, readings)
        self._fill_entry(fragment, row, readings)
        self._fill_parts(fragment, row, readings)
        if self.needs_unit and not (fragment.owner.name or fragment.owner.credit_code):
            self._current = None
            self._refuse(
                row.number, _("这一行没有提供单位，未导入。请填写单位，或在导入时指定单位。")
            )

    def _add_row(self, row: Row) -> None:
        fragment = self._current
        if fragment is None:
            return
        readings = self._read_row(row)
        fragment.rows.append(row.number)
        for column, reading in readings:
            if column.field.part == ENTRY and _gathers(column):
                fragment.builder.add(column.field.key, reading)
        self._fill_parts(fragment, row, readings)

    def _read_row(self, row: Row) -> list[tuple[Column, Reading]]:
        readings = []
        silent = self._item_is_secret(row)
        for column in self.columns:
            raw = row.cells.get(column.source)
            if raw is None or column.field.name in _MARKS or (silent and _of_item(column)):
                continue
            reading = self._reading(column, raw)
            readings.append((column, reading))
            if reading.reason:
                self._report(row, column.source, raw, reading.reason)
            if isinstance(raw, Formula):
                said = _("单元格是公式，没有计算，按文本保留。请粘贴为数值后重新导入。")
                self._report(row, column.source, raw, said)
            if column.field.coded and (text := as_text(raw)[:_SHOWN]):
                self.value(column.field.name, text, _shown(reading, column.field))
        return readings

    def _reading(self, column: Column, raw: Any) -> Reading:
        if not isinstance(raw, str) or len(raw) > _MEMO_LENGTH:
            return column.field.read(raw, column.source)
        key = (column.source, raw)
        reading = self._memo.get(key)
        if reading is None:
            if len(self._memo) >= _MEMO_SIZE:
                self._memo.clear()
            reading = self._memo[key] = column.field.read(raw, column.source)
        return reading

    def _report(self, row: Row, column: str, raw: Any, reason: Text) -> None:
        self.problem(Problem(row.number, reason, column, as_text(raw)[:_SHOWN]))

    def _owner(self, row: Row, readings: Sequence[tuple[Column, Reading]]) -> Owner:
        found = {
            c.field.name: str(r.value) for c, r in readings if c.field.name in _OWNER and r.value
        }
        aliases = tuple(
            str(r.value) for c, r in readings if c.field.name == "unit_alias" and r.value
        )
        credit = vocabulary.folded(found.get("unit_code", "")).upper()
        wrong = credit_code.problem(credit) if credit else None
        if wrong is not None:
            source = next(c.source for c, _r in readings if c.field.name == "unit_code")
            self._report(row, source, found["unit_code"], wrong)
            credit = ""
        return Owner(found.get("unit", ""), credit, found.get("region_code", ""), aliases)

    def _fill_entry(
        self, fragment: Fragment, row: Row, readings: Sequence[tuple[Column, Reading]]
    ) -> None:
        builder = fragment.builder
        for column, reading in readings:
            name = column.field.name
            if column.field.part == ENTRY:
                builder.add(column.field.key, reading)
                if reading.reason and reading.value is None and not reading.also:
                    fragment.kept[name] = as_text(row.cells[column.source])
            elif name == "code" and reading.value:
                self._take_code(fragment, str(reading.value))
            elif name == "providers" and reading.value:
                fragment.kept[name] = "\n".join(reading.value)
        for key in builder.take_conflicts():
            said = _("两列对同一项的说法不一致，已采用前一列。请核对。")
            self._report(row, key, "", said)

    def _take_code(self, fragment: Fragment, code: str) -> None:
        upper = vocabulary.folded(code).upper()
        if ENTRY_CODE.fullmatch(upper):
            fragment.code = upper
        else:
            fragment.builder.values.setdefault("source_code", code)

    def _fill_parts(
        self, fragment: Fragment, row: Row, readings: Sequence[tuple[Column, Reading]]
    ) -> None:
        """Volume, items and resources of one row."""
        builder = fragment.builder
        row_values: dict[str, Any] = {}
        for column, reading in readings:
            if column.field.part == VOLUME and reading.value is not None:
                builder.volume.setdefault(column.field.key, reading.value)
            if column.field.name in ("items", "resources") and reading.value:
                self._add_nested(fragment, row, column, reading.value)
            if column.field.part != VOLUME:
                row_values[column.field.name] = reading.value
        self._add_item(fragment, row, readings)
        self._add_resources(builder, row_values, readings)

    def _add_nested(
        self, fragment: Fragment, row: Row, column: Column, values: list[dict[str, Any]]
    ) -> None:
        part = column.field.name
        open_values = [value for value in values if not _is_secret_item(value)]
        if len(open_values) < len(values):
            fragment.refused_items += len(values) - len(open_values)
            self.problem(Problem(row.number, _item_refused(), secret=True))
        found, problems = nested(
            [{k: v for k, v in value.items() if k != "secret"} for value in open_values], part
        )
        target = fragment.builder.items if part == "items" else fragment.builder.resources
        target.extend(found)
        for key, reason, raw in problems:
            self._report(row, f"{column.source}.{key}", raw, reason)

    def _add_item(
        self, fragment: Fragment, row: Row, readings: Sequence[tuple[Column, Reading]]
    ) -> None:
        if self._item_is_secret(row):
            self._refuse_item(fragment, row)
            return
        item: dict[str, Any] = {}
        for column, reading in readings:
            if column.field.part == ITEM:
                item.update({k: v for k, v in reading.also.items() if k not in item})
                if reading.value is not None:
                    item[column.field.key] = reading.value
        if not item:
            return
        if "name" not in item:
            said = _("信息项没有名称，未保留。请填写信息项名称。")
            self.problem(Problem(row.number, said))
            return
        self._item_share_type(fragment, item, readings)
        fragment.builder.items.append(item)

    def _refuse_item(self, fragment: Fragment, row: Row) -> None:
        """An item row is refused; the row that began the entry stays, without its item."""
        fragment.refused_items += 1
        if len(fragment.rows) == 1:
            self.problem(Problem(row.number, _item_refused(), secret=True))
            return
        fragment.rows.remove(row.number)
        self._refuse(row.number, _item_refused(), secret=True)

    def _item_is_secret(self, row: Row) -> bool:
        return (
            secrecy.refusal({k: row.cells.get(k) for k in self.item_marks}, self.item_marks)
            is not None
        )

    def _item_share_type(
        self, fragment: Fragment, item: dict[str, Any], readings: Sequence[tuple[Column, Reading]]
    ) -> None:
        """In forms with item rows the share type of a row is that of its item."""
        for column, reading in readings:
            if column.field.name == "share_type" and reading.value:
                item.setdefault("share_type", reading.value)
            stated = fragment.builder.values.get("share_condition")
            if column.field.name == "share_condition" and reading.value not in (None, stated):
                item.setdefault("note", reading.value)

    def _add_resources(
        self,
        builder: EntryBuilder,
        values: Mapping[str, Any],
        readings: Sequence[tuple[Column, Reading]],
    ) -> None:
        own = {
            column.field.key: reading.value
            for column, reading in readings
            if column.field.part == RESOURCE and reading.value is not None
        }
        cells = {key: values.get(f"resources.{key}") for key in ("format", "kind", "files", "apis")}
        moments = [
            reading.value
            for column, reading in readings
            if column.field.name == "data_updated_at" and reading.value
        ]
        entry = {
            "title": builder.values.get("title"),
            "source_url": values.get("source_url"),
            "data_updated_at": max(moments, default=None),
        }
        found = row_resources(entry, cells, own)
        builder.resources.extend(found)
        if not found and own.get("rows") is not None:
            builder.volume.setdefault("records_10k", own["rows"] / 10_000)


def _gathers(column: Column) -> bool:
    """Whether the rows of an entry may each add to this field; its category is one path."""
    return column.field.holds == MANY and column.field.name != "category"


def _of_item(column: Column) -> bool:
    return column.field.part == ITEM or column.field.name == "items"


def _shown(reading: Reading, target: Field) -> Any:
    """What the list of normalised values says of a reading: keys, formats, or nothing."""
    if target.name == "resources.format":
        return [form or kind for kind, form in reading.value or ()] or None
    if reading.value is not None:
        return reading.value
    found = reading.also.get(target.key)
    return found if found is not None else (dict(reading.also) or None)


def _is_secret_item(value: Mapping[str, Any]) -> bool:
    marks = {"secret": value.get("secret")}
    return secrecy.refusal(marks, ("secret",)) is not None or any(
        map(secrecy.marked, value.values())
    )


def _item_refused() -> Text:
    return _("有信息项标有涉密标记，该信息项已拒收，内容没有保存。")
