"""The pure rules: timeliness at its edges, canonical form, identifiers, what blocks."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.entries.codelists import UPDATE_CYCLES
from catalog.entries.rules import (
    REALTIME_LAG,
    advice,
    canonical,
    due,
    fingerprint,
    has_period,
    moment_of,
    normalised_title,
    objections,
    timeliness,
    with_ids,
)

START = datetime(2026, 1, 31, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DATED = [key for key in UPDATE_CYCLES.values if has_period(key)]
UNDATED = [key for key in UPDATE_CYCLES.values if not has_period(key)]
DAYS = {"weekly": 7, "monthly": 28, "quarterly": 89, "halfyear": 181, "yearly": 365}


def verdict(cycle: str | None, updated: datetime | None, now: datetime) -> str:
    moments = due(cycle, updated)
    return timeliness(cycle, moments.soon_at, moments.overdue_at, now)


@pytest.mark.parametrize("cycle", DATED)
def test_an_entry_is_overdue_only_after_the_last_moment(cycle: str) -> None:
    moments = due(cycle, START)
    assert moments.soon_at is not None
    assert moments.overdue_at is not None
    assert verdict(cycle, START, moments.overdue_at) in ("due", "fresh")
    assert verdict(cycle, START, moments.overdue_at + SECOND) == "overdue"
    assert verdict(cycle, START, moments.soon_at - SECOND) == "fresh"
    assert verdict(cycle, START, moments.soon_at) == "due"


@pytest.mark.parametrize(("cycle", "days"), DAYS.items())
def test_the_period_has_a_tenth_of_warning_and_a_tenth_of_grace(cycle: str, days: int) -> None:
    period = timedelta(days=days)
    assert due(cycle, START).soon_at == START + period * 0.9
    assert due(cycle, START).overdue_at == START + period * 1.1


def test_a_month_from_the_31st_ends_on_the_last_day_of_the_next() -> None:
    grace = timedelta(days=28) * 0.1
    assert due("monthly", START).overdue_at == datetime(2026, 2, 28, 4, 0, tzinfo=UTC) + grace


def test_realtime_data_may_lag_five_minutes_and_daily_data_one_day() -> None:
    assert due("realtime", START).overdue_at == START + REALTIME_LAG
    assert due("daily", START).overdue_at == START + timedelta(days=1)


@pytest.mark.parametrize("cycle", [*UNDATED, None])
def test_without_a_definite_period_nothing_is_ever_due(cycle: str | None) -> None:
    assert verdict(cycle, START, START + timedelta(days=9999)) == "none"


@pytest.mark.parametrize("cycle", DATED)
def test_an_unknown_update_is_neither_overdue_nor_fresh(cycle: str) -> None:
    assert verdict(cycle, None, START) == "unknown"


def test_a_day_without_time_lasts_until_its_end_in_the_city() -> None:
    assert moment_of("2026-01-31") == datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC)
    assert moment_of("2026-01-31T12:00:00+08:00") == START
    assert moment_of("not a day") is None


def test_the_canonical_form_does_not_depend_on_order_and_keeps_chinese() -> None:
    one, other = (
        {"b": [1, {"d": "泉", "c": None}], "a": 1},
        {"a": 1, "b": [1, {"c": None, "d": "泉"}]},
    )
    assert canonical(one) == canonical(other) == '{"a":1,"b":[1,{"c":null,"d":"泉"}]}'
    assert fingerprint(canonical(one)) == fingerprint(canonical(other))


def test_titles_are_compared_without_width_case_blanks_and_signs() -> None:
    assert normalised_title("ＡＢ 泉水（一）") == normalised_title("ab泉水(一)")


def test_items_keep_their_id_by_id_and_by_name_and_strange_ids_are_replaced() -> None:
    known = with_ids({"title": "x", "items": [{"name": "水位"}, {"name": "水温", "field": "T"}]})
    first, second = (item["id"] for item in known["items"])
    stranger = "00000000-0000-4000-8000-000000000001"
    again = with_ids(
        {
            "title": "x",
            "items": [
                {"name": "水 温", "field": "t"},
                {"name": "改了名", "id": first},
                {"name": "新的", "id": stranger},
            ],
        },
        known,
    )
    assert [item["id"] for item in again["items"]][:2] == [second, first]
    assert again["items"][2]["id"] not in (stranger, first, second)


def test_an_id_sent_twice_names_one_row_only() -> None:
    known = with_ids({"title": "x", "items": [{"name": "甲"}]})
    row = known["items"][0]
    twice = with_ids({"title": "x", "items": [dict(row), dict(row)]}, known)
    assert len({item["id"] for item in twice["items"]}) == 2


def test_resources_keep_their_id_by_kind_format_and_address() -> None:
    row = {"kind": "file", "name": "旧名", "format": "csv", "address": "/a.csv"}
    known = with_ids({"title": "x", "resources": [row]})
    again = with_ids({"title": "x", "resources": [{**row, "name": "新名"}]}, known)
    assert again["resources"][0]["id"] == known["resources"][0]["id"]


@pytest.mark.parametrize(
    ("open_type", "masking", "blocked"),
    [
        ("unconditional", None, True),
        ("conditional", None, True),
        ("withheld", None, False),
        (None, None, False),
        ("unconditional", "留前三位", False),
    ],
)
def test_a_sensitive_item_needs_masking_before_it_is_opened(
    open_type: str | None, masking: str | None, blocked: bool
) -> None:
    item = {"name": "联系电话", "sensitive": True, "masking": masking}
    found = objections({"open_type": open_type, "items": [item]})
    assert bool(found) is blocked
    if blocked:
        assert found[0][0] == "items.0.masking"
        assert "CAT-07" in str(found[0][1])


@pytest.mark.parametrize(
    ("entry", "item", "blocked"),
    [
        ("conditional", "unconditional", True),
        ("withheld", "conditional", True),
        ("conditional", "withheld", False),
        ("unconditional", None, False),
        ("conditional", "no such type", False),
    ],
)
def test_an_item_is_never_shared_more_freely_than_its_entry(
    entry: str, item: str | None, blocked: bool
) -> None:
    document = {"share_type": entry, "items": [{"name": "甲", "share_type": item}]}
    assert bool(objections(document)) is blocked


def test_advice_names_what_the_guide_asks_for() -> None:
    named = dict(advice({"share_type": "withheld", "share_basis_level": "rule"}))
    assert "CAT-03" in str(named["share_basis"])
    assert "CAT-04" in str(named["share_basis_level"])
    assert "abstract" in named
