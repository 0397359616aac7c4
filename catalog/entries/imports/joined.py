"""Several information items in the cells of one row, joined by a sign, as many are kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.entries.imports import vocabulary_values as words
from catalog.entries.imports.cells import Cell, Column
from catalog.entries.imports.normalise.readings import Reading, as_text, split_outside_brackets

_FEWEST = 3  # “省、市” may be one item, “省、市、县” are three


def names_in(text: str) -> list[str]:
    """The names that a text joins; one, where it is rather a single name.

    Signs that stand in no name part two already; those that may, only three.
    """
    for signs, fewest in ((words.ITEM_BARS, 2), (words.ITEM_COMMAS, _FEWEST)):
        parts = _parts(text, signs)
        if len(parts) >= fewest:
            return parts
    return [" ".join(text.split())]


def joined_items(
    cells: Sequence[Cell], given: Mapping[str, Any], *, name_column: str
) -> list[dict[str, Any]]:
    """The items of a row whose cell of names joins several; empty where it names one.

    What other columns say in as many parts belongs to the items in their order; what they say in
    one part, to each of them. Of anything else nobody knows whose it is.
    """
    names = names_in(as_text(given.get(name_column)))
    if len(names) == 1:
        return []
    items: list[dict[str, Any]] = [{"name": name} for name in names]
    for column, reading in cells:
        if column.source != name_column:
            said = _said(column, reading, given.get(column.source), count=len(items))
            for item, value in zip(items, said, strict=False):
                if value is not None:
                    item[column.key] = value
    return items


def _said(column: Column, reading: Reading, raw: Any, *, count: int) -> Sequence[Any]:
    """What one column says of each item, or nothing."""
    parts = _parts(as_text(raw), words.ITEM_BARS + words.ITEM_COMMAS, empty=True)
    if len(parts) == 1:
        return [reading.value] * count
    if len(parts) != count:
        return []
    return [column.target.read(part, column.source).value if part else None for part in parts]


def _parts(text: str, signs: str, *, empty: bool = False) -> list[str]:
    parts = [" ".join(part.split()) for part in split_outside_brackets(text, signs)]
    return parts if empty else [part for part in parts if part]
