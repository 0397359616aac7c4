"""Small files in the shapes that departments send, good and bad."""

import csv
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from catalog.entries.imports.drafts import Problem, RecordDraft
from catalog.entries.imports.reading import Options, Reading, read_file
from catalog.entries.imports.report import Counts, counts_of, report_of
from catalog.entries.imports.report import write_json as write_report

HEADER = ("目录名称", "提供部门", "更新频率", "开放类型", "数据格式")
ROW = ("停车场信息", "济南市城市管理局", "每月", "无条件开放", "xls")


@dataclass(frozen=True)
class Result:
    """What a reading gave, kept after its scratch file is gone."""

    counts: Counts
    drafts: tuple[RecordDraft, ...]
    problems: tuple[Problem, ...]
    fields: Mapping[str, str | None]
    unmapped: tuple[str, ...]
    values: Mapping[str, Mapping[str, Any]]
    notes: tuple[str, ...]
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def documents(self) -> list[Mapping[str, Any]]:
        return [draft.document for draft in self.drafts]

    @property
    def document(self) -> Mapping[str, Any]:
        (draft,) = self.drafts
        return draft.document

    def reasons(self, row: int) -> list[str]:
        return [str(problem.reason) for problem in self.problems if problem.row == row]


def whole_report(reading: Reading, counts: Counts) -> dict[str, Any]:
    """The report as `--json` prints it."""
    printed = StringIO()
    write_report(printed, report_of(reading, counts), reading.problems())
    report: dict[str, Any] = json.loads(printed.getvalue())
    return report


def read(path: Path, **options: Any) -> Result:
    with read_file(path, Options(**options)) as reading:
        counts = counts_of(reading)
        return Result(
            counts=counts,
            drafts=tuple(reading.drafts()),
            problems=tuple(reading.problems()),
            fields={m.source: m.field for m in reading.mappings},
            unmapped=reading.unmapped,
            values=reading.values,
            notes=tuple(map(str, reading.notes)),
            report=whole_report(reading, counts),
        )


def write_csv(
    path: Path, rows: Sequence[Sequence[Any]], *, encoding: str = "utf-8", sign: str = ","
) -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=sign).writerows(rows)
    return path


def write_json(path: Path, value: Any, *, encoding: str = "utf-8") -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding=encoding)
    return path


def write_workbook(path: Path, rows: Sequence[Sequence[Any]], name: str = "Sheet1") -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


@contextmanager
def amended(path: Path) -> Iterator[Any]:
    """The first sheet of a workbook, saved at the end of the block."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    yield book.worksheets[0]
    book.save(path)


def write_package(path: Path, parts: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path
