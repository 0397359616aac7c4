"""Columns are found by label, by value, or by what a person says."""

from collections.abc import Sequence
from typing import Any

import pytest

from catalog.entries.imports import vocabulary
from catalog.entries.imports.fields import FIELDS
from catalog.entries.imports.mapping import propose
from catalog.entries.imports.readers.source import Column
from catalog.entries.imports.vocabulary_labels import AMBIGUOUS, GROUPED, LABELS, SECOND_CHOICE
from portal.kernel.errors import Invalid


def mapped(samples: dict[str, Sequence[Any]], **options: Any) -> dict[str, str | None]:
    columns = [Column(name) for name in samples]
    return {m.source: m.field for m in propose(columns, samples, **options)}


def test_every_field_of_the_vocabulary_exists() -> None:
    ambiguous = {field for fields in AMBIGUOUS.values() for field in fields}
    named = {*LABELS, *ambiguous, *GROUPED.values(), *(f for f, _c in SECOND_CHOICE.values())}
    assert named <= set(FIELDS)


def test_no_label_names_two_fields() -> None:
    seen: dict[str, str] = {}
    for field, spellings in LABELS.items():
        for label in spellings.split():
            plain = vocabulary.plain_label(label)
            assert seen.setdefault(plain, field) == field, label


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("信息资源名称\n（必填项）", "title"),
        (" 信息 资源 名称 * ", "title"),
        ("【必填】数据提供方：", "unit"),
        ("数据存储总量（G） （必填项）", "volume.storage_gb"),
        ("Cata_Title", "title"),
        ("更新每周期（必填项）", "update_cycle"),
        ("结构化信息记录总数（万）", "volume.records_10k"),
        ("ＯＲＧ＿ＮＡＭＥ", "unit"),
        ("分类二十六级（选填项）", "category"),
    ],
)
def test_marks_blanks_width_and_units_do_not_hide_a_label(label: str, field: str) -> None:
    assert mapped({label: ()})[label] == field


def test_a_longer_label_is_known_by_the_part_it_holds() -> None:
    label = "本数据集的更新频率说明"
    assert mapped({label: ["每月", "每年"]})[label] == "update_cycle"


def test_an_open_type_in_the_column_of_conditions_is_told_by_its_values() -> None:
    types = mapped({"开放条件": ["无条件开放", "有条件开放"]})
    words = mapped({"开放条件": ["实名登录后使用", "签订协议"]})
    assert (types["开放条件"], words["开放条件"]) == ("open_type", "open_condition")


def test_a_contact_column_is_told_by_its_values() -> None:
    assert mapped({"联系方式": ["a@b.cn", "c@d.cn"]})["联系方式"] == "contact_email"
    assert mapped({"联系方式": ["0531-66601234"]})["联系方式"] == "contact_phone"


def test_creation_is_the_issue_only_where_no_issue_is_given() -> None:
    day = ["2023-05-19"]
    assert mapped({"创建日期": day})["创建日期"] == "issued_on"
    both = mapped({"创建日期": day, "发布日期": day})
    assert both == {"创建日期": "created_on", "发布日期": "issued_on"}
    three = mapped({"创建日期": day, "发布日期": day, "更新日期": day})
    assert three == {"创建日期": None, "发布日期": "issued_on", "更新日期": "data_updated_at"}


def test_columns_that_say_nothing_are_judged_by_their_values() -> None:
    found = mapped(
        {
            "字段1": ["停车场信息", "公厕名单", "绿地情况"],
            "字段2": ["济南市城市管理局", "济南市公安局", "济南市教育局"],
            "字段3": ["每年", "每月", "实时"],
            "字段4": ["无条件开放", "有条件开放", "不予开放"],
            "字段5": ["a@b.cn", "c@d.cn", "e@f.cn"],
            "字段6": ["http://a.cn/1", "http://a.cn/2", "http://a.cn/3"],
            "字段7": ["xls", "csv,json", "接口"],
            "字段8": ["11370100004188946Y", "11370100MB2849537C", "12370100495570303U"],
            "字段9": ["17", "23", "42"],
            "字段10": ["2023-05-24", "2023-05-25", "2023-05-26"],
        }
    )
    assert found == {
        "字段1": "title",
        "字段2": "unit",
        "字段3": "update_cycle",
        "字段4": "open_type",
        "字段5": "contact_email",
        "字段6": "source_url",
        "字段7": "resources.format",
        "字段8": "unit_code",
        "字段9": None,
        "字段10": None,
    }


def test_a_mapping_given_by_a_person_wins() -> None:
    samples = {"描述": ["甲"], "标题": ["乙"]}
    found = mapped(samples, overrides={"描述": "title", "标题": ""})
    assert found == {"描述": "title", "标题": None}


def test_an_override_may_leave_out_marks_of_the_label() -> None:
    assert mapped({"简要（必填项）": ["甲"]}, overrides={"简要": "abstract"}) == {
        "简要（必填项）": "abstract"
    }


@pytest.mark.parametrize(
    ("overrides", "word"), [({"没有": "title"}, "没有名为“没有”的列"), ({"标题": "titel"}, "title")]
)
def test_a_wrong_override_names_what_there_is(overrides: dict[str, str], word: str) -> None:
    with pytest.raises(Invalid) as caught:
        mapped({"标题": ["甲"]}, overrides=overrides)
    assert word in str(caught.value)


def test_labels_that_are_not_known_are_quoted_nowhere() -> None:
    samples = {"标题": ["甲"], "绝不外传": ["乙"], "数据名称（必填：绝不外传）": ["丙"]}
    with pytest.raises(Invalid, match="认出的列：标题、数据名称。") as caught:
        mapped(samples, overrides={"没有": "title"})
    assert "绝不外传" not in str(caught.value)


def test_another_judge_can_be_put_in_its_place() -> None:
    class Always:
        def share(self, field: str, values: Sequence[Any], label: str) -> float:
            return 0.0

        def guess(self, label: str, values: Sequence[Any]) -> tuple[str, float] | None:
            return "abstract", 0.4

    assert mapped({"奇怪": ["甲"]}, judge=Always()) == {"奇怪": "abstract"}
