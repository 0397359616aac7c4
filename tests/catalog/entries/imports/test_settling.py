"""What the cells of an entry mean together, and what is said of it once."""

from pathlib import Path
from typing import Any

import pytest

from catalog.entries.imports.forms import BLANK, MERGED, REPEATED, FormEntry, write_filled_form
from tests.catalog.entries.imports.files import Result, amended, read, write_json

RECORD = {"目录名称": "停车场", "提供部门": "济南市城市管理局"}


def read_records(folder: Path, *records: dict[str, Any]) -> Result:
    return read(write_json(folder / "a.json", [{**RECORD, **record} for record in records]))


def form(path: Path, kinds: list[str | None], layout: str = BLANK, **cells: Any) -> Result:
    """A form of one entry whose items state these share types, the first in the entry's row."""
    entry = FormEntry(
        {"title": "登记", "unit": "济南市公安局", **cells},
        (),
        [{"items.name": f"项{n}"} for n in range(len(kinds))],
    )
    write_filled_form(path, (), [entry], layout=layout, categories=False)
    with amended(path) as sheet:
        place = next(c.column for c in sheet[3] if "共享类型" in str(c.value))
        for number, kind in enumerate(kinds):
            if kind is not None:
                sheet.cell(4 + number, place).value = kind
    return read(path)


def test_an_entry_has_the_share_type_of_its_own_row(tmp_path: Path) -> None:
    kinds: list[str | None] = ["有条件共享", "不予共享", "无条件共享", "有条件共享"]
    result = form(tmp_path / "a.xlsx", kinds)
    document = result.document
    assert document["share_type"] == "conditional"
    assert [i.get("share_type") for i in document["items"]] == [
        None, "withheld", "unconditional", None,
    ]  # fmt: skip
    (problem,) = result.problems
    assert (problem.row, "项2" in str(problem.reason)) == (4, True)
    assert "不能发布" in str(problem.reason)


def test_stricter_items_are_nothing_to_report(tmp_path: Path) -> None:
    result = form(tmp_path / "a.xlsx", ["有条件共享", "不予共享"])
    assert result.problems == ()


def test_with_share_types_of_items_alone_the_strictest_counts_and_is_told(tmp_path: Path) -> None:
    result = form(tmp_path / "a.xlsx", [None, "不予共享", "有条件共享"])
    assert result.document["share_type"] == "withheld"
    said = [str(problem.reason) for problem in result.problems]
    assert ["最严的“不予共享”" in said[0], "项2" in said[1]] == [True, True]


@pytest.mark.parametrize("path", ["城乡建设、环境保护", "旅游/管理"])
def test_what_begins_with_no_class_is_no_category_but_a_topic(tmp_path: Path, path: str) -> None:
    result = read_records(tmp_path, *({"目录名称": f"表{n}", "目录分类": path} for n in range(3)))
    for document in result.documents:
        assert "category" not in document
        assert document["source_topics"] == path.split("/")
        assert document["themes"]
    (problem,) = result.problems
    assert (problem.row, problem.value, problem.column) == (1, path, "目录分类")


def test_a_category_of_the_guide_stays_one(tmp_path: Path) -> None:
    result = read_records(tmp_path, {"目录分类": "1.基础信息资源类/法人单位"})
    assert result.document["category"] == ["1.基础信息资源类", "法人单位"]
    assert result.problems == ()


def test_a_category_over_several_columns_is_judged_as_a_whole(tmp_path: Path) -> None:
    result = read_records(tmp_path, {"类": "主题信息资源", "项": "公共服务"}, {"类": "旅游"})
    assert result.documents[0]["category"] == ["主题信息资源", "公共服务"]
    assert result.documents[1]["source_topics"] == ["旅游"]


@pytest.mark.parametrize("layout", [MERGED, REPEATED, BLANK])
def test_what_is_wrong_in_a_cell_of_an_entry_is_said_once(tmp_path: Path, layout: str) -> None:
    result = form(tmp_path / "a.xlsx", ["共享"] * 3, layout, issued_on="昨天", update_cycle="随缘")
    assert sorted((p.row, p.value) for p in result.problems) == [
        (4, "共享"), (4, "昨天"), (4, "随缘"),
    ]  # fmt: skip
    assert "share_condition" not in result.document


def test_what_is_wrong_in_several_items_is_said_of_each(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    items = [{"items.name": n, "items.type": "怪"} for n in "甲乙"]
    entry = FormEntry({"title": "登记", "unit": "济南市公安局"}, (), items)
    write_filled_form(path, (), [entry], layout=MERGED, categories=False)
    assert [p.row for p in read(path).problems] == [4, 5]


def test_what_cannot_be_read_is_kept_as_it_was_said(tmp_path: Path) -> None:
    result = read_records(
        tmp_path,
        {
            "更新时间": "2023-02-30",
            "发布时间": "昨天",
            "安全级别": "一般",
            "共享类型": "是",
            "数据量": "很多",
            "基础信息分类": "人、鬼",
            "信息项名称": "甲",
            "是否敏感": "也许",
        },
    )
    assert dict(result.drafts[0].kept) == {
        "data_updated_at": "2023-02-30",
        "issued_on": "昨天",
        "security_level": "一般",
        "share_type": "是",
        "resources.rows": "很多",
        "subjects": "人、鬼",
        "items.sensitive": "也许",
    }
    assert not any("已原样保留" in str(problem.reason) for problem in result.problems)


def test_rows_of_one_entry_keep_what_each_said(tmp_path: Path) -> None:
    result = read_records(
        tmp_path, {"数据格式": "xls", "安全级别": "一般"}, {"数据格式": "csv", "数据量": "很多"},
        {"数据格式": "pdf"},
    )  # fmt: skip
    (draft,) = result.drafts
    assert dict(draft.kept) == {"security_level": "一般", "resources.rows": "很多"}


@pytest.mark.parametrize(
    ("created", "issued", "dates"),
    [
        ("2022-12-14", "2023-06-13", ("2022-12-14", "2023-06-13")),
        ("2023-06-13", "2022-12-14", ("2022-12-14", None)),
        ("2023-06-13", "2023-06-13", ("2023-06-13", None)),
        ("", "2023-06-13", ("2023-06-13", None)),
        ("2023-06-13", "", ("2023-06-13", None)),
    ],
)
def test_an_issue_after_the_creation_is_an_update(
    tmp_path: Path, created: str, issued: str, dates: tuple[str, str | None]
) -> None:
    other = {"目录名称": "乙", "创建日期": "2020-01-01", "发布日期": "2020-01-01"}
    row = {"创建日期": created, "发布日期": issued, "数据格式": "xls"}
    document = read_records(tmp_path, row, other).documents[0]
    assert (document["issued_on"], document.get("data_updated_at")) == dates
    assert document["resources"][0].get("updated_at") == dates[1]
