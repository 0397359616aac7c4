"""Hostile input: refused with a sentence, never an error of ours, and never markup of theirs."""

import csv
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from catalog.entries.imports.cli import import_file
from catalog.entries.services.review import move_version
from catalog.entries.services.writing import create_entry
from portal import app as portal_app
from portal.kernel.commands import Invocation
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.web.slots import one_of
from tests.guards.test_routes import address, rules
from tests.world import World, close

QUERIES = {
    "nul": "q=%00&page=%00&sort=%00&unit=%00",
    "not UTF-8": "q=%ff%fe&page=%ff&unit=%c0%80",
    "huge numbers": "page=99999999999999999999999&size=99999999999999999999&after=1",
    "negative": "page=-1&size=-1&limit=-5",
    "no numbers": "page=abc&size=1e9&number=٣",
    "unknown": "nonsense=1&__proto__=x&_method=DELETE",
    "a false cursor": "after=!!!&sort=newest&page=2",
    "many": "&".join(f"unit=u{number}" for number in range(200)),
    "syntax": "q=%22%28%29%2B%2D%5B%5D%7B%7D%5E~*%3F%3A%5C%2F+AND+OR+NOT+title%3A",
    "bidi": "q=%E2%80%AE%F0%9F%92%A9%EF%BF%BF",
    "a million": f"q={'x' * 1_000_000}",
}
DEEP = "[" * 100_000 + "]" * 100_000
BODIES: dict[str, tuple[str, bytes]] = {
    "nothing": ("application/json", b""),
    "not JSON": ("application/json", b"{"),
    "deep": ("application/json", DEEP.encode()),
    "deep object": ("application/json", ('{"a":' * 50_000 + "1" + "}" * 50_000).encode()),
    "a list": ("application/json", b"[1, 2]"),
    "a number": ("application/json", b"1e400"),
    "not UTF-8": ("application/json", b'{"title": "\xff\xfe"}'),
    "nul": ("application/json", b'{"title": "a\\u0000b", "document": {"title": "\\u0000"}}'),
    "half a pair": ("application/json", b'{"title": "\\ud800", "document": {"title": "\\ud800"}}'),
    "huge number": ("application/json", b'{"revision": 1' + b"0" * 5_000 + b"}"),
    "unknown": ("application/json", b'{"__class__": "x", "nonsense": [{}]}'),
    "another type": ("text/xml", b"<x/>"),
    "a form": ("application/x-www-form-urlencoded", b"title=%00&revision=%ff&page=-1"),
}


def sentence_of(client: FlaskClient, path: str) -> str | None:
    """What is wrong with the answer to a hostile address; nothing when it is well."""
    response = client.get(path)
    if response.status_code >= 500:
        return f"{response.status_code}"
    if response.status_code >= 400 and not has_sentence(response.get_data(as_text=True), path):
        return f"{response.status_code} without a sentence"
    return None


def has_sentence(body: str, path: str) -> bool:
    if path.startswith("/api/"):
        return bool(json.loads(body)["detail"])
    return "。" in body


@pytest.mark.parametrize("kind", QUERIES)
def test_no_address_makes_an_error_of_ours(shared_world: World, kind: str) -> None:
    found = {}
    for who in ("nobody", "shuyu", "pipa"):
        client = shared_world.client(who)
        for rule in rules(shared_world.app):
            if "GET" not in (rule.methods or set()) or rule.endpoint == "auth.start":
                continue
            if kind == "a million" and who != "nobody":
                continue
            wrong = sentence_of(client, f"{address(rule)}?{QUERIES[kind]}")
            if wrong:
                found[f"{who} {rule}"] = wrong
    assert found == {}


@pytest.mark.parametrize("kind", BODIES)
def test_no_body_makes_an_error_of_ours(world: World, kind: str) -> None:
    media_type, body = BODIES[kind]
    found = {}
    for who in ("jinxian", "shuyu", "pipa"):
        client, headers = world.client(who), {"X-CSRF-Token": world.token(who)}
        for rule in rules(world.app):
            if rule.endpoint in ("auth.sign_out", "auth.end_session"):
                continue
            for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
                response = client.open(
                    address(rule),
                    method=method,
                    data=body,
                    content_type=media_type,
                    headers=headers,
                )
                if response.status_code >= 500:
                    found[f"{who} {method} {rule}"] = response.status_code
    assert found == {}


# Markup of others

MARKUP = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(2)>'
ENTITY = "停车&lt;b&gt;场"


@pytest.fixture
def entry_id(world: World) -> str:
    """A published entry that is full of markup."""
    editor = world.person("jinxian")
    document: dict[str, Any] = {
        "title": f"停车 {MARKUP}{IMAGE}",
        "abstract": f"泊位 {MARKUP} {ENTITY}",
        "category": ["主题信息资源", f"类{IMAGE}", f"项{MARKUP}"],
        "tags": [IMAGE],
        "share_type": "unconditional",
        "open_type": "unconditional",
        "open_access": "direct",
        "source_system": IMAGE,
        "items": [{"name": f"项{MARKUP}", "field": "f", "note": IMAGE}],
        "resources": [
            {"kind": "file", "name": MARKUP, "format": "csv", "address": "https://a.example/x.csv"}
        ],
    }
    with unit_of_work(world.runtime, editor) as uow:
        entry = create_entry(
            uow, unit_id=str(editor.unit_id), region_code="370100", document=document
        )
        found, version_id = entry.id, str(entry.open_version_id)
    for who, step in (("jinxian", "submit"), ("shuyu", "publish")):
        with unit_of_work(world.runtime, world.person(who)) as uow:
            move_version(uow, version_id=version_id, key=step)
    world.settle()
    return found


def test_markup_in_an_entry_is_text_wherever_it_is_shown(world: World, entry_id: str) -> None:
    entry = f"/catalog/entries/{entry_id}"
    places = (
        entry,
        f"{entry}/items",
        f"{entry}/versions/1",
        f"{entry}/edit",
        "/search?q=停车+alert",
        "/search?q=泊位",
        f"/search?q={MARKUP}",
        "/search?q=%3Cmark%3E",
        "/search/suggestions?q=停车",
        "/catalog/entries",
        "/catalog/own",
        "/",
        "/catalog/categories",
    )
    shown = 0
    for place in places:
        body = world.client("jinxian").get(place).get_data(as_text=True)
        assert "<script>alert" not in body, place
        assert "<img src=x" not in body, place
        assert "停车<b>" not in body, place
        shown += "alert(1)" in body
    assert shown >= 6
    found = world.client().get("/search?q=泊位").get_data(as_text=True)
    assert "<mark>泊位</mark>" in found
    assert escape("<script>", quote=False) in found


def test_markup_in_json_and_feeds_stays_data(world: World, entry_id: str) -> None:
    for place in (
        f"/api/v1/entries/{entry_id}",
        "/api/v1/search?q=泊位",
        f"/catalog/entries/{entry_id}/document.json",
    ):
        answer = world.client().get(place)
        assert answer.mimetype == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert MARKUP in json.dumps(answer.get_json(), ensure_ascii=False), place
    for rule in world.app.url_map.iter_rules():
        if rule.rule.endswith(".atom"):
            feed = world.client().get(rule.rule)
            assert "<script>" not in feed.get_data(as_text=True)


def test_markup_in_an_imported_file_is_text_in_its_report(world: World, tmp_path: Path) -> None:
    unit = world.client("jinxian").get("/account")
    assert unit.status_code == 200
    path = tmp_path / f"{'<b>x'}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("目录名称", "提供部门", "更新频率", IMAGE))
        writer.writerow((f"导入{MARKUP}", f"单位{IMAGE}", f"每{MARKUP}", MARKUP))
    done = CliRunner().invoke(
        import_file, [str(path), "--as", "shuyu", "--json"], obj=Invocation(lambda: world.runtime)
    )
    assert done.exit_code == 0, done.output
    batch = json.loads(done.stdout)["batch"]
    for part in ("", "/rows", "/problems"):
        body = world.client("shuyu").get(f"/catalog/imports/{batch}{part}").get_data(as_text=True)
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert "<b>x.csv" not in body


# Too much at once


@pytest.fixture
def narrow_world(sample_folder: Path, world: World) -> Iterator[World]:
    """A portal that lets one address search twice at the same time."""
    settings = replace(world.runtime.settings, search_concurrent=2)
    runtime = portal_app.open_runtime(settings)
    yield World(runtime, portal_app.create_app(runtime=runtime), {}, {})
    close(runtime)


@pytest.mark.parametrize("path", ["/search?q=公交", "/api/v1/search?q=公交"])
def test_an_address_that_searches_too_often_at_once_is_asked_to_wait(
    narrow_world: World, path: str
) -> None:
    folder = narrow_world.runtime.settings.data / "slots"
    client = narrow_world.client()
    with ExitStack() as held:
        for _place in range(2):
            held.enter_context(
                one_of(folder, kind="search", address="127.0.0.1", most=2, said=_("请等一等。"))
            )
        refused = client.get(path)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert has_sentence(refused.get_data(as_text=True), path)
        other = client.get(path, environ_overrides={"REMOTE_ADDR": "127.0.0.2"})
        assert other.status_code == 200
        assert client.get("/").status_code == 200
    assert client.get(path).status_code == 200
