"""Items that one row joins by a sign: each becomes an item, with what the other columns say of it."""

from pathlib import Path
from typing import Any

import pytest

from catalog.entries.imports.normalise.resources import names_in
from tests.catalog.entries.imports.files import read, write_csv

UNIT = {"提供部门": "济南市城市管理局"}


def documents(folder: Path, *rows: dict[str, Any]) -> list[Any]:
    names = list(dict.fromkeys(name for row in rows for name in {**UNIT, **row}))
    cells = [[{**UNIT, **row}.get(name, "") for name in names] for row in rows]
    return read(write_csv(folder / "a.csv", [names, *cells])).documents


NAMES = ("企业名称", "统一社会信用代码", "地址")


@pytest.mark.parametrize(
    "sign", ["、", "，", ",", ";", "；", "|", "丨", "/", "／", "·", "\n", "\t"]
)
def test_three_names_are_three_items_by_any_sign(sign: str) -> None:
    assert names_in(sign.join(NAMES)) == list(NAMES)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("企业名称", ["企业名称"]),
        ("省、市", ["省、市"]),
        ("进/出口", ["进/出口"]),
        ("省|市", ["省", "市"]),
        ("地址（省、市、县）", ["地址（省、市、县）"]),
        ("甲、、乙、丙", ["甲", "乙", "丙"]),
    ],
)
def test_a_name_with_a_sign_in_it_may_be_one(text: str, names: list[str]) -> None:
    assert names_in(text) == names


@pytest.mark.parametrize("label", ["信息项名称", "数据项名称", "字段名称", "字段", "信息资源项"])
def test_the_usual_columns_of_names_are_split(tmp_path: Path, label: str) -> None:
    (document,) = documents(tmp_path, {"目录名称": "企业", label: "、".join(NAMES)})
    assert [item["name"] for item in document["items"]] == list(NAMES)


def test_types_and_lengths_belong_to_the_items_in_their_order(tmp_path: Path) -> None:
    row = {
        "目录名称": "企业",
        "信息项名称": "甲|乙|丙",
        "数据类型": "字符型C|数值型|日期",
        "数据长度": "20|10|",
        "是否主键": "否",
    }
    (document,) = documents(tmp_path, row)
    assert [(i["name"], i["type"], i.get("length"), i["key"]) for i in document["items"]] == [
        ("甲", "string", "20", False),
        ("乙", "number", "10", False),
        ("丙", "date", None, False),
    ]


def test_one_item_a_row_stays_one_whatever_signs_its_name_has(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"目录名称": "企业", "信息项名称": "企业名称"},
        {"目录名称": "", "提供部门": "", "信息项名称": "省、市、县"},
    ]
    (document,) = documents(tmp_path, *rows)
    assert [item["name"] for item in document["items"]] == ["企业名称", "省、市、县"]


@pytest.mark.parametrize("layout", ["repeated", "blank"])
def test_where_items_have_rows_of_their_own_the_first_is_not_split_either(
    tmp_path: Path, layout: str
) -> None:
    title = "企业" if layout == "repeated" else ""
    rows: list[dict[str, Any]] = [
        {"目录名称": "企业", "信息项名称": "省、市、县"},
        {
            "目录名称": title,
            "提供部门": UNIT["提供部门"] if title else "",
            "信息项名称": "企业名称",
        },
        {"目录名称": title, "提供部门": UNIT["提供部门"] if title else "", "信息项名称": "甲|乙"},
    ]
    (document,) = documents(tmp_path, *rows)
    assert [item["name"] for item in document["items"]] == ["省、市、县", "企业名称", "甲|乙"]


def test_two_names_are_two_items_where_the_column_holds_lists(tmp_path: Path) -> None:
    rows = [
        {"目录名称": "一", "信息项名称": "企业名称、地址"},
        {"目录名称": "二", "信息项名称": "姓名、住址、电话"},
        {"目录名称": "三", "信息项名称": "总数"},
    ]
    found = documents(tmp_path, *rows)
    assert [len(document["items"]) for document in found] == [2, 3, 1]


def test_what_does_not_match_the_items_is_reported_and_kept(tmp_path: Path) -> None:
    header = ["目录名称", "提供部门", "信息项名称", "数据类型", "字段英文名"]
    row = ["企业", "某局", "甲、乙、丙", "字符型C、数值型", "a"]
    result = read(write_csv(tmp_path / "a.csv", [header, row]))
    assert result.document["items"] == [{"name": name} for name in ("甲", "乙", "丙")]
    assert [(p.column, "对不上" in str(p.reason)) for p in result.problems] == [
        ("数据类型", True),
        ("字段英文名", True),
    ]
    assert result.drafts[0].kept == {"items.type": "字符型C、数值型", "items.field": "a"}


def test_one_wrong_part_is_told_by_itself_and_the_right_ones_are_not(tmp_path: Path) -> None:
    header = ["目录名称", "提供部门", "信息项名称", "数据类型"]
    row = ["企业", "某局", "甲|乙|丙", "字符型C|怪|日期"]
    result = read(write_csv(tmp_path / "a.csv", [header, row]))
    assert [p.value for p in result.problems] == ["怪"]
    assert result.values["items.type"] == {"字符型C": "string", "怪": "other", "日期": "date"}


def test_entries_of_one_title_one_after_another_are_no_rows_of_items(tmp_path: Path) -> None:
    rows = [
        {"目录名称": "一", "摘要": "甲", "信息项名称": "企业名称、地址、电话"},
        {"目录名称": "一", "摘要": "乙", "信息项名称": "姓名、住址、电话"},
    ]
    assert [len(document["items"]) for document in documents(tmp_path, *rows)] == [3, 3]
