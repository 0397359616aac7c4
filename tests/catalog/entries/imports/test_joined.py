"""Items that one row joins by a sign: each becomes an item, with what the other columns say of it."""

from pathlib import Path
from typing import Any

import pytest

from catalog.entries.imports.joined import names_in
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
