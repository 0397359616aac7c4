"""What every reader gives: columns, rows with the numbers that people see, and notes."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from portal.kernel.errors import Invalid
from portal.kernel.text import Text, _

MEGABYTE = 1024 * 1024
# signs that nobody sees and that databases and XML refuse, and halves of signs
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """A text without control signs and halves of signs."""
    return _UNSEEN.sub("", text)


class Formula(str):
    """The text of a formula; it is never computed."""

    __slots__ = ()


def cleaned(value: Any) -> Any:
    """A value without signs that came in by their numbers and cannot be kept."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [cleaned(inner) for inner in value]
    if isinstance(value, dict):
        return {clean(key): cleaned(inner) for key, inner in value.items()}
    return value


MOST_COLUMNS = 1_000  # the widest form of the field has fifty-three


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be before it is opened."""

    workbook_bytes: int = 50 * MEGABYTE
    text_bytes: int = 1024 * MEGABYTE
    unpacked_bytes: int = 800 * MEGABYTE
    unpacked_ratio: int = 200
    cell_characters: int = 1_000_000
    columns: int = MOST_COLUMNS


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in this file, and the label of the group above it."""

    name: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not empty; `fault` says why its cells cannot be trusted."""

    number: int
    cells: dict[str, Any]
    fault: Text | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file; `rows()` may be called again and starts anew.

    `active`: a workbook with macros or links to other files, never to be handed on.
    """

    kind: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[Row]]
    encoding: str = ""
    sheet: str = ""
    header_row: int = 0
    delimiter: str = ""
    active: bool = False
    notes: tuple[Text, ...] = ()

    def names(self) -> tuple[str, ...]:
        """The names of all columns, in the order of the file."""
        return tuple(column.name for column in self.columns)


def unhurried() -> None:
    """Nobody wants the reading to stop."""


def too_wide(row: int, columns: int) -> Invalid:
    """The refusal of a row that no form of a catalog has."""
    return Invalid(
        _(
            "第 %(row)s 行有 %(columns)s 列，最多 %(most)s 列。请删去多余的列后再导入。",
            row=row,
            columns=columns,
            most=MOST_COLUMNS,
        )
    )
