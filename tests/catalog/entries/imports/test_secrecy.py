"""Nothing of a secret row or item is found anywhere but its row number (CAT-16)."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.entries.imports.forms import BLANK, MERGED, FormEntry, write_filled_form
from catalog.entries.imports.jobs import examine_batch, run_batch
from catalog.entries.imports.reading import NoTitle, read_file
from catalog.entries.imports.report import counts_of
from catalog.entries.imports.returned import Sent, suffix_of, write_returned
from portal.kernel.db import Base
from portal.kernel.errors import Invalid
from tests.catalog.entries.imports.files import (
    HEADER,
    ROW,
    amended,
    read,
    whole_report,
    write_csv,
    write_workbook,
)
from tests.catalog.entries.imports.office import Context, Office

WORD = "绝不外传的内容"


def everything_written(path: Path, tmp_path: Path) -> str:
    """All that any report says of a file, as one text."""
    with read_file(path) as reading:
        said = json.dumps(whole_report(reading, counts_of(reading)), ensure_ascii=False)
        said += repr(list(reading.drafts()))
        sent = Sent(path, reading.source, reading.folder, reading.secret_rows())
        target = tmp_path / f"back{suffix_of(sent.source)}"
        write_returned(sent, reading.problems, target)
    return said + _text_of(target)


def _text_of(path: Path) -> str:
    import zipfile

    if path.suffix == ".csv":
        return path.read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(path) as package:
        return "".join(package.read(n).decode("utf-8", "replace") for n in package.namelist())


@pytest.mark.parametrize("mark", ["是", "1", "涉密", "秘密", "机密★10年", "绝密级", "待核定"])
def test_a_marked_row_is_refused_and_leaves_only_its_number(tmp_path: Path, mark: str) -> None:
    rows = [
        (*HEADER, "是否涉密"),
        (*ROW, "否"),
        (WORD, WORD, WORD, WORD, WORD, mark),
        ("公厕信息", *ROW[1:], ""),
    ]
    path = write_csv(tmp_path / "a.csv", rows)
    result = read(path)
    assert (result.counts.new, result.counts.refused) == (2, 1)
    (problem,) = [p for p in result.problems if p.refused]
    assert (problem.row, problem.column, problem.value) == (3, "", "")
    assert WORD not in everything_written(path, tmp_path)


@pytest.mark.parametrize("mark", ["否", "非涉密", "不涉密", "0", "无", ""])
def test_a_row_marked_as_not_secret_is_taken(tmp_path: Path, mark: str) -> None:
    path = write_csv(tmp_path / "a.csv", [(*HEADER, "涉密标识"), (*ROW, mark)])
    assert read(path).counts.new == 1


def test_a_mark_in_any_column_counts_and_a_title_about_secrets_does_not(tmp_path: Path) -> None:
    rows = [
        (*HEADER, "备注"),
        (WORD, *ROW[1:], "涉密"),
        ("涉密载体销毁企业名录", *ROW[1:], "正常"),
    ]
    path = write_workbook(tmp_path / "a.xlsx", rows)
    assert [d["title"] for d in read(path).documents] == ["涉密载体销毁企业名录"]
    assert WORD not in everything_written(path, tmp_path)


def form(path: Path, layout: str, items: list[dict[str, Any]], entry_mark: str = "") -> Path:
    import openpyxl

    entry = FormEntry({"title": "登记信息", "unit": "济南市公安局"}, (), items)
    write_filled_form(path, (), [entry], layout=layout, categories=False)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    place = sheet.max_column + 1
    label = "是否涉密" if entry_mark else "信息项是否涉密"
    sheet.cell(3, place).value = label
    for offset, item in enumerate(items):
        sheet.cell(4 + offset, place).value = item.get("mark")
    if entry_mark:
        sheet.cell(4, place).value = entry_mark
    book.save(path)
    return path


@pytest.mark.parametrize("layout", [MERGED, BLANK])
def test_a_marked_item_is_left_out_of_its_entry(tmp_path: Path, layout: str) -> None:
    items = [
        {"items.name": "姓名", "items.type": "字符串型C", "mark": "否"},
        {"items.name": WORD, "items.type": WORD, "mark": "是"},
        {"items.name": "住址", "items.type": "字符串型C", "mark": "否"},
    ]
    path = form(tmp_path / "a.xlsx", layout, items)
    result = read(path)
    assert [item["name"] for item in result.document["items"]] == ["姓名", "住址"]
    assert (result.counts.read, result.counts.merged, result.counts.refused) == (3, 1, 1)
    assert WORD not in everything_written(path, tmp_path)


def test_an_entry_whose_items_are_all_marked_is_refused(tmp_path: Path) -> None:
    items = [{"items.name": WORD, "mark": "是"}, {"items.name": WORD, "mark": "是"}]
    path = form(tmp_path / "a.xlsx", BLANK, items)
    result = read(path)
    assert (result.counts.read, result.counts.new, result.counts.refused) == (2, 0, 2)
    assert "登记信息" not in everything_written(path, tmp_path)


def test_rows_below_a_marked_entry_are_refused_with_it(tmp_path: Path) -> None:
    items = [{"items.name": "甲"}, {"items.name": WORD}, {"items.name": WORD}]
    path = form(tmp_path / "a.xlsx", BLANK, items, entry_mark="是")
    assert read(path).counts.refused == 3
    assert WORD not in everything_written(path, tmp_path)


def test_a_marked_object_among_the_items_of_a_record_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    items = [{"name": "姓名"}, {"name": WORD, "是否涉密": "是"}]
    path.write_text(json.dumps([{"title": "甲", "unit": "乙局", "items": items}]), encoding="utf-8")
    assert [item["name"] for item in read(path).document["items"]] == ["姓名"]
    assert WORD not in everything_written(path, tmp_path)


def test_of_an_entry_whose_items_are_all_marked_no_other_problem_is_told(tmp_path: Path) -> None:
    items = [{"items.name": "甲", "mark": "是"}]
    path = form(tmp_path / "a.xlsx", BLANK, items)
    with amended(path) as sheet:
        labels = (cell for row in sheet.iter_rows(max_row=3) for cell in row)
        place = next(c.column for c in labels if "更新周期" in str(c.value))
        sheet.cell(4, place).value = WORD
    assert WORD not in json.dumps(
        [(p.row, p.value, str(p.reason)) for p in read(path).problems], ensure_ascii=False
    )


def kept(office: Office) -> bytes:
    """All that the portal keeps of any file."""
    folder = office.runtime.settings.file_folder
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def everywhere(office: Office) -> str:
    """All that any table says."""
    with office.reading() as session:
        return "".join(repr(session.execute(t.select()).all()) for t in Base.metadata.sorted_tables)


@pytest.mark.parametrize(
    "rows",
    [
        [("0001", WORD, "机密"), ("0002", WORD, "公开")],
        [("0001", "公开的", "公开"), ("0002", WORD, "机密")],
    ],
    ids=["first row", "second row"],
)
@pytest.mark.parametrize("job", [examine_batch, run_batch])
def test_a_file_without_header_leaves_nothing_of_a_marked_row(
    office: Office, job: Any, rows: list[tuple[str, ...]]
) -> None:
    batch_id = office.send(write_csv(office.folder / "a.csv", rows))
    with pytest.raises(Invalid) as caught:
        job(Context(office.runtime, batch_id))
    assert WORD not in str(caught.value)
    assert WORD.encode() not in kept(office)
    assert WORD not in everywhere(office)
    assert office.batch(batch_id).file_id is None


def test_a_file_without_header_that_holds_nothing_marked_waits_for_its_columns(
    office: Office,
) -> None:
    path = write_csv(office.folder / "a.csv", [("1", "22", "甲"), ("5", "22", "乙")])
    batch_id = office.send(path)
    with pytest.raises(NoTitle):
        examine_batch(Context(office.runtime, batch_id))
    batch = office.batch(batch_id)
    assert (batch.file_id is None, batch.columns) == (False, ["1", "22", "甲"])


def test_a_file_that_breaks_off_below_a_marked_row_is_not_kept(office: Office) -> None:
    path = office.folder / "a.json"
    whole = json.dumps([{"目录名称": WORD, "是否涉密": "是"}], ensure_ascii=False)
    path.write_text(f"{whole[:-1]}, {{broken", encoding="utf-8")
    batch_id = office.send(path)
    with pytest.raises(Invalid):
        examine_batch(Context(office.runtime, batch_id))
    assert WORD.encode() not in kept(office)


def test_the_same_file_sent_twice_leaves_nothing(office: Office) -> None:
    row = {"目录名称": WORD, "提供部门": "济南市教育局", "是否涉密": "是"}
    path = office.folder / "a.json"
    path.write_text(json.dumps([row], ensure_ascii=False), encoding="utf-8")
    for batch_id in [office.send(path), office.send(path)]:
        examine_batch(Context(office.runtime, batch_id))
    assert WORD.encode() not in kept(office)


def test_the_values_that_a_page_shows_are_of_no_secret_row(tmp_path: Path) -> None:
    rows = [
        (*HEADER, "是否涉密"),
        (*ROW, "否"),
        (WORD, WORD, WORD, WORD, WORD, "是"),
        ("", WORD, WORD, WORD, WORD, ""),
    ]
    with read_file(write_csv(tmp_path / "a.csv", rows)) as reading:
        assert reading.shown["目录名称"] == [ROW[0]]
        assert WORD not in repr(reading.shown)
