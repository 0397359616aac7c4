"""Whole files: which rows are one entry, what is refused, and that every row is accounted for."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.entries.imports.report import Counts
from portal.kernel.errors import Invalid
from tests.catalog.entries.imports.files import (
    HEADER,
    ROW,
    Result,
    read,
    write_csv,
    write_json,
    write_workbook,
)

RECORD = dict(zip(HEADER, ROW, strict=True))


def read_records(tmp_path: Path, *records: dict[str, Any], **options: Any) -> Result:
    return read(write_json(tmp_path / "a.json", list(records)), **options)


def test_the_report_has_the_structure_that_is_promised(tmp_path: Path) -> None:
    report = read_records(
        tmp_path, RECORD, {**RECORD, "目录名称": "公厕", "更新频率": "随缘", "点赞": "3"}
    ).report
    assert list(report) == ["columns", "unmapped", "records", "values", "waiting", "problems"]
    assert report["columns"][0] == {"source": "目录名称", "field": "title", "confidence": 1.0}
    assert report["unmapped"] == ["点赞"]
    assert list(report["records"]) == ["read", "new", "changed", "unchanged", "merged", "refused"]
    assert report["values"]["update_cycle"] == {"每月": "monthly", "随缘": "other"}
    (problem,) = report["problems"]
    assert (problem["row"], problem["column"], problem["value"]) == (2, "更新频率", "随缘")
    json.dumps(report)


def test_rows_that_differ_in_format_address_volume_and_dates_are_one_entry(tmp_path: Path) -> None:
    more = {"详情页网址": "http://a/1", "数据量": "5", "更新时间": "2023-01-01"}
    other = {"详情页网址": "http://a/2", "数据量": "7", "更新时间": "2023-02-01", "数据格式": "api"}
    result = read_records(tmp_path, {**RECORD, **more}, {**RECORD, **other})
    assert result.counts == Counts(read=2, new=1, changed=0, unchanged=0, merged=1, refused=0)
    assert result.drafts[0].rows == (1, 2)
    assert result.document["data_updated_at"] == "2023-02-01"
    assert [
        (r["kind"], r["format"], r["address"], r["rows"]) for r in result.document["resources"]
    ] == [("file", "xls", "http://a/1", 5), ("api", "api", "http://a/2", 7)]


def test_exact_repeats_are_one_entry(tmp_path: Path) -> None:
    result = read_records(tmp_path, RECORD, RECORD, {**RECORD, "目录名称": "停车场信息 "})
    assert (result.counts.new, result.counts.merged) == (1, 2)
    assert len(result.document["resources"]) == 1


def test_an_address_does_not_identify_an_entry(tmp_path: Path) -> None:
    shared = {"详情页网址": "http://a/same"}
    result = read_records(
        tmp_path, {**RECORD, **shared}, {**RECORD, **shared, "目录名称": "公厕信息"}
    )
    assert result.counts.new == 2


def test_rows_that_differ_in_anything_else_are_possible_doubles(tmp_path: Path) -> None:
    result = read_records(tmp_path, RECORD, {**RECORD, "更新频率": "每年"}, RECORD)
    assert [(d.rows, d.doubles, d.ordinal) for d in result.drafts] == [
        ((1, 3), (2,), 0),
        ((2,), (1,), 1),
    ]
    assert ["可能重复" in reason for reason in result.reasons(1)] == [True]


def test_entries_of_different_owners_and_districts_are_never_merged(tmp_path: Path) -> None:
    result = read_records(
        tmp_path,
        {**RECORD, "所属区县": "历下区"},
        {**RECORD, "所属区县": "市中区"},
        {**RECORD, "提供部门": "济南市公安局"},
    )
    assert (result.counts.new, result.counts.merged) == (3, 0)
    assert not any(draft.doubles for draft in result.drafts)


def test_the_own_key_of_a_file_identifies_its_entries(tmp_path: Path) -> None:
    result = read_records(
        tmp_path,
        {**RECORD, "cata_id": "k1"},
        {**RECORD, "cata_id": "k2"},
        {**RECORD, "cata_id": "k1", "数据格式": "csv"},
    )
    assert [(d.key_kind, d.key, d.rows) for d in result.drafts] == [
        ("source_key", "k1", (1, 3)),
        ("source_key", "k2", (2,)),
    ]
    assert result.drafts[0].doubles == (2,)


def test_a_column_that_counts_the_rows_is_no_key(tmp_path: Path) -> None:
    rows = [{**RECORD, "id": number, "目录名称": f"表{number}"} for number in (1, 2, 3)]
    assert read_records(tmp_path, *rows).drafts[0].key_kind == "title"


def test_a_code_of_the_guide_is_kept_and_another_becomes_the_source_code(tmp_path: Path) -> None:
    result = read_records(
        tmp_path,
        {**RECORD, "信息资源代码": "3070120003/000027"},
        {**RECORD, "目录名称": "公厕", "信息资源代码": "ml_007"},
    )
    assert [(d.code, d.key_kind, d.document.get("source_code")) for d in result.drafts] == [
        ("3070120003/000027", "code", None),
        ("", "source_code", "ml_007"),
    ]


def test_items_joined_by_a_sign_are_parted(tmp_path: Path) -> None:
    result = read_records(tmp_path, {**RECORD, "cata_items": "名称|地址|泊位"})
    assert [item["name"] for item in result.document["items"]] == ["名称", "地址", "泊位"]


def test_items_and_resources_as_objects_are_read(tmp_path: Path) -> None:
    nested = {
        "items": [{"name": "名称", "type": "字符串型C", "length": 20, "sensitive": "否"}],
        "resources": [{"kind": "api", "name": "查询", "format": "API", "address": "/q"}],
    }
    result = read_records(tmp_path, {"title": "甲", "unit": "乙局", **nested})
    assert result.document["items"] == [
        {"name": "名称", "type": "string", "length": "20", "sensitive": False}
    ]
    assert result.document["resources"] == [
        {"kind": "api", "name": "查询", "format": "api", "address": "/q"}
    ]


def test_counts_of_files_and_interfaces_decide_on_the_resources(tmp_path: Path) -> None:
    base = {**RECORD, "数据格式": "数据集 文件集 API服务"}
    result = read_records(
        tmp_path,
        {**base, "文件数": 0, "接口数": 2},
        {**base, "目录名称": "公厕", "文件数": 4, "接口数": 0},
    )
    kinds = [[r["kind"] for r in document["resources"]] for document in result.documents]
    assert kinds == [["table", "api"], ["table", "file"]]


def test_a_row_count_without_a_resource_is_a_volume(tmp_path: Path) -> None:
    record = {**RECORD, "数据格式": "[]", "数据量": "12,000"}
    document = read_records(tmp_path, record).document
    assert document["volume"] == {"records_10k": 1.2}
    assert "resources" not in document


def test_being_open_with_a_condition_is_conditional(tmp_path: Path) -> None:
    base = {key: value for key, value in RECORD.items() if key != "开放类型"}
    result = read_records(
        tmp_path,
        {**base, "是否向社会开放": "是", "开放条件": "实名登录"},
        {**base, "是否向社会开放": "是", "目录名称": "乙"},
        {**base, "是否向社会开放": "否", "目录名称": "丙"},
        {**base, "是否向社会开放": "可开放", "开放条件": "有条件开放", "目录名称": "丁"},
    )
    assert [d.get("open_type") for d in result.documents] == [
        "conditional",
        "unconditional",
        "withheld",
        "conditional",
    ]


def test_the_basis_of_a_refusal_is_taken_from_the_column_of_conditions(tmp_path: Path) -> None:
    document = read_records(
        tmp_path, {**RECORD, "共享类型": "不予共享", "共享条件": "《统计法》第九条"}
    ).document
    assert document["share_basis"] == "《统计法》第九条"
    assert "share_condition" not in document


def test_what_fits_nothing_is_kept_as_given_and_told(tmp_path: Path) -> None:
    result = read_records(tmp_path, {**RECORD, "发布日期": "去年夏天"})
    assert result.drafts[0].kept == {"issued_on": "去年夏天"}
    assert result.problems[0].value == "去年夏天"


def test_a_row_without_title_or_unit_is_refused_and_counted(tmp_path: Path) -> None:
    result = read_records(tmp_path, RECORD, {**RECORD, "目录名称": " "}, {**RECORD, "提供部门": ""})
    assert result.counts == Counts(read=3, new=1, changed=0, unchanged=0, merged=0, refused=2)
    assert "没有名称" in result.reasons(2)[0]
    assert "没有提供单位" in result.reasons(3)[0]


def test_a_row_without_unit_is_taken_when_the_unit_is_given_once(tmp_path: Path) -> None:
    result = read_records(tmp_path, {**RECORD, "提供部门": ""}, has_unit=True)
    assert result.counts.new == 1


def test_broken_rows_are_refused_and_counted(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, ROW, (*ROW, "x", "y"), ROW[:2]])
    counts = read(path).counts
    assert (counts.read, counts.new, counts.refused) == (3, 1, 2)


def test_a_formula_is_kept_as_text_and_told(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, ('=HYPERLINK("x","停车")', *ROW[1:])])
    result = read(path)
    assert result.document["title"] == '=HYPERLINK("x","停车")'
    assert "公式" in result.reasons(2)[0]


def test_a_file_with_a_header_and_nothing_below_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="没有数据行"):
        read(write_csv(tmp_path / "a.csv", [HEADER]))


def test_a_file_without_a_column_for_the_title_names_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="文件有 2 列，认出的有：更新频率。"):
        read_records(tmp_path, {"绝不外传": 5, "更新频率": "每年"})


def test_a_title_too_long_is_cut_and_told(tmp_path: Path) -> None:
    result = read_records(tmp_path, {**RECORD, "目录名称": "长" * 300})
    assert len(result.document["title"]) == 200
    assert "截短" in result.reasons(1)[0]


def test_columns_that_come_late_in_a_file_are_named_as_unmapped(tmp_path: Path) -> None:
    records = [{**RECORD, "目录名称": f"表{n}"} for n in range(600)]
    records[-1]["迟到"] = "x"
    assert "迟到" in read_records(tmp_path, *records).unmapped


def test_counts_that_do_not_add_up_are_an_error() -> None:
    with pytest.raises(ValueError, match="unaccounted"):
        Counts(read=3, new=1, changed=0, unchanged=0, merged=0, refused=1)
