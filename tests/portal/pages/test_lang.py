"""On an English page every Chinese word stands in an element that says so (WCAG 2.2, 3.1.2)."""

import re
from html.parser import HTMLParser

import pytest

from portal.web.shell import LANGUAGE_COOKIE
from tests.portal.pages.people import REVIEWER
from tests.portal.pages.waiting import send
from tests.world import NOBODY, World

CHINESE = re.compile(r"[\u3400-\u9fff]")
VOID = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
EMPTY = {"circle", "ellipse", "line", "path", "polygon", "rect", "use"}


class Unmarked(HTMLParser):
    """Collects the Chinese words of the main part that no element marks as such."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, str]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID | EMPTY:
            above = self.stack[-1][1] if self.stack else ""
            self.stack.append((tag, dict(attrs).get("lang") or above))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID | EMPTY:
            while self.stack and self.stack.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        inside = any(tag == "main" for tag, _lang in self.stack)
        if inside and CHINESE.search(data) and not self.stack[-1][1].startswith("zh"):
            self.found.append(data.strip())


def unmarked(shown: str) -> list[str]:
    parser = Unmarked()
    parser.feed(shown)
    return parser.found


def english(world: World, address: str, who: str = NOBODY) -> str:
    client = world.client(who)
    client.set_cookie(LANGUAGE_COOKIE, "en", domain="localhost")
    response = client.get(address)
    assert response.status_code == 200
    shown = response.get_data(as_text=True)
    assert '<html lang="en"' in shown
    return shown


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("/", NOBODY),
        ("/", "shuyu"),
        ("/sign-in", NOBODY),
        ("/account", "shuyu"),
        ("/account", "jinxian"),
        ("/tasks", "shuyu"),
        ("/operations", "pipa"),
        ("/operations/runs", "pipa"),
        ("/help", NOBODY),
        ("/help/permissions", NOBODY),
        ("/help/deadlines", NOBODY),
        ("/help/workflows", NOBODY),
        ("/help/codes", NOBODY),
        ("/help/settings", "pipa"),
        ("/help/privacy", NOBODY),
        ("/help/accessibility", NOBODY),
    ],
)
def test_every_chinese_word_of_an_english_page_is_marked(
    shared_world: World, address: str, who: str
) -> None:
    assert unmarked(english(shared_world, address, who)) == []


def test_titles_in_tasks_and_messages_are_marked(busy: World) -> None:
    send(busy, 2)
    for address in ("/tasks", "/tasks?state=closed", "/messages", "/messages?unread=1"):
        shown = english(busy, address, REVIEWER)
        assert CHINESE.search(shown), address
        assert unmarked(shown) == [], address


def test_the_search_for_unmarked_words_finds_a_bad_example() -> None:
    bad = '<html lang="en"><main><p>Parking 停车场<br><b lang="zh-CN">泊位</b></p></main></html>'
    assert unmarked(bad) == ["Parking 停车场"]
