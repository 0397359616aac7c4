"""Two documents side by side: fields in words, rows by their ids."""

from typing import Any

import pytest

from catalog.entries import differences
from catalog.entries.differences import difference
from catalog.entries.fields import RESOURCE_FIELDS
from catalog.entries.presentation import difference_tables, parts
from portal.app import load_translations
from portal.kernel.text import speaking

A, B = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
OLD: dict[str, Any] = {
    "title": "泉水",
    "update_cycle": "daily",
    "volume": {"storage_gb": 1.5},
    "items": [{"id": A, "name": "水位", "sensitive": False}, {"id": B, "name": "水温"}],
}


def test_equal_documents_differ_in_nothing() -> None:
    found = difference(OLD, dict(OLD))
    assert found.is_empty
    assert found.unchanged == 3


def test_fields_differ_in_the_words_of_their_lists() -> None:
    found = difference(OLD, {**OLD, "update_cycle": "weekly", "volume": {}, "abstract": "新"})
    kinds = {change.path: (change.kind, change.old, change.new) for change in found.fields}
    assert kinds["update_cycle"] == ("changed", "每日", "每周")
    assert kinds["volume.storage_gb"] == ("removed", "1.5", "")
    assert kinds["abstract"] == ("added", "", "新")
    load_translations()
    with speaking("en"):
        english = difference(OLD, {**OLD, "update_cycle": "weekly"}).fields[0]
        assert (english.old, english.new) == ("Daily", "Weekly")


def test_rows_are_known_by_their_id_and_not_by_their_place() -> None:
    new = {**OLD, "items": [{"id": A, "name": "水位（米）", "sensitive": True}, {"name": "流量"}]}
    kinds = {row.name: row.kind for row in difference(OLD, new).items}
    assert kinds == {"水位（米）": "changed", "流量": "added", "水温": "removed"}


def test_long_texts_are_compared_place_by_place() -> None:
    old = {"title": "甲", "abstract": "全市主城区供水管网的漏损率，按季度汇总。"}
    new = {"title": "甲", "abstract": "全市供水管网的漏损率，按月汇总。"}
    (_label, _note, rows), *_rest = difference_tables(difference(old, new))
    assert ("del", "主城区") in rows[0]["old"]
    assert ("same", "供水管网的漏损率，按") in rows[0]["new"]
    assert "".join(words for _kind, words in rows[0]["new"]) == new["abstract"]


def test_lists_are_joined_as_the_language_joins_them() -> None:
    new = {**OLD, "themes": ["health", "society"], "tags": ["水", "泉"]}
    told = {change.path: change.new for change in difference(OLD, new).fields}
    assert told == {"themes": "卫生健康、社会发展", "tags": "水、泉"}
    load_translations()
    with speaking("en"):
        told = {change.path: change.new for change in difference(OLD, new).fields}
    assert told["tags"] == "水, 泉"
    assert ", " in told["themes"]
    assert "、" not in told["themes"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("rows", 1_234_567, "1,234,567"),
        ("rows", 0, "0"),
        ("size_bytes", 10**18, "1,000,000,000,000,000,000"),
        ("updated_at", "2026-11-08", "2026-11-08"),
        ("updated_at", "2026-11-08T02:20:00Z", "2026-11-08 10:20"),
        ("updated_at", "2026-11-08T02:20:07+00:00", "2026-11-08 10:20:07"),
        ("kind", "api", "接口"),
    ],
)
def test_numbers_days_and_codes_are_written_for_people(
    field: str, value: object, words: str
) -> None:
    told = {f.name: f for f in RESOURCE_FIELDS}[field]
    assert differences.words(value, told) == words


def test_a_large_figure_is_told_to_its_last_digit() -> None:
    new = {**OLD, "volume": {"storage_gb": 1_234_567.5}}
    assert difference(OLD, new).fields[0].new == "1,234,567.5"
    newer = {**OLD, "volume": {"storage_gb": 1_234_567.25}}
    assert not difference(new, newer).is_empty
    assert difference(OLD, {**OLD, "volume": {"storage_gb": 20.0}}).fields[0].new == "20"


def test_a_format_reads_on_a_version_as_on_the_entry() -> None:
    rows = parts({"resources": [{"kind": "file", "name": "甲", "format": "csv", "rows": 12345}]})
    assert rows[0][2] == [["文件", "甲", "CSV", "12,345"]]
