"""Several information items in the cells of one row, joined by a sign, as many are kept."""

from collections.abc import Callable, Sequence
from typing import Any

from catalog.entries.imports import vocabulary_values as words
from catalog.entries.imports.cells import Column
from catalog.entries.imports.normalise.readings import Reading, as_text
from catalog.entries.imports.normalise.resources import parts_of
from portal.kernel.text import Text, _

_SIGNS = words.ITEM_BARS + words.ITEM_COMMAS + words.ITEM_SLASHES
_OF_ONE = frozenset({"field", "note", "range"})  # what is said once of many is said of none

Read = Callable[[Column, Any], Reading]
Report = Callable[[Column, Any, Text], None]


def joined_items(
    names: Sequence[str], others: Sequence[tuple[Column, Any]], *, read: Read, report: Report
) -> list[dict[str, Any]]:
    """The items of a row whose cell of names joins several.

    What other columns say in as many parts belongs to the items in their order; what they say in
    one part, to each of them. Of anything else nobody knows whose it is: it is reported.
    """
    items: list[dict[str, Any]] = [{"name": name} for name in names]
    for column, raw in others:
        parts = parts_of(as_text(raw), _SIGNS)
        if len(parts) == 1 and column.key not in _OF_ONE:
            parts *= len(items)
        if len(parts) != len(items):
            report(column, raw, _mismatch(len(items), len(parts)))
            continue
        for item, part in zip(items, parts, strict=True):
            _put(item, column.key, read(column, part))
    return items


def _put(item: dict[str, Any], key: str, reading: Reading) -> None:
    item.update({k: v for k, v in reading.also.items() if k not in item})
    if reading.value is not None:
        item[key] = reading.value


def _mismatch(items: int, parts: int) -> Text:
    return _(
        "这一行有 %(items)s 个信息项，这里写了 %(parts)s 项，对不上，没有采用；"
        "原文记在导入结果里。请补齐后重新导入。",
        items=items,
        parts=parts,
    )
