"""Fragments in a real browser: filters, history, refusals, caching, and all of it without script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Faults, State
from tests.browser.server import Product

OpenPage = Callable[..., Page]
States = Callable[[str], State | None]
FRAGMENT = {"HX-Request": "true"}
RESTORED = {**FRAGMENT, "HX-History-Restore-Request": "true"}
PAGE_MARK, RESULTS_MARK = "<!doctype html>", 'id="found"'


def first_filter(tab: Page) -> Locator:
    """The first filter that is not chosen yet."""
    return tab.locator("#results fieldset input[type=checkbox]:not(:checked)").first


def choose(tab: Page, box: Locator) -> str:
    """Clicks a filter and waits for what it brings; the address of the answer."""
    with tab.expect_response(lambda answer: "hx-request" in answer.request.headers) as answered:
        box.click()
    tab.wait_for_url(lambda url: url == answered.value.url)
    assert PAGE_MARK not in answered.value.text()
    return answered.value.url


def is_whole(tab: Page) -> bool:
    """Whether the tab shows a page, with its head, style and results, and not a bare part."""
    return bool(
        tab.locator("header .p-brand").is_visible()
        and tab.locator("h1").count() == 1
        and tab.locator("#results").count() == 1
        and tab.evaluate("document.styleSheets.length") > 3
    )


def test_a_filter_swaps_the_results_and_changes_the_address(
    page: OpenPage, product: Product
) -> None:
    tab = page()
    tab.goto(f"{product.url}/search?q=公交")
    tab.evaluate("window.stillThere = true")
    before = tab.locator("#found").inner_text()
    box = first_filter(tab)
    name, value = box.get_attribute("name"), box.get_attribute("value")
    url = choose(tab, box)
    assert f"{name}=" in url
    assert tab.evaluate("window.stillThere") is True
    assert tab.locator(f"[type=checkbox][name='{name}'][value='{value}']").is_checked()
    assert tab.locator("#found").count() == 1
    assert tab.locator("#found").inner_text() != "" != before
    told = tab.locator("[role=status][data-tells=found]")
    assert told.inner_text() == tab.locator("#found").inner_text(), "who does not see hears it"
    assert is_whole(tab)


def test_going_back_after_a_filter_shows_the_page_as_it_was(
    page: OpenPage, product: Product
) -> None:
    tab = page()
    tab.goto(f"{product.url}/search?q=公交")
    before = tab.locator("#found").inner_text()
    start = tab.url
    choose(tab, first_filter(tab))
    filtered = tab.url
    tab.go_back()
    tab.wait_for_url(start)
    tab.wait_for_function(
        "words => document.querySelector('#found')?.innerText === words", arg=before
    )
    assert is_whole(tab)
    assert tab.locator("#results fieldset input:checked").count() == 0
    tab.go_forward()
    tab.wait_for_url(filtered)
    tab.locator("#results fieldset input:checked").first.wait_for(state="attached")
    assert is_whole(tab)


def test_coming_back_from_another_page_shows_the_filtered_page_whole(
    page: OpenPage, product: Product
) -> None:
    """The browser's own cache holds page and fragment under one address: it must not mix them."""
    tab = page()
    tab.goto(f"{product.url}/search?q=公交")
    choose(tab, first_filter(tab))
    filtered = tab.url
    tab.locator("#results a[href^='/catalog/entries/']").first.click()
    tab.wait_for_url("**/catalog/entries/**")
    tab.go_back()
    tab.wait_for_url(filtered)
    tab.wait_for_load_state()
    assert is_whole(tab)
    assert tab.locator("#results fieldset input:checked").count() == 1


def test_a_filtered_address_opened_anew_is_the_same_page(page: OpenPage, product: Product) -> None:
    tab = page()
    tab.goto(f"{product.url}/search?q=公交")
    choose(tab, first_filter(tab))
    words = tab.locator("#found").inner_text()
    tab.reload()
    assert is_whole(tab)
    assert tab.locator("#found").inner_text() == words


def test_a_restored_history_entry_gets_the_whole_page(page: OpenPage, product: Product) -> None:
    asked = page().context.request
    address = f"{product.url}/search?q=公交"
    part, whole = asked.get(address, headers=FRAGMENT), asked.get(address, headers=RESTORED)
    assert RESULTS_MARK in part.text()
    assert PAGE_MARK not in part.text()
    assert PAGE_MARK in whole.text()
    assert RESULTS_MARK in whole.text()


def test_caches_are_told_who_and_what_an_answer_is_for(
    page: OpenPage, product: Product, states: States
) -> None:
    for who, secret in (("nobody", False), ("shuyu", True)):
        asked = page(state=states(who)).context.request
        for address in ("/", "/search?q=公交", "/units", "/no-such-page"):
            for headers in ({}, FRAGMENT):
                answer = asked.get(product.url + address, headers=headers)
                varies = {part.strip() for part in answer.headers["vary"].split(",")}
                assert varies >= {"HX-Request", "Cookie"}, address
                assert (answer.headers["cache-control"] == "private, no-store") is secret, address


def test_the_page_tells_htmx_what_it_may(page: OpenPage, product: Product) -> None:
    tab = page()
    tab.goto(product.url)
    asked = {
        name: tab.evaluate(f"htmx.config.{name}")
        for name in ("allowEval", "allowScriptTags", "historyCacheSize", "includeIndicatorStyles")
    }
    assert asked == {
        "allowEval": False,
        "allowScriptTags": False,
        "historyCacheSize": 0,
        "includeIndicatorStyles": False,
    }


def forgive(faults: Faults) -> None:
    """Htmx writes on the console what it was refused; that is no fault of the page."""
    faults.seen[:] = [seen for seen in faults.seen if "Response Status Error" not in seen]


REFUSALS = [
    (403, "没有权限", "/catalog/reviews"),
    (404, "没有找到", "/no-such-page"),
]


@pytest.mark.parametrize(("status", "words", "address"), REFUSALS)
def test_a_refusal_is_shown_and_what_was_typed_stays(
    page: OpenPage,
    product: Product,
    states: States,
    faults: Faults,
    status: int,
    words: str,
    address: str,
) -> None:
    tab = page(state=states("pipa"))
    tab.goto(f"{product.url}/search")
    with tab.expect_response(lambda answer: "/suggestions" in answer.url):
        tab.locator("#q").fill("没有写完的词")
    with tab.expect_response(lambda answer: answer.status == status):
        tab.evaluate("address => void htmx.ajax('GET', address, '#results')", address)
    note = tab.locator("#messages [data-failure]")
    note.wait_for()
    assert words in note.inner_text()
    tab.wait_for_function("document.activeElement.matches('[data-failure]')")
    assert tab.locator("#results #found").count() == 1
    assert tab.locator("#q").input_value() == "没有写完的词"
    forgive(faults)


def test_an_invalid_and_a_stale_answer_are_shown_too(
    page: OpenPage, product: Product, states: States, faults: Faults
) -> None:
    """422 and 409 of a form that htmx sends: a page of their own is put where it was asked for."""
    tab = page(state=states("jinxian"))
    tab.goto(f"{product.url}/catalog/entries/new")
    with tab.expect_response(lambda answer: answer.status == 422):
        tab.evaluate(
            "void htmx.ajax('POST', '/catalog/entries/new', {target: '#main', values: {step: 'save'}})"
        )
    tab.locator("#main [data-error-summary], #messages [data-failure]").first.wait_for()
    forgive(faults)


def test_filters_sorts_and_pages_work_without_script(page: OpenPage, product: Product) -> None:
    tab = page(script=False)
    tab.goto(f"{product.url}/search")
    box = first_filter(tab)
    name = box.get_attribute("name")
    box.check()
    tab.locator(".p-facets button").click()
    tab.wait_for_url(f"**{name}=**")
    assert tab.locator("#results fieldset input:checked").count() == 1
    assert is_whole(tab)
    tab.locator(".p-chips a, .p-chip").first.click()
    tab.wait_for_load_state()
    assert tab.locator("#results fieldset input:checked").count() == 0
    tab.locator(".p-pager a").last.click()
    tab.wait_for_load_state()
    assert is_whole(tab)
    assert tab.locator("#results a[href^='/catalog/entries/']").count() > 0


def test_suggestions_are_reached_by_the_arrow_keys(page: OpenPage, product: Product) -> None:
    tab = page()
    tab.goto(f"{product.url}/search")
    with tab.expect_response(lambda answer: "/suggestions" in answer.url):
        tab.locator("#q").press_sequentially("公交")
    tab.locator("#q-list [role=option]").first.wait_for()
    tab.locator("#q").press("ArrowDown")
    assert tab.locator("#q-list [aria-selected=true]").count() == 1
    tab.locator("#q").press("Enter")
    tab.wait_for_url("**/catalog/entries/**")


SEEN = """option => {
  const box = option.getBoundingClientRect(), style = getComputedStyle(option);
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const behind = getComputedStyle(option.closest("ul")).backgroundColor;
  return option.contains(top) && style.color !== behind;
}"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("place", ["/", "/search"])
def test_every_suggestion_is_seen_wherever_the_field_stands(
    page: OpenPage, product: Product, place: str, width: int
) -> None:
    tab = page()
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(product.url + place)
    with tab.expect_response(lambda answer: "/suggestions" in answer.url):
        tab.locator("main #q").press_sequentially("公")
    options = tab.locator("main [role=option]")
    options.first.wait_for()
    assert options.count() > 2
    assert all(option.evaluate(SEEN) for option in options.all())
