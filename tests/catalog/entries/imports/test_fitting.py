"""The quick yes and the schema say the same."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.entries.document import DOCUMENT
from catalog.entries.imports.fitting import checked, fits
from portal.kernel.errors import Invalid
from portal.kernel.schemas import load

FINE: dict[str, Any] = {
    "title": "停车场",
    "share_type": "unconditional",
    "tags": ["甲", "乙"],
    "is_certificate": False,
    "data_updated_at": "2023-05-24T10:00:00+08:00",
    "volume": {"storage_gb": 1.5},
    "items": [{"name": "名称", "type": "string", "sensitive": True}],
    "resources": [{"kind": "file", "name": "甲", "rows": 3, "inputs": [{"name": "a"}]}],
}
DOUBTFUL: tuple[dict[str, Any], ...] = (
    {},
    {"abstract": "没有名称"},
    {"title": ""},
    {"title": " 甲"},
    {"title": "长" * 201},
    {"title": 5},
    {"title": "甲", "unknown": 1},
    {"title": "甲", "abstract": None},
    {"title": "甲", "tags": []},
    {"title": "甲", "tags": ["甲", ""]},
    {"title": "甲", "share_type": "maybe"},
    {"title": "甲", "issued_on": "去年"},
    {"title": "甲", "volume": {"storage_gb": 1}},
    {"title": "甲", "volume": {"storage_gb": -1.0}},
    {"title": "甲", "is_certificate": "是"},
    {"title": "甲", "items": [{"type": "string"}]},
    {"title": "甲", "items": [{"name": "a", "id": "x"}]},
    {"title": "甲", "resources": [{"kind": "file", "name": "甲", "rows": True}]},
)


def test_what_fits_comes_out_of_the_schema_as_it_went_in() -> None:
    assert fits(DOCUMENT)(FINE)
    assert load(DOCUMENT, FINE) == FINE
    assert checked(FINE) is FINE


@pytest.mark.parametrize("document", DOUBTFUL)
def test_what_is_in_doubt_goes_through_the_schema(document: dict[str, Any]) -> None:
    assert not fits(DOCUMENT)(document)
    expected, expected_fields = _outcome(lambda: load(DOCUMENT, document))
    given, given_fields = _outcome(lambda: checked(document))
    assert (given, given_fields) == (expected, expected_fields)


def _outcome(check: Callable[[], dict[str, Any]]) -> tuple[Any, set[str]]:
    try:
        return check(), set()
    except Invalid as error:
        return None, set(error.fields)
