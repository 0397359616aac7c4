"""Words of the catalog's own say so on pages in English (WCAG 2.2, 3.1.2), and never on Chinese ones."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from catalog.entries.models import Category
from portal.web.shell import LANGUAGE_COOKIE
from tests.catalog.entries import making
from tests.world import NOBODY, World

CHINESE = re.compile(r"[\u3400-\u9fff]")
VOID = {"input", "br", "hr", "img", "meta", "link"}


class Unmarked(HTMLParser):
    """Collects Chinese words of the main part that stand in no element that says so."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str | None]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("lang")))

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag not in VOID:
            if self.open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        inside = [tag for tag, _lang in self.open]
        marked = any(lang == "zh-CN" for _tag, lang in self.open)
        if "option" in inside:  # names of people: the criterion leaves proper names out
            return
        if "main" in inside and not marked and CHINESE.search(data):
            self.found.append(data.strip())


def unmarked(page: str) -> list[str]:
    parser = Unmarked()
    parser.feed(page)
    return parser.found


@pytest.fixture(scope="module")
def pages(shared_world: World) -> Iterator[tuple[World, list[tuple[str, str]]]]:
    made = making.published(shared_world, title="英文页面上的题目", abstract="摘要。")
    waiting = making.submitted(shared_world, title="英文页面上待审的题目")
    gone = making.published(shared_world)
    making.step(shared_world, gone, "suspend", comment="stopped")
    unit = str(shared_world.person("jinxian").unit_id)
    with shared_world.runtime.database.reading() as session:
        category = session.query(Category.id).where(Category.level == 2).limit(1).scalar()
    found = [
        ("/catalog/own", "jinxian"),
        ("/catalog/entries", NOBODY),
        (f"/catalog/entries?unit={unit}", NOBODY),
        ("/catalog/entries/manage", "shuyu"),
        (f"/catalog/entries/manage?unit={unit}", "shuyu"),
        ("/catalog/reviews", "shuyu"),
        ("/catalog/categories", NOBODY),
        (f"/catalog/categories/{category}", NOBODY),
        (f"/catalog/entries/{made.id}/edit", "jinxian"),
        (f"/units/{unit}", NOBODY),
        (f"/units/{unit}", "jinxian"),
        (f"/units/{unit}/representatives", "shuyu"),
        ("/units", NOBODY),
        (f"/units?parent={unit}&q=x", NOBODY),
    ]
    assert waiting
    clients = {who: shared_world.client(who) for _path, who in found}
    for client in clients.values():
        client.set_cookie(LANGUAGE_COOKIE, "en", domain="localhost")
    yield shared_world, found
    for client in clients.values():
        client.delete_cookie(LANGUAGE_COOKIE, domain="localhost")


def test_chinese_words_are_marked_on_english_pages(
    pages: tuple[World, list[tuple[str, str]]],
) -> None:
    world, paths = pages
    bare = {}
    for path, who in paths:
        response = world.client(who).get(path)
        assert response.status_code == 200, path
        page = response.get_data(as_text=True)
        assert '<html lang="en"' in page
        if words := unmarked(page):
            bare[f"{who} {path}"] = words
    assert bare == {}


def test_chinese_pages_mark_nothing(world: World) -> None:
    unit = str(world.person("jinxian").unit_id)
    for path, who in (("/catalog/own", "jinxian"), (f"/units/{unit}", NOBODY)):
        page = world.client(who).get(path).get_data(as_text=True)
        assert page.count('lang="zh-CN"') == 1, path


def test_the_check_sees_a_bad_example() -> None:
    page = "<main><p>目录</p><p lang=zh-CN>目录<b>乙</b></p><img alt=甲><p>x</p></main>"
    assert unmarked(page) == ["目录"]
