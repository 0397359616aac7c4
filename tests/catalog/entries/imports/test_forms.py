"""The official form: written blank, filled in three ways, read back alike."""

from pathlib import Path

import pytest

from catalog.entries.imports.forms import (
    BLANK,
    MERGED,
    REPEATED,
    FormEntry,
    write_blank_form,
    write_filled_form,
)
from portal.kernel.errors import Invalid
from tests.catalog.entries.imports.files import read

UNITS = ("济南市自然资源和规划局", "济南市城市管理局")
ENTRIES = (
    FormEntry(
        {
            "title": "不动产登记信息",
            "code": "3070120003/000027",
            "unit": UNITS[0],
            "provider_office": "登记中心",
            "unit_code": "11370100004188946Y",
            "abstract": "已登记的不动产",
            "format_class": "数据库",
            "format_details": "mysql",
            "volume.storage_gb": 1.5,
            "volume.records_10k": 12.3,
            "volume.shared_storage_gb": 1,
            "volume.shared_records_10k": 10,
            "volume.open_storage_gb": 0,
            "volume.open_records_10k": 0,
            "share_type": "有条件共享",
            "share_condition": "因履职需要",
            "share_mode": "共享平台方式",
            "share_mode_types": "接口",
            "open_type": "否",
            "update_cycle": "每日",
            "issued_on": "2022-11-08",
            "related": "3070120003/000028",
        },
        ("基础信息资源", "自然资源和空间地理", "不动产", "登记", "五", "六"),
        (
            {"items.name": "权利人", "items.type": "字符串型C", "items.length": 50},
            {"items.name": "面积", "items.type": "数值型N", "items.length": "10,2"},
            {"items.name": "登记日期", "items.type": "日期型D", "items.length": 8},
        ),
    ),
    FormEntry(
        {
            "title": "停车场信息",
            "unit": UNITS[1],
            "abstract": "公共停车场",
            "share_type": "无条件共享",
            "open_type": "是",
            "update_cycle": "每季度",
        },
        ("部门信息资源",),
        ({"items.name": "名称", "items.type": "字符串型C", "items.length": 50},),
    ),
)


@pytest.mark.parametrize("categories", [True, False])
@pytest.mark.parametrize("layout", [MERGED, REPEATED, BLANK])
def test_a_filled_form_is_read_whole(tmp_path: Path, layout: str, *, categories: bool) -> None:
    path = tmp_path / "a.xlsx"
    write_filled_form(path, UNITS, ENTRIES, layout=layout, categories=categories)
    result = read(path)
    assert result.unmapped == ()
    assert result.problems == ()
    assert [draft.rows for draft in result.drafts] == [(4, 5, 6), (7,)]
    assert (result.counts.new, result.counts.merged) == (2, 2)
    first = result.drafts[0]
    assert first.owner.credit_code == "11370100004188946Y"
    assert first.code == "3070120003/000027"
    assert first.document == {
        **({"category": list(ENTRIES[0].levels)} if categories else {}),
        "title": "不动产登记信息",
        "provider_office": "登记中心",
        "abstract": "已登记的不动产",
        "format_class": "database",
        "format_details": ["mysql"],
        "share_type": "conditional",
        "share_condition": "因履职需要",
        "share_mode": "platform",
        "share_mode_types": ["api"],
        "open_type": "withheld",
        "update_cycle": "daily",
        "issued_on": "2022-11-08",
        "related": ["3070120003/000028"],
        "volume": {
            "storage_gb": 1.5,
            "records_10k": 12.3,
            "shared_storage_gb": 1,
            "shared_records_10k": 10,
            "open_storage_gb": 0,
            "open_records_10k": 0,
        },
        "items": [
            {"name": "权利人", "type": "string", "length": "50"},
            {"name": "面积", "type": "number", "length": "10,2"},
            {"name": "登记日期", "type": "date", "length": "8"},
        ],
    }


def test_items_that_state_a_stricter_share_type_keep_it(tmp_path: Path) -> None:
    import openpyxl

    path = tmp_path / "a.xlsx"
    write_filled_form(path, UNITS, ENTRIES[:1], layout=BLANK, categories=False)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    place = next(c.column for c in sheet[3] if "共享类型" in str(c.value))
    sheet.cell(5, place).value = "不予共享"
    book.save(path)
    document = read(path).document
    assert document["share_type"] == "conditional"
    assert [item.get("share_type") for item in document["items"]] == [None, "withheld", None]


def test_the_blank_form_has_its_lists_and_says_that_it_is_blank(tmp_path: Path) -> None:
    import openpyxl

    path = tmp_path / "a.xlsx"
    write_blank_form(path, UNITS)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["政务信息资源目录", "字典"]
    assert book.worksheets[0].max_column == 53
    units = [cell.value for cell in book.worksheets[1]["A"] if cell.value]
    assert units == ["信息资源提供方", *UNITS]
    assert len(book.worksheets[0].data_validations.dataValidation) == 15
    with pytest.raises(Invalid, match="没有数据行"):
        read(path)


def test_two_entries_of_one_title_after_another_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    other = FormEntry({**ENTRIES[1].cells, "abstract": "另一个"}, (), ENTRIES[1].items)
    write_filled_form(path, UNITS, [ENTRIES[1], other], categories=False)
    drafts = read(path).drafts
    assert [draft.rows for draft in drafts] == [(4,), (5,)]
    assert [draft.doubles for draft in drafts] == [(5,), (4,)]
