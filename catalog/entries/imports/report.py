"""The report of a reading: as JSON, as rows of problems, as CSV."""

import csv
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import IO, Any

from catalog.entries.imports.drafts import Problem
from catalog.entries.imports.reading import Reading
from portal.kernel.text import _

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ROWS_AT_ONCE = 500
_NUMBER = re.compile(r"[+-]?[\d.,]+%?")


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows: read = new + changed + unchanged + merged + refused."""

    read: int
    new: int
    changed: int
    unchanged: int
    merged: int
    refused: int

    def __post_init__(self) -> None:
        parts = self.new + self.changed + self.unchanged + self.merged + self.refused
        if parts != self.read:
            raise ValueError(f"rows unaccounted for: {self}")

    def as_dict(self) -> dict[str, int]:
        """The counts by name."""
        return {name: getattr(self, name) for name in Counts.__slots__}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries of the file whose unit nobody has confirmed yet, and how many such units there are.

    A preview counts the entries as what they become when the units are entered as new ones; an
    import refuses them.
    """

    units: int = 0
    records: int = 0

    def as_dict(self) -> dict[str, int]:
        """The two numbers by name."""
        return {"units": self.units, "records": self.records}


def counts_of(
    reading: Reading, *, changed: int = 0, unchanged: int = 0, refused: int = 0
) -> Counts:
    """The counts of a reading; `refused` are drafts refused beyond the file's own rows.

    Without the three figures every draft counts as new.
    """
    return Counts(
        read=reading.read,
        new=reading.drafts_count - changed - unchanged - refused,
        changed=changed,
        unchanged=unchanged,
        merged=reading.merged,
        refused=reading.refused + refused,
    )


def report_of(reading: Reading, counts: Counts, waiting: Waiting | None = None) -> dict[str, Any]:
    """The report of a file without its problems, of which there may be more than rows."""
    return {
        "columns": [
            {"source": m.source, "field": m.field, "confidence": m.confidence}
            for m in reading.mappings
            if m.field
        ],
        "unmapped": list(reading.unmapped),
        "records": counts.as_dict(),
        "values": reading.values,
        "waiting": (waiting or Waiting()).as_dict(),
    }


def problem_row(problem: Problem) -> dict[str, Any]:
    """One problem, its reason in the language of the moment."""
    return {
        "row": problem.row,
        "column": problem.column or None,
        "value": problem.value or None,
        "reason": str(problem.reason),
    }


def write_json(stream: IO[str], report: Mapping[str, Any], problems: Iterable[Problem]) -> None:
    """Writes the report, readable for people too, and the problems as they come."""
    head = json.dumps(report, ensure_ascii=False, indent=1)
    stream.write(head[: -len("\n}")] + ',\n "problems": [')
    sign = "\n  "
    for problem in problems:
        stream.write(sign + json.dumps(problem_row(problem), ensure_ascii=False))
        sign = ",\n  "
    stream.write("\n ]\n}\n")


def harmless(text: str) -> str:
    """A text that a spreadsheet will not take for a formula; numbers stay as they are."""
    begins = unicodedata.normalize("NFKC", text[:1])  # full-width signs count in some programs
    if begins and begins in _STARTS_FORMULA and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def csv_pieces(problems: Iterable[Problem]) -> Iterator[bytes]:
    """The problems as CSV in UTF-8 with its mark, some at a time: there may be very many."""
    head = [str(_("行")), str(_("列")), str(_("值")), str(_("原因"))]
    yield "\ufeff".encode() + _csv([head])
    rest = iter(problems)
    while piece := list(islice(rest, _ROWS_AT_ONCE)):
        yield _csv(
            [p.row, *(harmless(cell) for cell in (p.column, p.value, str(p.reason)))] for p in piece
        )


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def reasons_by_row(problems: Iterable[Problem]) -> Iterator[tuple[int, str]]:
    """Row and all its reasons as one text, for problems in the order of the rows."""
    row: int | None = None
    reasons: dict[str, None] = {}
    for problem in problems:
        if problem.row != row:
            if row is not None:
                yield row, "\n".join(reasons)
            row, reasons = problem.row, {}
        said = str(problem.reason)
        reasons[f"{problem.column}：{said}" if problem.column else said] = None
    if row is not None:
        yield row, "\n".join(reasons)
