"""Entries by the API: read, write, steps one and many, refusals as problems, and its description."""

from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from werkzeug.test import TestResponse

from portal.kernel import clock
from portal.web.filters import day_full
from tests.catalog.entries import making
from tests.world import NOBODY, World

BASE = "/api/v1/entries"


def _send(
    world: World, method: str, path: str, body: Any = None, username: str = "jinxian"
) -> TestResponse:
    headers = {"X-CSRF-Token": world.token(username)} if username != NOBODY else {}
    return world.client(username).open(path, method=method, json=body, headers=headers)


def _valid(world: World, answer: TestResponse, path: str, method: str) -> None:
    """The answer is what the description says of it."""
    api = world.client().get("/api/v1/openapi.json").get_json()
    status = str(answer.status_code)
    responses = api["paths"][path][method]["responses"]
    content = (responses[status] if status in responses else responses["default"])["content"]
    schema = next(iter(content.values()))["schema"]
    OAS31Validator({**schema, "components": api["components"]}).validate(answer.get_json())
    assert answer.content_type.startswith(next(iter(content)))


def test_an_entry_is_created_read_edited_and_published(office: World) -> None:
    made = _send(office, "POST", BASE, {"document": making.DOCUMENT})
    assert made.status_code == 201
    _valid(office, made, BASE, "post")
    body = made.get_json()
    assert body["actions"] == ["submit"]
    path = f"{BASE}/{body['id']}"
    document = {**body["document"], "abstract": "改过"}
    saved = _send(office, "PUT", path, {"document": document, "revision": body["revision"]})
    assert saved.get_json()["document"]["items"] == body["document"]["items"]
    step = f"{BASE}/versions/{body['version_id']}/transitions"
    assert _send(office, "POST", f"{step}/submit", {}).get_json()["state"] == "bureau_review"
    listed = _send(office, "GET", f"{BASE}/reviews", username="shuyu")
    _valid(office, listed, f"{BASE}/reviews", "get")
    unread = _send(office, "POST", f"{step}/publish", {}, "shuyu")
    assert (unread.status_code, set(unread.get_json()["fields"])) == (422, {"sha256"})
    stale = _send(office, "POST", f"{step}/publish", {"sha256": body["sha256"]}, "shuyu")
    assert stale.status_code == 409, "it was edited since"
    waiting = {row["id"]: row["sha256"] for row in listed.get_json()["waiting"]}
    read = {"sha256": waiting[body["version_id"]]}
    done = _send(office, "POST", f"{step}/publish", read, "shuyu")
    assert done.get_json()["state"] == "published"
    read = _send(office, "GET", path, username=NOBODY)
    _valid(office, read, f"{BASE}/{{entry_id}}", "get")
    assert read.get_json()["code"]
    versions = _send(office, "GET", f"{path}/versions", username=NOBODY)
    _valid(office, versions, f"{BASE}/{{entry_id}}/versions", "get")
    one = _send(office, "GET", f"{path}/versions/1", username=NOBODY)
    _valid(office, one, f"{BASE}/{{entry_id}}/versions/{{number}}", "get")
    assert one.get_json()["document"]["abstract"] == "改过"


def test_unknown_fields_and_wrong_values_are_refused_by_their_path(office: World) -> None:
    wrong = {
        "title": "",
        "colour": "blue",
        "items": [{"name": "甲", "size": 1}, {"name": "乙", "type": "no-such"}],
        "volume": {"storage_gb": "much"},
    }
    refused = _send(office, "POST", BASE, {"document": wrong, "extra": 1})
    assert refused.status_code == 422
    assert refused.content_type == "application/problem+json"
    assert set(refused.get_json()["fields"]) == {
        "extra",
        "document.title",
        "document.colour",
        "document.items.0.size",
        "document.items.1.type",
        "document.volume.storage_gb",
    }
    _valid(office, refused, BASE, "post")


def test_a_stale_edit_is_a_problem_with_both_sides(office: World) -> None:
    made = making.draft(office)
    revision = making.version_of(office, made).revision
    making.edited(office, made, abstract="先到的")
    body = {"document": {**making.DOCUMENT, "abstract": "后到的"}, "revision": revision}
    refused = _send(office, "PUT", f"{BASE}/{made.id}", body)
    assert refused.status_code == 409
    conflict = refused.get_json()["conflict"]
    assert conflict["theirs"]["abstract"] == "先到的"
    assert conflict["mine"]["abstract"] == "后到的"
    assert conflict["revision"] == revision + 1


def test_many_take_the_same_step_each_with_its_outcome(office: World) -> None:
    first, second = making.submitted(office), making.draft(office)
    read = {made.version_id: making.version_of(office, made).sha256 for made in (first, second)}
    ids = [first.version_id, second.version_id]
    body: dict[str, Any] = {"ids": ids, "comment": "批量", "sha256": read}
    path = f"{BASE}/versions/transitions/publish"
    done = _send(office, "POST", path, body, "shuyu")
    _valid(office, done, f"{BASE}/versions/transitions/{{key}}", "post")
    outcomes = done.get_json()["outcomes"]
    assert [outcome["error"] is None for outcome in outcomes] == [True, False]
    body = {"ids": [first.id, second.id], "comment": "批量"}
    done = _send(office, "POST", f"{BASE}/transitions/suspend", body, "shuyu")
    _valid(office, done, f"{BASE}/transitions/{{key}}", "post")
    assert making.entry_of(office, first).standing == "suspended"
    assert _send(office, "POST", path, {"ids": []}, "shuyu").status_code == 422
    assert _send(office, "POST", path, {"ids": ["x"]}, "shuyu").status_code == 422


def test_who_may_not_is_told_so_as_a_problem(office: World) -> None:
    made = making.submitted(office)
    path = f"{BASE}/versions/{made.version_id}/transitions/publish"
    for username, status in ((NOBODY, 401), ("xiaolu", 403), ("pipa", 403), ("jinxian", 403)):
        refused = _send(office, "POST", path, {}, username)
        assert refused.status_code == status
        assert refused.content_type == "application/problem+json"
    other = _send(office, "GET", f"{BASE}/{made.id}", username="baotu")
    assert other.status_code == 404
    assert other.get_json()["title"]


@pytest.mark.parametrize(("key", "words"), [("suspend", "已暂停"), ("withdraw", "已撤销")])
def test_what_is_gone_says_since_when_and_why_to_who_could_see_it(
    office: World, key: str, words: str
) -> None:
    made = making.published(office)
    making.step(office, made, key, comment="口径有误")
    for tail in ("", "/versions", "/versions/1"):
        gone = _send(office, "GET", f"{BASE}/{made.id}{tail}", username=NOBODY)
        assert gone.status_code == 410
        assert gone.content_type == "application/problem+json"
        _valid(office, gone, f"{BASE}/{{entry_id}}", "get")
        detail = gone.get_json()["detail"]
        assert words in detail
        assert f"自{day_full(clock.now())}起" in detail
        assert "原因：口径有误" in detail
        assert _send(office, "GET", f"{BASE}/{made.id}{tail}").status_code == 200


def test_what_was_never_open_to_somebody_is_not_known_to_have_gone(office: World) -> None:
    made = making.published(office, open_type="withheld")
    making.step(office, made, "suspend", comment="不说给外人听")
    for tail in ("", "/versions", "/versions/1"):
        unknown = _send(office, "GET", f"{BASE}/{made.id}{tail}", username=NOBODY)
        assert unknown.status_code == 404
        assert "不说给外人听" not in unknown.get_data(as_text=True)
        other = _send(office, "GET", f"{BASE}/{made.id}{tail}", username="baotu")
        assert other.status_code == 410


def test_the_category_tree_counts_what_the_asker_may_find(office: World) -> None:
    top = _send(office, "GET", "/api/v1/categories", username=NOBODY)
    _valid(office, top, "/api/v1/categories", "get")
    first = top.get_json()["categories"][0]
    below = _send(office, "GET", f"/api/v1/categories/{first['id']}", username=NOBODY).get_json()
    inside = _send(office, "GET", f"/api/v1/categories/{first['id']}").get_json()
    assert sum(c["count"] for c in below["categories"]) <= first["count"]
    assert sum(c["count"] for c in inside["categories"]) >= sum(
        c["count"] for c in below["categories"]
    )
    nowhere = "/api/v1/categories/00000000-0000-4000-8000-000000000000"
    assert _send(office, "GET", nowhere, username=NOBODY).status_code == 404


@pytest.mark.parametrize(
    "day",
    ["9999-12-31", "9999-12-31T23:00:00Z", "0001-01-01T00:00:00+14:00", "2026-02-30", "2026-13-45"],
)
def test_a_day_that_nobody_can_reckon_with_is_refused(office: World, day: str) -> None:
    document = {**making.DOCUMENT, "data_updated_at": day}
    refused = _send(office, "POST", BASE, {"document": document})
    assert refused.status_code == 422
    assert "document.data_updated_at" in refused.get_json()["fields"]


def test_a_version_stays_as_closed_as_it_was(office: World) -> None:
    made = making.published(office, open_type="withheld", abstract="不给人看的")
    opened = making.edited(office, made, open_type="unconditional", abstract="可以看")
    making.step(office, opened, "submit", "jinxian")
    making.step(office, opened, "publish")
    path = f"{BASE}/{made.id}"
    assert _send(office, "GET", path, username=NOBODY).status_code == 200
    assert _send(office, "GET", f"{path}/versions/1", username=NOBODY).status_code == 404
    assert _send(office, "GET", f"{path}/versions/1", username="furong").status_code == 200
    page = f"/catalog/entries/{made.id}/difference?old=1&new=2"
    assert office.client().get(page).status_code == 404


def test_addresses_are_given_to_those_who_may_have_them(office: World) -> None:
    address = "https://data.example/levels.csv"
    resources = [{"kind": "file", "name": "逐日水位", "address": address}]
    made = making.published(office, open_type="conditional", resources=resources)
    api, page = f"{BASE}/{made.id}", f"/catalog/entries/{made.id}"
    for path in (api, f"{api}/versions/1", f"{page}/document.json", f"{page}/versions/1", page):
        assert address not in office.client().get(path).get_data(as_text=True), path
        assert address in office.client("jinxian").get(path).get_data(as_text=True), path


def test_a_stranger_learns_nothing_of_a_draft_by_trying_to_edit_it(office: World) -> None:
    made = making.draft(office)
    body = {"document": making.DOCUMENT, "revision": 1}
    assert _send(office, "PUT", f"{BASE}/{made.id}", body, "baotu").status_code == 404
