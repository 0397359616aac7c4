"""The compact notation of items and resources."""

from dataclasses import replace

import pytest

from portal.demo import notation, reader

WORDS = reader.vocabulary()
ITEMS = (
    notation.item("bus", "线路编号|line_code|C10|kd", WORDS),
    notation.item("bus", "司机|driver|C50|s~name", WORDS),
    notation.item("bus", "车载录像|video|X|s", WORDS),
)
AROUND = notation.Around(key="bus", unit="bus-group", rows=120, size_bytes=4096, items=ITEMS)


def test_an_item_carries_what_its_line_says() -> None:
    found = notation.item("bus", "状态|state|C10|id2~name|在营、停运|每日核对", WORDS)
    assert found == {
        "id": notation.identity("entry", "bus", "item", "state"),
        "name": "状态",
        "field": "state",
        "type": "string",
        "length": "10",
        "range": "在营、停运",
        "key": False,
        "sensitive": False,
        "incremental": True,
        "standardised": True,
        "own": True,
        "masking": WORDS.maskings["name"],
        "share_type": "conditional",
        "note": "每日核对",
    }


def test_dates_have_the_length_of_their_written_form() -> None:
    assert notation.item("bus", "日期|day|D|", WORDS)["length"] == "10"
    assert "length" not in notation.item("bus", "说明|text|M|", WORDS)


@pytest.mark.parametrize("line", ["名称|name|C20|q", "名称|name|20|k", "名称|name|C2,|k"])
def test_a_line_that_is_not_in_the_notation_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="bus"):
        notation.item("bus", line, WORDS)


def test_a_table_names_its_place() -> None:
    found = notation.resource(AROUND, "table|线路表|mysql|bus_line", WORDS)
    assert (found["database"], found["schema"], found["table"]) == (
        "bus_group_db",
        "share",
        "bus_line",
    )
    assert found["rows"] == 120


def test_a_file_has_a_name_a_size_and_an_encoding_where_it_is_text() -> None:
    found = notation.resource(AROUND, "file|线路名录|csv", WORDS)
    assert (found["file_name"], found["encoding"]) == ("线路名录.csv", "UTF-8")
    assert found["rows"] == 120
    assert "encoding" not in notation.resource(AROUND, "file|线路名录|xlsx", WORDS)


def test_a_file_is_as_large_as_what_is_in_it() -> None:
    sizes = {
        form: notation.resource(AROUND, f"file|线路|{form}", WORDS)["size_bytes"]
        for form in ("csv", "xlsx", "json", "pdf", "tif")
    }
    assert sizes["csv"] == 1200 + 120 * (10 + 45 + 7 + 3)
    assert sizes["xlsx"] < sizes["csv"] < sizes["json"]
    assert sizes["pdf"] == 1200 + 4096
    assert sizes["tif"] == 4096
    assert "rows" not in notation.resource(AROUND, "file|线路|pdf", WORDS)


def test_an_interface_asks_for_items_and_never_gives_an_unmasked_sensitive_one() -> None:
    found = notation.resource(AROUND, "api|线路查询|json|line_code", WORDS)
    assert [row["name"] for row in found["inputs"]] == ["line_code", "page", "size"]
    assert [row["name"] for row in found["outputs"]] == ["total", "line_code", "driver"]
    withheld = (*ITEMS, notation.item("bus", "余额|balance|Y8,2|3", WORDS))
    around = replace(AROUND, items=withheld)
    found = notation.resource(around, "api|线路查询|json|line_code", WORDS)
    assert "balance" not in [row["name"] for row in found["outputs"]]


def test_identifiers_are_the_same_every_time() -> None:
    assert notation.identity("unit", "a") == notation.identity("unit", "a")
    assert notation.identity("unit", "a") != notation.identity("unit", "b")
