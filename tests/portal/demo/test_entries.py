"""The sample entries: complete, different from one another, and within the catalog's rules."""

import re
from collections import Counter
from datetime import date
from itertools import combinations
from typing import Any

import pytest

from catalog.entries import codelists as codes
from catalog.entries import rules
from catalog.entries.document import DOCUMENT
from portal.demo import reader
from portal.kernel import clock
from portal.kernel.codes import CodeList

TODAY = date(2022, 11, 8)
ENTRIES = tuple(reader.entries())
DOCUMENTS = {entry.key: entry.document(TODAY) for entry in ENTRIES}
UNITS = {unit.key: unit for unit in reader.units()}
STRONG = ("law", "administrative_regulation", "state_council")


def values_of(key: str) -> set[Any]:
    found: set[Any] = set()
    for document in DOCUMENTS.values():
        value = document.get(key)
        found |= set(value) if isinstance(value, list) else {value}
    return found - {None}


def timeliness(entry: reader.SampleEntry) -> str:
    document = DOCUMENTS[entry.key]
    now = clock.day_end(TODAY).replace(hour=4)
    due = rules.due(document["update_cycle"], rules.moment_of(document.get("data_updated_at")))
    return rules.timeliness(document["update_cycle"], due.soon_at, due.overdue_at, now)


def test_there_are_300_entries_of_at_least_45_units() -> None:
    assert len(ENTRIES) >= 300
    assert len({entry.unit for entry in ENTRIES}) >= 45
    assert {entry.unit for entry in ENTRIES} <= set(UNITS)
    assert not any(UNITS[entry.unit].valid_to for entry in ENTRIES)


def test_every_document_is_valid_for_the_schema_of_the_portal() -> None:
    for key, document in DOCUMENTS.items():
        assert DOCUMENT.load(document), key


def test_no_document_breaks_a_rule_that_forbids_publication() -> None:
    assert {key: rules.objections(d) for key, d in DOCUMENTS.items() if rules.objections(d)} == {}


def test_no_document_lacks_what_the_guide_asks_for() -> None:
    assert {key: rules.advice(d) for key, d in DOCUMENTS.items() if rules.advice(d)} == {}


def test_keys_titles_and_identifiers_are_unique() -> None:
    assert len(DOCUMENTS) == len(ENTRIES)
    titles = [rules.normalised_title(document["title"]) for document in DOCUMENTS.values()]
    assert [title for title, count in Counter(titles).items() if count > 1] == []
    ids = [entry.id for entry in ENTRIES]
    for document in DOCUMENTS.values():
        ids += [row["id"] for part in ("items", "resources") for row in document[part]]
    assert len(set(ids)) == len(ids)


def test_no_two_abstracts_are_alike() -> None:
    grams = {
        key: {text[i : i + 5] for i in range(len(text) - 4)}
        for key, text in ((key, d["abstract"]) for key, d in DOCUMENTS.items())
    }
    alike = [
        (a, b)
        for a, b in combinations(grams, 2)
        if len(grams[a] & grams[b]) >= 0.6 * len(grams[a] | grams[b])
    ]
    assert alike == []


def test_abstracts_are_one_to_three_sentences() -> None:
    for key, document in DOCUMENTS.items():
        assert 1 <= document["abstract"].count("。") <= 3, key
        assert document["abstract"].endswith("。"), key
        assert 18 <= len(document["abstract"]) <= 200, key


def test_every_entry_has_at_least_six_items_with_unique_names_and_english_fields() -> None:
    for key, document in DOCUMENTS.items():
        items = document["items"]
        assert len(items) >= 6, key
        assert len({item["name"] for item in items}) == len(items), key
        assert len({item["field"] for item in items}) == len(items), key
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", item["field"]) for item in items), key
        assert any(item["key"] for item in items), key


def test_resources_are_none_to_four_and_some_entries_are_empty() -> None:
    counts = Counter(len(document["resources"]) for document in DOCUMENTS.values())
    assert set(counts) == {0, 1, 2, 3, 4}
    assert 20 <= counts[0] <= len(ENTRIES) // 5
    kinds = {row["kind"] for document in DOCUMENTS.values() for row in document["resources"]}
    assert kinds == set(codes.RESOURCE_KINDS.values)


def test_what_is_shared_with_nobody_has_no_resource() -> None:
    withheld = [d for d in DOCUMENTS.values() if d["share_type"] == "withheld"]
    assert withheld
    assert all(document["resources"] == [] for document in withheld)


# Where the values of each list stand: fields of the document, of its items, of its resources.
PLACES: dict[str, tuple[str, ...]] = {
    "share_type": ("share_type", "items.share_type"),
    "open_type": ("open_type",),
    "open_access": ("open_access",),
    "basis_level": ("share_basis_level", "open_basis_level"),
    "share_mode": ("share_mode",),
    "share_mode_type": ("share_mode_types",),
    "format_class": ("format_class",),
    "update_cycle": ("update_cycle",),
    "security_level": ("security_level",),
    "theme": ("themes",),
    "industry": ("industries",),
    "subject": ("subjects",),
    "scope": ("scope",),
    "scene": ("scenes",),
    "collection": ("collection",),
    "item_type": ("items.type",),
    "resource_kind": ("resources.kind",),
    "timeliness": (),  # follows from cycle and date
}


@pytest.mark.parametrize("listed", codes.ALL, ids=lambda listed: listed.key)
def test_every_value_of_every_code_list_is_used(listed: CodeList) -> None:
    used: set[Any] = set()
    for place in PLACES[listed.key]:
        part, _dot, name = place.partition(".")
        rows = [row for d in DOCUMENTS.values() for row in d[part]] if name else DOCUMENTS.values()
        for row in rows:
            value = row.get(name or place)
            used |= set(value) if isinstance(value, list) else {value}
    if listed is codes.TIMELINESS:
        used = {timeliness(entry) for entry in ENTRIES}
    assert used - {None} == set(listed.values)


def test_every_kind_of_basis_is_cited_for_sharing_and_for_opening() -> None:
    for key in ("share_basis_level", "open_basis_level"):
        assert values_of(key) == set(codes.BASIS_LEVELS.values)


def test_items_are_sensitive_masked_incremental_standardised_and_foreign_somewhere() -> None:
    items = [item for document in DOCUMENTS.values() for item in document["items"]]
    for mark in ("sensitive", "incremental", "standardised", "key"):
        assert {item[mark] for item in items} == {True, False}
    assert {item["own"] for item in items} == {True, False}
    assert len({item["masking"] for item in items if item.get("masking")}) >= 10
    assert {item.get("share_type") for item in items} >= {None, "withheld"}


def test_every_timeliness_occurs_often_enough_to_be_seen() -> None:
    counts = Counter(timeliness(entry) for entry in ENTRIES)
    assert set(counts) == set(codes.TIMELINESS.values)
    assert counts["fresh"] > len(ENTRIES) / 3
    assert min(counts["due"], counts["overdue"], counts["unknown"], counts["none"]) >= 10


def test_dates_follow_from_the_day_of_loading() -> None:
    entry = next(e for e in ENTRIES if e.data_age_days == 0)
    for day in (date(2022, 11, 8), date(2026, 3, 1)):
        document = entry.document(day)
        assert document["data_updated_at"] == day.isoformat()
        assert document["issued_on"] < document["data_updated_at"]


def test_an_unknown_update_is_not_dated() -> None:
    unknown = [entry for entry in ENTRIES if entry.data_age_days is None]
    assert unknown
    assert not any("data_updated_at" in DOCUMENTS[entry.key] for entry in unknown)


def test_an_entry_was_issued_before_its_data_were_last_updated() -> None:
    assert all(e.data_age_days is None or e.issued_age_days >= e.data_age_days for e in ENTRIES)


def test_conditional_sharing_names_condition_and_basis_and_withheld_a_strong_basis() -> None:
    for key, document in DOCUMENTS.items():
        if document["share_type"] == "conditional":
            assert document["share_condition"], key
            assert "《" in document["share_basis"], key
        if document["share_type"] == "withheld":
            assert document["share_basis_level"] in STRONG, key
            assert "share_mode" not in document, key


def test_what_is_not_open_has_a_basis_and_no_access_and_conditional_opening_its_condition() -> None:
    for key, document in DOCUMENTS.items():
        if document["open_type"] == "withheld":
            assert "open_access" not in document, key
            assert "《" in document["open_basis"], key
        else:
            assert document["open_access"], key
        if document["open_type"] == "conditional":
            assert document["open_condition"], key
            assert "《" in document["open_basis"], key


def test_cycles_without_a_period_say_when_they_are_updated() -> None:
    for key, document in DOCUMENTS.items():
        assert ("update_cycle_note" in document) == (
            document["update_cycle"] in ("irregular", "once", "other")
        ), key


def test_categories_have_three_to_six_levels_mostly_four() -> None:
    depths = Counter(len(document["category"]) for document in DOCUMENTS.values())
    assert set(depths) == {3, 4, 5, 6}
    assert depths[4] > len(ENTRIES) / 2


def test_entries_stand_in_every_place_of_their_life() -> None:
    counts = Counter(entry.standing for entry in ENTRIES)
    assert set(counts) == {
        "published",
        "draft",
        "bureau_review",
        "returned",
        "suspended",
        "withdrawn",
    }
    assert 10 <= len(ENTRIES) - counts["published"] <= 15
    for entry in ENTRIES:
        assert bool(entry.reason) == (entry.standing in ("returned", "suspended", "withdrawn"))


def test_related_entries_exist_and_name_one_another() -> None:
    related = {entry.key: set(entry.related) for entry in ENTRIES}
    assert sum(1 for keys in related.values() if keys) >= 40
    for key, others in related.items():
        assert key not in others
        assert all(key in related[other] for other in others)


def test_related_entries_are_of_one_region_where_a_code_means_one_entry() -> None:
    regions = {entry.key: UNITS[entry.unit].region_code for entry in ENTRIES}
    assert all(regions[e.key] == regions[other] for e in ENTRIES for other in e.related)


def test_sharing_is_offered_in_ways_that_the_resources_have() -> None:
    ways = {"table": "database", "file": "file", "api": "api"}
    for key, document in DOCUMENTS.items():
        hung = {ways[row["kind"]] for row in document["resources"]}
        assert not hung or set(document.get("share_mode_types", ())) <= hung, key


def test_a_file_is_as_large_as_its_rows_make_it() -> None:
    files = [r for d in DOCUMENTS.values() for r in d["resources"] if r["kind"] == "file"]
    tables = [row for row in files if row.get("rows")]
    assert len(tables) > 200
    assert all(10 < row["size_bytes"] / row["rows"] < 6_000 for row in tables)
    assert not any(row.get("rows") for row in files if row["format"] in ("pdf", "docx", "jpg"))


def test_no_interface_gives_what_is_not_shared() -> None:
    for key, document in DOCUMENTS.items():
        kept = {i["field"] for i in document["items"] if i.get("share_type") == "withheld"}
        for row in document["resources"]:
            assert not kept & {out["name"] for out in row.get("outputs", ())}, key


def test_providing_units_are_living_units_beside_the_owner() -> None:
    for entry in ENTRIES:
        assert all(key != entry.unit and not UNITS[key].valid_to for key in entry.providers)
    assert sum(1 for entry in ENTRIES if entry.providers) >= 20
    entry = next(entry for entry in ENTRIES if entry.providers)
    assert DOCUMENTS[entry.key]["providers"] == [UNITS[key].id for key in entry.providers]


def test_every_entry_is_marked_as_sample_data_and_has_tags_of_its_own() -> None:
    mark = reader.vocabulary().mark
    assert mark == "示例数据"
    assert all(
        document["tags"][-1] == mark and len(document["tags"]) > 1
        for document in DOCUMENTS.values()
    )


def test_contacts_are_none_that_anybody_can_have() -> None:
    for document in DOCUMENTS.values():
        assert re.fullmatch(r"0531-0000\d{4}", document["contact_phone"])
        assert document.get("contact_email", "@jinan.example").endswith("@jinan.example")
        for row in document["resources"]:
            assert row.get("address", "https://data.jinan.example/").startswith(
                "https://data.jinan.example/"
            )


def test_what_the_city_expects_to_find_is_there() -> None:
    titles = " ".join(document["title"] for document in DOCUMENTS.values())
    asked = "名泉 公交 停车场 水质 空气质量 不动产登记 医疗机构 学校 公积金 企业登记 行政许可 天气预报 文物 养老机构 幼儿园"
    assert [word for word in asked.split() if word not in titles] == []
