"""The first rows of a file: what its columns look like, and how its items stand in them."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from catalog.entries.imports import secrecy, vocabulary
from catalog.entries.imports.mapping import ColumnMapping
from catalog.entries.imports.normalise.readings import as_text
from catalog.entries.imports.normalise.resources import SEVERAL_NAMES, names_in
from catalog.entries.imports.readers.source import Source

_ROWS, _LONGEST = 500, 2000
_LONGEST_COUNT = 10
_SHOWN, _SHOWN_LENGTH = 3, 60
_RARE = 20  # one row in so many may be a slip
_OWNER = ("title", "unit", "unit_code", "region_code")

Cells = Mapping[str, Any]


def sample_of(source: Source) -> list[Cells]:
    """The first rows; those with a fault, and those that are secret by any cell, are left out."""
    return [
        {name: _beginning(value) for name, value in row.cells.items()}
        for row in islice(source.rows(), _ROWS)
        if row.fault is None and not secrecy.refusal(row.cells, ())
    ]


def _beginning(value: Any) -> Any:
    """The beginning of a value tells what it looks like."""
    return value[:_LONGEST] if isinstance(value, str) else value


def by_column(rows: Sequence[Cells]) -> dict[str, list[Any]]:
    """The values of each column."""
    found: dict[str, list[Any]] = {}
    for cells in rows:
        for name, value in cells.items():
            found.setdefault(name, []).append(value)
    return found


def fewest_joined(rows: Sequence[Cells], mappings: Sequence[ColumnMapping]) -> int:
    """From how many parts on a cell of item names is a list of them; 0 where it never is.

    Where items have rows of their own a sign belongs to the name. Else two parts make a list when
    most cells of the column are lists, and three when it is seldom one: “省、市” may be one item.
    """
    name = next((m.source for m in mappings if m.field == "items.name"), "")
    said = [text for cells in rows if (text := as_text(cells.get(name)))]
    if not said or _own_rows(rows, mappings, name) * _RARE >= len(rows):
        return 0 if said else SEVERAL_NAMES
    lists = sum(1 for text in said if len(names_in(text, 2)) > 1)
    return 2 if lists * 2 >= len(said) else SEVERAL_NAMES


def _own_rows(rows: Sequence[Cells], mappings: Sequence[ColumnMapping], name: str) -> int:
    """How many rows go on with the entry above by another item."""
    owner = [m.source for m in mappings if m.field in _OWNER]
    title = next((m.source for m in mappings if m.field == "title"), "")
    count, above, last = 0, [""], ""
    for cells in rows:
        item, mark = as_text(cells.get(name)), [as_text(cells.get(source)) for source in owner]
        if vocabulary.is_blank(as_text(cells.get(title))):
            count += bool(item)
            continue
        lists = min(len(names_in(text, SEVERAL_NAMES)) for text in (item, last))
        count += mark == above and bool(item) and item != last and lists == 1
        above, last = mark, item
    return count


def shown_values(rows: Sequence[Cells], mappings: Sequence[ColumnMapping]) -> dict[str, list[str]]:
    """Some values of each column, for people to see what it holds; none of rows marked secret."""
    marks = [m.source for m in mappings if m.field in ("secret", "items.secret")]
    title = next((m.source for m in mappings if m.field == "title"), "")
    found: dict[str, list[str]] = {}
    for cells in rows:
        if secrecy.refusal(cells, marks) or not as_text(cells.get(title)):
            continue  # rows without a title may belong to an entry that is secret
        for name, value in cells.items():
            values = found.setdefault(name, [])
            text = " ".join(as_text(value)[:_LONGEST].split())[:_SHOWN_LENGTH]
            if len(values) < _SHOWN and text and text not in values:
                values.append(text)
    return found


def counts_rows(values: Sequence[Any]) -> bool:
    """Whether a column merely numbers the rows, from nought or one."""
    texts = [str(value) for value in values]
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) < _LONGEST_COUNT]
    if len(values) < 2 or not numbers or numbers[0] not in (0, 1):  # noqa: PLR2004
        return False
    return numbers == list(range(numbers[0], numbers[0] + len(values)))
