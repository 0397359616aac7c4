"""The home page: figures that open the lists they count, nothing made up."""

import html
import re

import pytest
from sqlalchemy import func, select

from catalog.entries.models import Entry
from catalog.entries.queries import figures, lists
from portal.kernel.access import Person
from portal.kernel.errors import Unavailable
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from search.engine import Result
from search.queries import Asked, find
from tests.world import NOBODY, World

VISITORS = (NOBODY, "jinxian", "shuyu")


def page(world: World, address: str, who: str = NOBODY) -> str:
    response = world.client(who).get(address)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def doors(shown: str) -> list[tuple[str, int]]:
    """The figures of the page: where each leads, and its number."""
    part = shown[shown.index('class="p-figs"') : shown.index("</dl>")]
    found = re.findall(r'<a href="([^"]+)">([\d,]+)<', part)
    return [(href.replace("&amp;", "&"), int(number.replace(",", ""))) for href, number in found]


def total(shown: str) -> int:
    """How many a list says that it has."""
    found = re.search(r"(?:共|找到|<b>)\s*([\d,]+)\s*(?:条|</b>)", shown)
    assert found is not None, shown[shown.index("<main") :][:2000]
    return int(found[1].replace(",", ""))


@pytest.mark.parametrize("who", VISITORS)
def test_each_figure_is_the_number_of_the_list_that_it_opens(shared_world: World, who: str) -> None:
    found = doors(page(shared_world, "/", who))
    assert len(found) == 5
    for address, number in found:
        assert total(page(shared_world, address, who)) == number, address


@pytest.mark.parametrize("who", VISITORS)
def test_each_theme_opens_as_many_entries_as_it_says(shared_world: World, who: str) -> None:
    shown = page(shared_world, "/", who)
    themes = re.findall(r'<a href="(/search\?theme=[a-z_]+)">[^<]+<span>([\d,]+)</span>', shown)
    assert len(themes) == 16
    for address, number in themes:
        assert total(page(shared_world, address, who)) == int(number), address


@pytest.mark.parametrize("who", VISITORS)
def test_the_units_with_most_entries_open_theirs(shared_world: World, who: str) -> None:
    shown = page(shared_world, "/", who)
    units = re.findall(r'<a href="(/search\?unit=[0-9a-f-]+)">([\d,]+)</a>', shown)
    assert len(units) == 6
    for address, number in units:
        assert total(page(shared_world, address, who)) == int(number), address


@pytest.mark.parametrize("who", VISITORS)
def test_the_share_of_a_unit_opens_what_it_is_made_of(shared_world: World, who: str) -> None:
    shown = page(shared_world, "/", who)
    shares = re.findall(r'<a href="(/search\?unit=[^"]+timeliness[^"]+)">([\d.]+)%</a>', shown)
    assert shares
    for href, share in shares:
        fresh = html.unescape(href)
        known = fresh + "&timeliness=overdue"
        part = total(page(shared_world, fresh, who)) / total(page(shared_world, known, who))
        assert round(part * 100, 1) == float(share), fresh


def entries_of(shown: str, begin: str) -> list[str]:
    """The entries that a part of a page leads to, in their order."""
    return re.findall(r'href="/catalog/entries/([0-9a-f-]{36})"', shown[shown.index(begin) :])


@pytest.mark.parametrize("who", VISITORS)
def test_the_newest_entries_are_the_beginning_of_the_list_that_is_opened(
    shared_world: World, who: str
) -> None:
    shown = page(shared_world, "/", who)
    found = re.search(r'<a href="([^"]+)">查看全部更新</a>', shown)
    assert found is not None
    newest = entries_of(shown, 'id="newest"')
    whole = entries_of(page(shared_world, html.unescape(found[1]), who), "<main")
    with shared_world.runtime.database.reading() as session:
        query = select(Entry.id).where(Entry.standing == "published")
        published = set(session.scalars(query))
    assert len(newest) == 5
    assert newest == [each for each in whole if each in published][:5]


def test_the_newest_are_looked_for_among_published_entries_alone(
    shared_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reviewer finds drafts by searching; the home page is of what is published."""
    totals = []

    def noted(runtime: Runtime, person: Person, asked: Asked) -> Result:
        result = find(runtime, person, asked)
        totals.append(result.total)
        return result

    monkeypatch.setattr("portal.pages.views.home.find", noted)
    page(shared_world, "/", "shuyu")
    with shared_world.runtime.database.reading() as session:
        query = select(Entry.standing, func.count()).group_by(Entry.standing)
        counts = dict(session.execute(query).all())
    assert counts["unpublished"]
    assert totals == [counts["published"]]


def test_without_the_engine_the_home_page_shows_what_changed_last(
    shared_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_arguments: object) -> object:
        raise Unavailable(_("检索暂时不可用"))

    monkeypatch.setattr("portal.pages.views.home.find", down)
    with shared_world.runtime.database.reading() as session:
        rows = lists.newest(session, shared_world.person("shuyu"), limit=5)
    assert entries_of(page(shared_world, "/", "shuyu"), 'id="newest"') == [row.id for row in rows]


def test_an_empty_portal_says_so_and_shows_no_themes(quiet_world: World) -> None:
    shown = page(quiet_world, "/")
    assert "还没有发布的目录" in shown
    assert "还没有单位发布目录" in shown
    assert "p-themes" not in shown
    assert "0 个单位" not in shown.split("p-figs")[0]
    assert "挂接率 –" in shown
    assert "更新及时率 –" in shown


def test_the_search_field_stands_in_the_page_and_not_in_the_head(shared_world: World) -> None:
    shown = page(shared_world, "/")
    assert shown.count('role="search"') == 1
    assert 'action="/search"' in shown


def test_the_list_without_resources_is_the_rest(shared_world: World) -> None:
    with shared_world.runtime.database.reading() as session:
        counts = figures.counts(session, shared_world.person("shuyu"))
    rest = counts.entries - counts.with_resource
    assert total(page(shared_world, "/catalog/entries?has=nothing", "shuyu")) == rest
    assert total(page(shared_world, "/catalog/entries", "shuyu")) == counts.entries


@pytest.mark.parametrize(
    "query", ["has=nonsense", "unit=nonsense", "unit=00000000-0000-4000-8000-000000000000"]
)
def test_a_list_that_is_none_is_not_found(shared_world: World, query: str) -> None:
    assert shared_world.client().get(f"/catalog/entries?{query}").status_code == 404


def test_the_list_of_one_unit_names_it_and_pages_on(shared_world: World) -> None:
    with shared_world.runtime.database.reading() as session:
        unit = lists.largest_units(session, shared_world.person("shuyu"), limit=1)[0]
    shown = page(shared_world, f"/catalog/entries?unit={unit.id}", "shuyu")
    assert unit.name in shown
    second = page(shared_world, "/catalog/entries?page=2")
    assert 'rel="prev"' in second
    assert 'rel="next"' in second
    assert "noindex" in second


def test_robots_stay_out_of_searches_with_filters_and_of_work_pages(shared_world: World) -> None:
    shown = page(shared_world, "/robots.txt").splitlines()
    assert "Disallow: /search?" in shown
    assert "Disallow: /operations" in shown
    assert not {f"Disallow: {place}" for place in ("/", "/units", "/catalog")} & set(shown)


def test_the_process_says_that_it_lives_and_that_it_can_work(shared_world: World) -> None:
    client = shared_world.client()
    assert client.get("/health/live").get_json() == {"status": "ok"}
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.get_json()["parts"] == {"database": "ok", "search": "ok"}


def test_a_database_that_does_not_answer_makes_the_process_unready(
    quiet_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    from portal.kernel.db import Database

    def away(_database: Database) -> object:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(Database, "reading", away)
    response = quiet_world.client().get("/health/ready")
    assert response.status_code == 503
    assert response.get_json()["status"] == "unavailable"


def test_an_asset_is_kept_for_a_year(shared_world: World) -> None:
    with shared_world.client().get("/static/look.css") as response:
        assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cookie" not in response.headers.get("Vary", "")
    assert shared_world.client().get("/static/../en.po").status_code == 404
