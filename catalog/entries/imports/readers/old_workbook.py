"""Reads the binary workbooks of old office programs (.xls, .et)."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.entries.imports.readers.grid import Grid, RawRow, pack_merge
from catalog.entries.imports.readers.package import encrypted
from catalog.entries.imports.readers.source import clean
from portal.kernel.errors import Invalid
from portal.kernel.text import _

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook


class OldWorkbook:
    """An open .xls; the whole sheet is in memory, which the format itself bounds."""

    def __init__(self, path: Path) -> None:
        import python_calamine

        content = BytesIO(path.read_bytes())  # a path would be judged by its ending
        try:
            self._book: CalamineWorkbook = python_calamine.CalamineWorkbook.from_filelike(content)
        except python_calamine.PasswordError as error:
            raise encrypted() from error
        except python_calamine.CalamineError as error:
            raise Invalid(
                _("这个旧版工作簿（.xls）无法打开，可能已损坏。请另存为 .xlsx 后再导入。")
            ) from error

    def sheet_names(self) -> list[str]:
        """The names of all sheets in their order."""
        return list(self._book.sheet_names)

    def grid(self, name: str) -> Grid:
        """The cells of one sheet."""
        sheet = self._book.get_sheet_by_name(name)
        merges = [
            pack_merge(first[0] + 1, last[0] + 1, first[1], last[1])
            for first, last in sheet.merged_cell_ranges or ()
        ]
        return Grid(rows=lambda: _rows(sheet), merges=merges)

    def close(self) -> None:
        """Gives the file back."""
        self._book.close()


def _rows(sheet: "CalamineSheet") -> Iterator[RawRow]:
    left = sheet.start[1] if sheet.start else 0
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        yield number, [None] * left + [_plain(cell) for cell in cells]


def _plain(cell: Any) -> Any:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004
        return int(cell)
    if isinstance(cell, str):
        return clean(cell) or None
    return cell
