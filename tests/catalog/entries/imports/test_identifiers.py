"""Identifiers for many records: well formed, ascending, never twice."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from catalog.entries.document import ID
from catalog.entries.imports.identifiers import new_ids, with_new_ids
from catalog.entries.rules import with_ids
from portal.kernel import clock

MOMENT = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)


def test_identifiers_are_uuids_of_version_seven() -> None:
    for text in new_ids(200):
        assert re.fullmatch(ID, text)
        assert (UUID(text).version, UUID(text).variant) == (7, "specified in RFC 4122")


def test_identifiers_ascend_over_more_than_the_counter_holds() -> None:
    with clock.frozen(MOMENT):
        ids = new_ids(10_000)
    with clock.frozen(MOMENT + timedelta(seconds=1)):
        ids += new_ids(10)
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_two_calls_in_one_moment_give_different_identifiers() -> None:
    with clock.frozen(MOMENT):
        assert not set(new_ids(500)) & set(new_ids(500))


def test_none_are_asked_for_and_none_come() -> None:
    assert new_ids(0) == []


def test_parts_get_ids_as_the_rules_give_them() -> None:
    document = {
        "title": "停车场",
        "items": [{"name": "甲"}, {"name": "乙", "id": "brought along"}],
        "resources": [{"kind": "file", "name": "丙"}],
    }
    ours, theirs = with_new_ids(document), with_ids(document)
    assert _without_ids(ours) == _without_ids(theirs)
    parts = [*ours["items"], *ours["resources"]]
    assert all(re.fullmatch(ID, part["id"]) for part in parts)
    assert len({part["id"] for part in parts}) == 3
    assert "id" not in document["items"][0]


def test_a_document_without_parts_is_left_as_it_is() -> None:
    document = {"title": "停车场", "items": []}
    assert with_new_ids(document) is document


def _without_ids(document: dict) -> dict:  # type: ignore[type-arg]
    parts = {
        part: [{k: v for k, v in row.items() if k != "id"} for row in document[part]]
        for part in ("items", "resources")
    }
    return {**document, **parts}
