"""Reads CSV and its relatives: commas, tabs, semicolons or bars."""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from catalog.entries.imports.readers.grid import Grid, RawRow
from catalog.entries.imports.readers.source import Limits, clean
from portal.kernel.errors import Invalid
from portal.kernel.text import _

_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_CHARACTERS = 64 * 1024


def delimiter_of(path: Path, encoding: str) -> str:
    """The sign that parts the head of the file into rows of one width."""
    with path.open(encoding=encoding, newline="") as stream:
        sample = stream.read(_SAMPLE_CHARACTERS)
    return max(_DELIMITERS, key=lambda sign: _evenness(sample, sign))


def _evenness(sample: str, sign: str) -> tuple[int, int]:
    """How many rows share the commonest width, and that width; one column counts nothing."""
    lines = sample.splitlines(keepends=True)
    if len(sample) >= _SAMPLE_CHARACTERS:
        lines = lines[:-1]
    try:
        widths = Counter(len(row) for row in islice(csv.reader(lines, delimiter=sign), 200) if row)
    except csv.Error:
        return 0, 0
    wide = [(count, width) for width, count in widths.items() if width > 1]
    return max(wide, default=(0, 0))


def delimited_grid(path: Path, encoding: str, delimiter: str, limits: Limits) -> Grid:
    """The rows of the file; a record over several lines counts as one row."""
    csv.field_size_limit(limits.cell_characters)
    return Grid(rows=lambda: _rows(path, encoding, delimiter, limits), same_width=True)


def _rows(path: Path, encoding: str, delimiter: str, limits: Limits) -> Iterator[RawRow]:
    with path.open(encoding=encoding, newline="") as stream:
        reader = csv.reader(map(clean, stream), delimiter=delimiter)
        number = 0
        line = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _unreadable(line, error, limits) from error
            number += 1
            line = reader.line_num + 1
            if len(cells) > limits.columns:
                raise _too_wide(line - 1, len(cells), limits.columns)
            yield number, list(cells)


def _too_wide(line: int, columns: int, most: int) -> Invalid:
    return Invalid(
        _(
            "第 %(row)s 行有 %(columns)s 列，最多 %(most)s 列。"
            "请检查分隔符和引号，或删去多余的列后再导入。",
            row=line,
            columns=columns,
            most=most,
        )
    )


def _unreadable(line: int, error: csv.Error, limits: Limits) -> Invalid:
    if "field larger" in str(error):
        return Invalid(
            _(
                "从第 %(line)s 行起有一个单元格超过 %(most)s 个字。"
                "请检查它的引号是否配对，或把内容改短，再重新导入。",
                line=line,
                most=f"{limits.cell_characters:,}",
            )
        )
    return Invalid(
        _(
            "从第 %(line)s 行起无法分列，多半是一个引号没有配对。"
            "请检查这一行的引号，改正后重新导入。",
            line=line,
        )
    )
