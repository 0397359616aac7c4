"""Spellings of values that departments have sent, and what they mean."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalog.entries.imports.fields import FIELDS
from catalog.entries.imports.normalise import codes, dates, numbers, topics
from catalog.entries.imports.normalise.readings import Reading, as_texts
from portal.kernel import clock


def reading(field: str, raw: Any, label: str = "") -> Reading:
    return FIELDS[field].read(raw, label)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("每年", "yearly"),
        ("年", "yearly"),
        ("按年更新", "yearly"),
        ("‘每年’", "yearly"),
        ("1年", "yearly"),
        (" 每 年 ", "yearly"),
        ("每年更新一次", "yearly"),
        ("12个月", "yearly"),
        ("每天", "daily"),
        ("每日", "daily"),
        ("按天更新", "daily"),
        ("实时", "realtime"),
        ("即时", "realtime"),
        ("分钟级", "realtime"),
        ("小时级", "realtime"),
        ("不定期更新", "irregular"),
        ("不定时", "irregular"),
        ("按需更新", "irregular"),
        ("静态数据", "once"),
        ("不更新", "once"),
        ("每季度", "quarterly"),
        ("3个月", "quarterly"),
        ("每半年", "halfyear"),
        ("每6个月", "halfyear"),
        ("每两年", "biennial"),
        ("2年", "biennial"),
        ("每周", "weekly"),
        ("7天", "weekly"),
        ("每月", "monthly"),
        ("其它", "other"),
        ("自定义", "other"),
        ("monthly", "monthly"),
    ],
)
def test_an_update_cycle_is_known_in_many_spellings(raw: str, key: str) -> None:
    found = reading("update_cycle", raw)
    assert (found.value, found.reason) == (key, None)


def test_a_cycle_that_is_not_known_is_kept_as_given_and_told() -> None:
    found = reading("update_cycle", "看情况再说")
    assert found.value == "other"
    assert found.also == {"update_cycle_note": "看情况再说"}
    assert found.reason is not None


def test_a_bare_number_is_read_only_where_its_meaning_is_known() -> None:
    assert reading("update_cycle", "7", "conf_update_cycle").value == "yearly"
    assert reading("update_cycle", "7", "conf_update_cycle").reason is None
    assert "代码" in str(reading("update_cycle", "7", "更新频率").reason)


@pytest.mark.parametrize(
    ("raw", "key", "also"),
    [
        ("无条件开放", "unconditional", {}),
        ("有条件开放", "conditional", {}),
        ("不予开放", "withheld", {}),
        ("完全开放", "unconditional", {"open_access": "direct"}),
        ("登录开放", "unconditional", {"open_access": "sign_in"}),
        ("申请开放", "conditional", {"open_access": "application"}),
        ("依申请开放", "conditional", {"open_access": "application"}),
        ("可开放", None, {"open": True}),
        ("是", None, {"open": True}),
        ("否", "withheld", {}),
        ("暂无", None, {}),
    ],
)
def test_an_open_type_says_also_how_one_gets_the_data(
    raw: str, key: str | None, also: dict[str, Any]
) -> None:
    found = reading("open_type", raw)
    assert (found.value, dict(found.also), found.reason) == (key, also, None)


@pytest.mark.parametrize(
    ("raw", "key"),
    [("1", "unconditional"), (2, "conditional"), ("3", "withheld"), ("不予共享", "withheld")],
)
def test_a_share_type_is_a_word_or_a_number(raw: Any, key: str) -> None:
    assert reading("share_type", raw).value == key


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2023-05-24", "2023-05-24"),
        ("2023/5/24", "2023-05-24"),
        ("20230524", "2023-05-24"),
        (20230524, "2023-05-24"),
        ("2023年5月24日", "2023-05-24"),
        ("2023.5.24", "2023-05-24"),
        ("２０２３－０５－２４", "2023-05-24"),
        ("2023-05-24 00:00:00", "2023-05-24"),
        ("2023-05-24 10:30:00", "2023-05-24T10:30:00+08:00"),
        ("2023-05-24T10:30:00.123", "2023-05-24T10:30:00+08:00"),
        ("2023-05-24T02:30:00Z", "2023-05-24T10:30:00+08:00"),
        ("2023-05-24T10:30:00+08:00", "2023-05-24T10:30:00+08:00"),
        ("20230524103000", "2023-05-24T10:30:00+08:00"),
        ("二〇二三年五月二十四日", "2023-05-24"),
        ("二零二三年十月十日", "2023-10-10"),
        ("一九九八年十二月三十一号", "1998-12-31"),
        ("23-05-24", "2023-05-24"),
        ("98.12.31", "1998-12-31"),
        ("23年5月24日", "2023-05-24"),
        (45070, "2023-05-24"),
        (45070.4375, "2023-05-24T10:30:00+08:00"),
        ("45070", "2023-05-24"),
        (1684895400000, "2023-05-24T10:30:00+08:00"),
        ("1684895400000", "2023-05-24T10:30:00+08:00"),
        ("1684895400", "2023-05-24T10:30:00+08:00"),
        ("May 24, 2023", "2023-05-24"),
        (date(2023, 5, 24), "2023-05-24"),
        (datetime(2023, 5, 24, 2, 30, tzinfo=UTC), "2023-05-24T10:30:00+08:00"),
        ("2023-05-20 01:00:01 2023-05-24", "2023-05-24"),
        ("['2023-05-24', None, None]", "2023-05-24"),
    ],
)
def test_a_moment_is_read_in_every_shape(raw: Any, expected: str) -> None:
    found = dates.read_moment(raw)
    assert (found.value, found.reason) == (expected, None)


@pytest.mark.parametrize(
    "raw",
    [
        "2023-02-30",
        "很久以前",
        "昨天",
        "24-13-01",
        "二〇二三年十三月四日",
        "0000-00-00",
        "5/24",
        "1234567",
    ],
)
def test_what_is_no_date_is_told(raw: str) -> None:
    found = dates.read_moment(raw)
    assert found.value is None
    assert found.reason is not None


def test_a_month_alone_is_its_first_day_and_told() -> None:
    found = dates.read_day("2023年5月")
    assert found.value == "2023-05-01"
    assert "不完整" in str(found.reason)


def test_a_date_to_come_is_told() -> None:
    with clock.frozen(datetime(2023, 1, 1, tzinfo=UTC)):
        assert "将来" in str(dates.read_day("2024-01-01").reason)


@pytest.mark.parametrize(
    ("raw", "start", "end"),
    [
        ("2019-2021", "2019-01-01", "2021-12-31"),
        ("2020-01-01至2021-06-30", "2020-01-01", "2021-06-30"),
        ("2021年至今", "2021-01-01", None),
        ("2021年", "2021-01-01", "2021-12-31"),
    ],
)
def test_a_period_in_one_cell_is_parted(raw: str, start: str, end: str | None) -> None:
    also = dates.read_period(raw).also
    assert (also.get("period_from"), also.get("period_to")) == (start, end)


@pytest.mark.parametrize(
    ("raw", "number"),
    [("1,299", 1299), (12, 12), ("12.0", 12), ("3.5万", 35_000), ("12万条", 120_000),
     ("约1000条", 1000), ("１２", 12), ("0", 0)],
)  # fmt: skip
def test_a_count_is_read_with_commas_and_units(raw: Any, number: int) -> None:
    assert numbers.read_count(raw).value == number


@pytest.mark.parametrize("raw", ["-5", "很多", "1.2G", "1-2"])
def test_what_is_no_count_is_told(raw: str) -> None:
    found = numbers.read_count(raw)
    assert found.value is None
    assert found.reason is not None


@pytest.mark.parametrize(("raw", "gb"), [("1.5", 1.5), ("512M", 0.5), ("2TB", 2048), (0, 0)])
def test_a_volume_is_converted_to_gigabytes(raw: Any, gb: float) -> None:
    assert numbers.read_gigabytes(raw).value == gb


@pytest.mark.parametrize(("raw", "units"), [("12.3", 12.3), ("3.5万", 3.5), ("12000条", 1.2)])
def test_records_are_counted_in_ten_thousands(raw: str, units: float) -> None:
    assert numbers.read_ten_thousands(raw).value == units


@pytest.mark.parametrize(("raw", "size"), [("588", 588), ("1.5KB", 1536), ("2M", 2_097_152)])
def test_a_size_is_converted_to_bytes(raw: str, size: int) -> None:
    assert numbers.read_bytes(raw).value == size


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        ("['xls', 'xml']", [["file", "xls"], ["file", "xml"]]),
        (["json", "excel"], [["file", "json"], ["file", "xlsx"]]),
        ("数据集 文件集 API服务 ", [["table", ""], ["file", ""], ["api", "api"]]),
        ("XLSX、CSV", [["file", "xlsx"], ["file", "csv"]]),
        ("接口", [["api", "api"]]),
        ("库表", [["table", ""]]),
        ("data", [["file", "data"]]),
        ("[]", None),
    ],
)
def test_formats_become_resources(raw: Any, pairs: list[list[str]] | None) -> None:
    assert reading("resources.format", raw).value == pairs


def test_an_unknown_format_is_kept_and_told() -> None:
    found = reading("resources.format", "xyz")
    assert found.value == [["file", "xyz"]]
    assert found.reason is not None


@pytest.mark.parametrize(
    ("raw", "key", "also"),
    [
        ("字符串型C", "string", {}),
        ("数值型N", "number", {}),
        ("长文本text", "text", {}),
        ("二进制blob", "binary", {}),
        ("VARCHAR(20)", "string", {"length": "20"}),
        ("decimal(10,2)", "number", {"length": "10,2"}),
    ],
)
def test_an_item_type_may_bring_its_length(raw: str, key: str, also: dict[str, str]) -> None:
    found = reading("items.type", raw)
    assert (found.value, dict(found.also)) == (key, also)


def test_themes_and_industries_are_told_apart_in_either_column() -> None:
    mixed = ["道路交通", "交通运输、仓储和邮政业"]
    assert _sorted_topics(topics.read_themes(mixed)) == {
        "themes": ["transport"],
        "industries": ["G"],
    }
    assert _sorted_topics(topics.read_industries("教育")) == {"industries": ["P"]}
    assert _sorted_topics(topics.read_industries("城市建设")) == {"themes": ["housing"]}


def _sorted_topics(reading: Reading) -> dict[str, Any]:
    return {key: value for key, value in reading.also.items() if key != "source_topics"}


def test_the_file_s_own_words_for_a_topic_are_kept() -> None:
    found = topics.read_themes(["交通运输", "其他", "长" * 101])
    assert found.also["source_topics"] == ["交通运输"]
    assert topics.read_industries("教育").also["source_topics"] == ["教育"]


def test_a_misspelt_industry_is_known_and_an_unknown_theme_becomes_a_tag() -> None:
    misspelt = topics.read_industries("电力、势力、燃气及水生产和供应业")
    assert _sorted_topics(misspelt) == {"industries": ["D"]}
    found = topics.read_themes("奇奇怪怪")
    assert _sorted_topics(found) == {"tags": ["奇奇怪怪"]}
    assert found.reason is not None


def test_tags_are_parted_by_whatever_parts_them() -> None:
    assert topics.read_tags("所\r\n\t交易\r\n\t科学、教育").value == ["所", "交易", "科学、教育"]
    assert topics.read_tags("甲,乙，丙").value == ["甲", "乙", "丙"]
    assert topics.read_tags(",".join(f"签{i}" for i in range(301))).reason is not None


def test_items_are_parted_outside_brackets_only() -> None:
    assert as_texts("名称|面积（㎡|亩）|电话", "|") == ["名称", "面积（㎡|亩）", "电话"]


def test_a_contact_is_phone_or_mail_and_a_masked_number_is_nothing() -> None:
    assert topics.read_contact("a@b.gov.cn").also == {"contact_email": "a@b.gov.cn"}
    assert topics.read_contact("0531-66601234").also == {"contact_phone": "0531-66601234"}
    assert topics.read_contact("1XXXXXXXXXX").also == {}
    assert topics.read_contact("暂无").also == {}


def test_subjects_are_words_or_bits() -> None:
    assert reading("subjects", "3").value == ["person", "place"]
    assert reading("subjects", "人、组织").value == ["person", "organisation"]


def test_a_category_path_in_one_cell_is_parted() -> None:
    assert reading("category", "部门 / 济南市/城管局").value == ["部门", "济南市", "城管局"]


def test_a_month_in_words_is_its_first_day() -> None:
    assert dates.read_day("二〇二三年五月").value == "2023-05-01"


@pytest.mark.parametrize("raw", ["是", "共享", "可以", "部分"])
def test_a_word_that_is_no_share_type_is_no_condition_of_sharing(raw: str) -> None:
    found = codes.read_share_type(raw)
    assert (found.value, dict(found.also)) == (None, {})
    assert "没有采用" in str(found.reason)


def test_a_sentence_in_the_place_of_a_share_type_is_its_condition() -> None:
    said = "经数据提供单位书面同意后可以共享"
    assert codes.read_share_type(said).also == {"share_condition": said}
