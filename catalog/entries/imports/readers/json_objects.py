"""From JSON objects to rows: columns are the keys, inner objects become columns of their own."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from catalog.entries.imports.readers.json_stream import json_records
from catalog.entries.imports.readers.source import MOST_COLUMNS, Column, Row
from portal.kernel.errors import Invalid
from portal.kernel.text import _

_SAMPLE = 500


def object_columns(path: Path, encoding: str) -> tuple[Column, ...]:
    """The keys of the first objects, in the order they appear."""
    names: dict[str, None] = {}
    for row in islice(object_rows(path, encoding, keep_empty=True), _SAMPLE):
        names.update(dict.fromkeys(row.cells))
        if len(names) > MOST_COLUMNS:
            raise _too_many(row.number, len(names))
    if not names:
        raise Invalid(
            _("这个 JSON 文件里没有记录。请导入由对象组成的数组，例如 [{“标题”: …}, …]。")
        )
    return tuple(Column(name) for name in names)


def _too_many(record: int, keys: int) -> Invalid:
    return Invalid(
        _(
            "到第 %(record)s 条为止，对象里一共有 %(keys)s 种键，最多 %(most)s 种。"
            "请删去多余的键后再导入。",
            record=record,
            keys=keys,
            most=MOST_COLUMNS,
        )
    )


def object_rows(path: Path, encoding: str, *, keep_empty: bool = False) -> Iterator[Row]:
    """One row for each object; what is not an object is a row with a fault."""
    for number, value in json_records(path, encoding):
        if not isinstance(value, dict):
            yield Row(number, {}, _("这一条不是对象，无法读出列。请检查文件的结构。"))
            continue
        cells = {
            key: cell for key, cell in _flat(value) if keep_empty or cell not in (None, "", [], {})
        }
        if cells:
            yield Row(number, cells)


def _flat(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, cell in value.items():
        if isinstance(cell, dict):
            yield from ((f"{key}.{inner}", content) for inner, content in cell.items())
        else:
            yield key, cell
