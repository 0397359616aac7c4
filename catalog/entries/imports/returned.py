"""The problem report as the sent file with a column of reasons, to be mended and sent again."""

import csv
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.entries.imports.amending import ByRow, amend_workbook, still_computes
from catalog.entries.imports.drafts import Problem
from catalog.entries.imports.normalise.readings import as_text
from catalog.entries.imports.readers.source import Row, Source
from catalog.entries.imports.report import harmless, reasons_by_row
from portal.kernel.text import _

_MOST_CHARACTERS = 30_000
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)

Problems = Callable[[], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Sent:
    """The file that came, how it was read, and the rows whose cells may not be written.

    `folder` is for what is needed only while the report is written.
    """

    path: Path
    source: Source
    folder: Path
    secret_rows: frozenset[int] = frozenset()


def suffix_of(source: Source) -> str:
    """What the returned file will be: `.csv` for a sent CSV, else a workbook."""
    return ".csv" if source.kind == "csv" else ".xlsx"


def write_returned(sent: Sent, problems: Problems, target: Path) -> None:
    """Writes the sent rows with a column of reasons.

    `problems` gives them in the order of the rows, anew each time: there may be more than memory
    should hold. A workbook keeps its form, lists and styles; one with macros or outside links,
    and one with secret rows, is written anew without them.
    """
    reasons = reasons_by_row(problems())
    if target.suffix.lower() == ".csv":
        _write_delimited(sent, reasons, target)
    elif sent.source.kind == "xlsx" and not sent.source.active and not sent.secret_rows:
        again = ByRow(lambda: reasons_by_row(problems()))
        if not _amended(sent, again, target):
            _write_anew(sent, reasons, target)
    else:
        _write_anew(sent, reasons, target)


def _amended(sent: Sent, reasons: ByRow, target: Path) -> bool:
    """Whether the workbook as it was sent could be given its column of reasons."""
    try:
        amend_workbook(sent.path, sent.source, reasons, target=target, label=_label())
        return not still_computes(target)  # packed in a way that we do not follow
    except _BROKEN:  # in a part that was not needed for reading
        return False


def _label() -> str:
    return str(_("导入问题"))


def _rows_with_reasons(sent: Sent, reasons: Iterator[tuple[int, str]]) -> Iterator[tuple[Row, str]]:
    """Each row and its reasons; a row refused as secret comes without its cells."""
    waiting = next(reasons, None)
    for row in sent.source.rows():
        while waiting and waiting[0] < row.number:
            waiting = next(reasons, None)
        yield row, waiting[1] if waiting and waiting[0] == row.number else ""


def _shown_cells(row: Row, names: Iterable[str], secret_rows: frozenset[int]) -> list[str]:
    cells: Mapping[str, Any] = {} if row.number in secret_rows else row.cells
    return [harmless(as_text(cells.get(name))) for name in names]


def _write_delimited(sent: Sent, reasons: Iterator[tuple[int, str]], target: Path) -> None:
    """As it was parted, in UTF-8 with its mark, which every spreadsheet program opens."""
    names = [name for name in sent.source.names() if name != _label()]
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=sent.source.delimiter or ",")
        writer.writerow([*(harmless(name) for name in names), _label()])
        for row, reason in _rows_with_reasons(sent, reasons):
            writer.writerow([*_shown_cells(row, names, sent.secret_rows), harmless(reason)])


def _write_anew(sent: Sent, reasons: Iterator[tuple[int, str]], target: Path) -> None:
    import xlsxwriter  # noqa: PLC0415  start-up time

    names = [name for name in sent.source.names() if name != _label()]
    options = {
        "constant_memory": True,
        "tmpdir": str(sent.folder),
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(str(target), options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for place, name in enumerate([*names, _label()]):
            sheet.write_string(0, place, harmless(name), bold)
        for line, (row, reason) in enumerate(_rows_with_reasons(sent, reasons), start=1):
            for place, text in enumerate(
                [*_shown_cells(row, names, sent.secret_rows), harmless(reason)]
            ):
                if text:
                    sheet.write_string(line, place, text[:_MOST_CHARACTERS])
