"""Every page in a real Chromium: accessible, no wider than the screen, quiet, usable by keyboard."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.axe import assert_accessible, axe_violations
from tests.browser.conftest import State, sign_in
from tests.browser.server import Product, free_port, running_product
from tests.portal.pages_of import pages
from tests.world import NOBODY, World

OpenPage = Callable[..., Page]
States = Callable[[str], State | None]

WIDE, NARROW = 1280, 390
VISITORS = (NOBODY, "jinxian", "shuyu", "pipa")
REFUSED = (401, 403, 404)  # all such pages are one page: one of each is looked at
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TOKEN = re.compile(r"<input[^>]*_csrf[^>]*>")
UNKNOWN_WORDS = "不存在的检索词"


def faults_of(tab: Page, width: int) -> list[str]:
    """What is wrong with the page at a width; it is loaded already."""
    tab.set_viewport_size({"width": width, "height": 900})
    wider = tab.evaluate(WIDER)
    found = [f"{width}: {wider} pixels wider than the screen"] if wider > 0 else []
    return found + [f"{width}: {violation}" for violation in axe_violations(tab)]


@dataclass(slots=True)
class Seen:
    """What was looked at already: contents that are the same for several visitors, refusals."""

    contents: set[str] = field(default_factory=set)

    def is_new(self, tab: Page, status: int) -> bool:
        markup = str(status) if status in REFUSED else TOKEN.sub("", tab.inner_html("main"))
        is_new = markup not in self.contents
        self.contents.add(markup)
        return is_new


def walk(tab: Page, url: str, addresses: list[str], seen: Seen) -> dict[str, list[str]]:
    """The faults of every page that is not sound, by address."""
    wrong: dict[str, list[str]] = {}
    for address in addresses:
        response = tab.goto(url + address)
        assert response is not None
        found = [f"status {response.status}"] if response.status not in (200, *REFUSED) else []
        if found or seen.is_new(tab, response.status):
            found += [fault for width in (WIDE, NARROW) for fault in faults_of(tab, width)]
        if found:
            wrong[address] = found
    return wrong


@pytest.fixture(scope="module")
def addresses(shared_world: World) -> list[str]:
    return pages(shared_world)


@pytest.fixture(scope="module")
def seen() -> Seen:
    """Shared by the visitors, so that a page that all see alike is looked at once."""
    return Seen()


@pytest.mark.parametrize("who", VISITORS)
def test_every_page_is_accessible_and_fits(
    page: OpenPage, product: Product, states: States, addresses: list[str], seen: Seen, who: str
) -> None:
    assert walk(page(state=states(who)), product.url, addresses, seen) == {}


@pytest.mark.parametrize("who", [NOBODY, "shuyu"])
def test_pages_fit_in_english_too(
    page: OpenPage, product: Product, states: States, addresses: list[str], who: str
) -> None:
    tab = page(state=states(who))
    cookie = {"name": "portal_language", "value": "en", "url": product.url}
    tab.context.add_cookies([cookie])  # type: ignore[list-item]
    busy = ("/", "/search", "/units", "/tasks", "/catalog/entries", "/catalog/reviews")
    some = [a for a in addresses if a in busy or a.startswith(("/help/w", "/catalog/entries/"))]
    assert walk(tab, product.url, some, Seen()) == {}
    assert tab.locator("html").get_attribute("lang") == "en"


def test_pages_in_the_dark_have_enough_contrast(page: OpenPage, product: Product) -> None:
    """The dark scheme is a choice of the signed-in; light is what everybody else gets."""
    tab = page()
    sign_in(tab, product.url, "furong")
    tab.goto(f"{product.url}/account")
    tab.locator("[name=scheme][value=dark]").check()
    tab.locator("form[action='/account/preferences'] button").first.click()
    tab.wait_for_url("**/account?saved=1")
    for address in ("/", "/search", "/tasks", "/units"):
        tab.goto(product.url + address)
        assert tab.locator("html").get_attribute("data-color-scheme") == "dark"
        assert_accessible(tab)


def test_the_walk_sees_a_page_that_is_too_wide(page: OpenPage) -> None:
    tab = page()
    tab.set_content("<main><h1>目录</h1><p style='width: 2000px'>宽</p></main>")
    assert "pixels wider than the screen" in "\n".join(faults_of(tab, WIDE))


# Keyboard


def test_the_first_stop_of_the_keyboard_leads_to_the_content(
    page: OpenPage, product: Product
) -> None:
    tab = page()
    tab.goto(product.url)
    tab.keyboard.press("Tab")
    skip = tab.locator(".p-skip")
    assert skip.evaluate("link => link === document.activeElement")
    assert skip.is_visible()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"


def test_every_stop_of_the_keyboard_on_a_page_is_seen(page: OpenPage, product: Product) -> None:
    """Each stop shows where it is, by an outline, a shadow or a border of its own."""
    tab = page()
    tab.goto(f"{product.url}/search?q=公交")
    seen: list[str] = []
    for _stop in range(25):
        tab.keyboard.press("Tab")
        seen.append(
            tab.evaluate(
                """() => { const at = document.activeElement, look = getComputedStyle(at);
                return look.outlineStyle !== "none" || look.boxShadow !== "none" ? "" : at.outerHTML }"""
            )
        )
    assert [markup for markup in seen if markup] == []


def test_the_menu_of_a_phone_opens_by_keyboard_without_script(
    page: OpenPage, product: Product, states: States
) -> None:
    tab = page(NARROW, script=False, state=states("shuyu"))
    tab.goto(product.url)
    entry = tab.locator(".p-menu a[href='/catalog/reviews']")
    assert not entry.is_visible()
    tab.locator(".p-menu > summary").press("Enter")
    entry.press("Enter")
    tab.wait_for_url("**/catalog/reviews")


def test_the_filters_of_a_phone_work_without_script(page: OpenPage, product: Product) -> None:
    tab = page(NARROW, script=False)
    tab.goto(f"{product.url}/search?q=公交")
    tab.locator("details.p-fold > summary").press("Enter")
    box = tab.locator("fieldset input[type=checkbox]").first
    name, value = box.get_attribute("name"), box.get_attribute("value")
    box.press("Space")
    tab.locator(".p-facets button").press("Enter")
    tab.wait_for_url(f"**{name}=*")
    assert tab.locator(f"[type=checkbox][name='{name}'][value='{value}']").is_checked()


# States


def test_a_search_without_result_says_what_to_do(page: OpenPage, product: Product) -> None:
    tab = page(NARROW)
    tab.goto(f"{product.url}/search?q={UNKNOWN_WORDS}")
    assert tab.get_by_text("没有找到").first.is_visible()
    assert tab.locator("#results a[href='/units'], #results a[href^='/catalog']").count() > 0
    assert_accessible(tab)


def test_an_unknown_address_and_a_forbidden_page_speak_plainly(
    page: OpenPage, product: Product, states: States
) -> None:
    tab = page(state=states("pipa"))
    for address, status, words in (
        ("/no-such-page", 404, "没有找到"),
        ("/catalog/reviews", 403, "没有权限"),
    ):
        response = tab.goto(product.url + address)
        assert response is not None
        assert response.status == status
        assert words in tab.locator("h1").inner_text()
        assert tab.locator("main a").count() > 0  # a way on
        assert_accessible(tab)


def test_an_invalid_form_keeps_what_was_typed_and_names_the_fields(
    page: OpenPage, product: Product, states: States
) -> None:
    for width in (WIDE, NARROW):
        tab = page(width, state=states("jinxian"))
        tab.goto(f"{product.url}/catalog/entries/new")
        tab.locator("[name=abstract]").fill("只写了摘要的目录")
        with tab.expect_response(lambda answer: answer.request.method == "POST") as answered:
            tab.locator(".ds-button[name=step][value=save]").click()
        assert answered.value.status == 422
        tab.wait_for_load_state()
        assert tab.title().startswith("错误")
        assert tab.locator("[name=abstract]").input_value() == "只写了摘要的目录"
        assert tab.locator("[name=title]").get_attribute("aria-invalid") == "true"
        assert tab.locator("[data-error-summary]").evaluate("e => e === document.activeElement")
        assert_accessible(tab)
        tab.close(run_before_unload=False)


def test_a_stale_edit_shows_both_sides(page: OpenPage, product: Product, states: States) -> None:
    first = page(state=states("jinxian"))
    first.goto(f"{product.url}/catalog/entries/new")
    first.locator("[name=title]").fill("泉水直饮点位")
    first.locator(".ds-button[name=step][value=save]").click()
    first.wait_for_url(lambda url: not url.endswith("/new"))
    address = first.url.split("?")[0] + "/edit"
    second = first.context.new_page()
    for tab in (first, second):
        tab.goto(address)
    first.locator("[name=abstract]").fill("先保存的摘要")
    first.locator(".ds-button[name=step][value=save]").click()
    first.wait_for_url(lambda url: not url.endswith("/edit"))
    second.locator("[name=abstract]").fill("后保存的摘要")
    with second.expect_response(lambda answer: answer.request.method == "POST") as answered:
        second.locator(".ds-button[name=step][value=save]").click()
    assert answered.value.status == 409
    second.wait_for_load_state()
    for words in ("先保存的摘要", "后保存的摘要"):
        assert second.get_by_text(words).locator("visible=true").count() > 0
    assert_accessible(second)


@pytest.fixture(scope="module")
def without_engine(
    sample_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    """A web server whose search engine does not answer."""
    folder = tmp_path_factory.mktemp("down") / "data"
    shutil.copytree(sample_folder, folder)
    nowhere = {"PORTAL_SEARCH_URL": f"http://127.0.0.1:{free_port()}"}
    with running_product(
        folder, names=("serve",), settings=nowhere, ready="/health/live"
    ) as running:
        yield running


def test_without_the_engine_the_page_says_so_and_offers_browsing(
    page: OpenPage, without_engine: Product
) -> None:
    tab = page()
    response = tab.goto(f"{without_engine.url}/search?q=公交")
    assert response is not None
    assert response.status == 200
    assert tab.get_by_text("检索暂时不能使用").is_visible()
    assert tab.locator("#results a[href^='/catalog/entries/']").count() > 0
    assert faults_of(tab, WIDE) + faults_of(tab, NARROW) == []


def test_without_the_engine_every_other_page_works(
    page: OpenPage, without_engine: Product, addresses: list[str]
) -> None:
    tab = page()
    failed = {}
    for address in addresses:
        answer = tab.context.request.get(without_engine.url + address)
        if answer.status not in (200, *REFUSED):
            failed[address] = answer.status
    assert failed == {}
