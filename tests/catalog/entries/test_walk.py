"""One rule on every way to an entry: lists, pages, counts, suggestions, API and JSON as everybody."""

import json
import re
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import select

from auth.models import Unit
from catalog.entries.models import Entry
from catalog.entries.visibility import may_find, may_open, may_see_work
from portal.kernel.access import NOBODY as NO_ONE
from portal.kernel.access import Actor
from tests.catalog.entries import making
from tests.world import NOBODY, World

PERSONAS = (
    f"{NOBODY} baotu zhenzhu heihu wulong jinxian shuyu liuxu huanghua manao wuyou shunjing pipa "
    "furong tengjiao xiaolu"
).split()
LINK = re.compile(r"/catalog/entries/([0-9a-f]{8}-[0-9a-f-]{27})")
PAGE_LIMIT = 30


@pytest.fixture(scope="module")
def city(shared_world: World) -> World:
    """The sample portal with entries in every state beside the sample ones."""
    making.draft(shared_world, title="行走一")
    making.submitted(shared_world, title="行走二")
    making.published(shared_world, title="行走三", open_type="withheld")
    returned = making.submitted(shared_world, title="行走四")
    making.step(shared_world, returned, "return")
    for key in ("suspend", "withdraw"):
        making.step(shared_world, making.published(shared_world, title=f"行走{key}"), key)
    making.edited(
        shared_world, making.published(shared_world, title="行走五"), abstract="未发布的改动"
    )
    shared_world.settle()
    return shared_world


def _actor(city: World, username: str) -> Actor:
    return NO_ONE if username == NOBODY else city.person(username)


def _entries(city: World) -> Sequence[Entry]:
    with city.runtime.database.reading() as session:
        return session.scalars(select(Entry)).all()


def _get(city: World, username: str, path: str) -> str:
    response = city.client(username).get(path)
    assert response.status_code == 200, (username, path, response.status_code)
    return response.get_data(as_text=True)


def _walk(city: World, username: str, path: str) -> Iterator[str]:
    """All pages of a list."""
    join = "&" if "?" in path else "?"
    for number in range(1, PAGE_LIMIT):
        page = _get(city, username, f"{path}{join}page={number}")
        yield page
        if 'rel="next"' not in page:
            return


def _feed(city: World, username: str) -> Iterator[str]:
    """All pages of the feed."""
    following: str | None = "/catalog/feed.atom"
    while following:
        page = _get(city, username, following)
        yield page
        link = re.search(r'rel="next" [^>]*href="[a-z]+://[^/]+([^"]+)"', page)
        following = link[1] if link else None


def _found(pages: Iterator[str]) -> set[str]:
    return {entry_id for page in pages for entry_id in LINK.findall(page)}


@pytest.mark.parametrize("username", PERSONAS)
def test_lists_search_and_counts_show_what_the_rule_says(city: World, username: str) -> None:
    actor = _actor(city, username)
    expected = {e.id for e in _entries(city) if may_find(actor, e)}
    assert _found(_walk(city, username, "/catalog/entries")) == expected
    first = _get(city, username, "/search")
    total = re.search(r"([\d,]+)\s*条", re.sub(r"<[^>]+>", "", first[first.index("<main") :]))
    assert total is not None
    assert int(total[1].replace(",", "")) == len(expected)
    told = _found(_feed(city, username))
    assert told == {e.id for e in _entries(city) if may_find(NO_ONE, e)}
    assert told <= expected
    hidden = {e.id for e in _entries(city)} - expected
    for path in ("/", "/search?q=行走", "/search/suggestions?q=行走", "/catalog/categories"):
        response = city.client(username).get(path)
        assert not set(LINK.findall(response.get_data(as_text=True))) & hidden, path


@pytest.mark.parametrize("username", PERSONAS)
def test_the_api_of_search_counts_and_finds_what_the_rule_says(city: World, username: str) -> None:
    actor = _actor(city, username)
    entries = {e.id: e for e in _entries(city)}
    expected = {i for i, e in entries.items() if may_find(actor, e)}
    answer = json.loads(_get(city, username, "/api/v1/search?facets=true"))
    assert answer["total"] == len(expected)
    assert {hit["id"] for hit in answer["hits"]} <= expected
    assert answer["facets"]
    units = json.dumps(answer.get("facets", {}), ensure_ascii=False)
    with city.runtime.database.reading() as session:
        strangers = set(session.scalars(select(Unit.id))) - {entries[i].unit_id for i in expected}
    assert not [unit for unit in strangers if unit in units]
    top = json.loads(_get(city, username, "/api/v1/categories"))["categories"]
    with_category = {i for i in expected if entries[i].category_id}
    assert sum(branch["count"] for branch in top) == len(with_category)


@pytest.mark.parametrize("username", PERSONAS)
def test_addresses_answer_as_the_rule_says(city: World, username: str) -> None:
    actor = _actor(city, username)
    client = city.client(username)
    entries = [e for e in _entries(city) if e.title.startswith("行走")]
    assert {e.standing for e in entries} == {"unpublished", "published", "suspended", "withdrawn"}
    for entry in entries:
        gone = entry.standing in ("suspended", "withdrawn")
        work = may_see_work(actor, entry)
        page = 404 if not may_open(actor, entry) and not work else 410 if gone and not work else 200
        path, api = f"/catalog/entries/{entry.id}", f"/api/v1/entries/{entry.id}"
        for address in (path, api, f"{api}/versions", f"{api}/versions/1"):
            assert client.get(address).status_code == page, (address, entry.standing)
        for address in (f"{path}/document.json", f"{path}/items", f"{path}/difference"):
            assert client.get(address).status_code == page, (address, entry.standing)
        drafts = client.get(f"{path}/versions/2").status_code == 200
        assert not drafts or work


def test_an_unpublished_change_is_shown_only_to_who_works_on_it(city: World) -> None:
    entry = next(e for e in _entries(city) if e.title == "行走五")
    for username in PERSONAS:
        actor = _actor(city, username)
        text = _get(city, username, f"/catalog/entries/{entry.id}")
        assert ("第 2 版" in text) is may_see_work(actor, entry), username
        assert "未发布的改动" not in text
