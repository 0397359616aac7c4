"""The gallery in a real browser: accessible, never wider than the window, and what the script does."""

import json

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.axe import assert_accessible
from tests.portal.templates.conftest import Browser

pytestmark = pytest.mark.chromium

PAGES = ("/", "/pages/home", "/pages/search", "/pages/form", "/pages/import", "/work", "/failing")
EVERY_LOOK = [("/", who, width) for who in ("", "zh-light", "en-dark") for width in (390, 1280)]
TWO_LOOKS = [(path, *look) for path in PAGES[1:] for look in (("zh-light", 390), ("en-dark", 1280))]


@pytest.mark.parametrize(("path", "who", "width"), EVERY_LOOK + TWO_LOOKS)
def test_pages_are_accessible(browser: Browser, path: str, who: str, width: int) -> None:
    browser.look(path, assert_accessible, who=who, width=width)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways(browser: Browser, path: str) -> None:
    def widths(page: Page) -> list[int]:
        found = []
        for width in (320, 600, 1000, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            found.append(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
        return found

    assert max(browser.look(path, widths, who="en-light")) <= 0


def test_the_focus_is_on_the_error_summary_of_a_refused_form(browser: Browser) -> None:
    assert (
        browser.look("/pages/form", lambda page: page.evaluate("document.activeElement.id"))
        == "errors"
    )


def test_the_menu_of_a_phone_opens_without_script(browser: Browser) -> None:
    def menu(page: Page) -> None:
        expect(page.locator(".p-menu a", has_text="本部门目录")).to_be_hidden()
        page.click(".p-menu summary")
        expect(page.locator(".p-menu a", has_text="本部门目录")).to_be_visible()

    browser.look("/work", menu, width=390, script=False)


def test_the_open_menu_and_the_dialog_are_accessible(browser: Browser) -> None:
    def menu(page: Page) -> None:
        page.click(".p-menu summary")
        assert_accessible(page)

    def dialog(page: Page) -> None:
        page.click("#withdraw")
        expect(page.locator("[data-dialog-keep]")).to_be_focused()
        assert_accessible(page)

    browser.look("/work", menu, width=390)
    browser.look("/", dialog)


def test_a_dangerous_form_is_sent_only_after_the_question(browser: Browser) -> None:
    def ask(page: Page) -> str:
        page.click("#withdraw")
        page.click("[data-dialog-keep]")
        assert page.url.endswith("/")
        page.click("#withdraw")
        page.click("[data-dialog-confirm]")
        page.wait_for_url("**/sent")
        return page.url

    assert browser.look("/", ask, who="").endswith("/sent")


def test_check_all_selects_every_row_and_says_how_many(browser: Browser) -> None:
    def check(page: Page) -> list[str]:
        bar = page.locator(".p-bulk [role=status]")
        page.locator("[data-pick]").first.check()
        said = [bar.inner_text()]
        assert page.evaluate("document.querySelector('[data-check-all]').indeterminate")
        page.check("[data-check-all]")
        return [*said, bar.inner_text()]

    assert browser.look("/", check) == ["已选 1 件", "已选 3 件"]


def test_rows_are_added_with_fresh_names_and_removed(browser: Browser) -> None:
    def rows(page: Page) -> list[str]:
        page.click("[data-rows-add]")
        expect(page.locator("[id='f-items.2.name']")).to_be_focused()
        page.locator("[data-rows-remove]").first.click()
        names = page.locator("[data-rows-list] input[name$=name]")
        assert page.locator("[data-rows-list] legend").all_inner_texts() == ["信息项 1", "信息项 2"]
        return [each.get_attribute("name") or "" for each in names.all()]

    assert browser.look("/pages/form", rows) == ["items.1.name", "items.2.name"]


def test_without_script_the_same_buttons_send_the_form(browser: Browser) -> None:
    def add(page: Page) -> dict[str, str]:
        page.click("text=增加一项")
        sent: dict[str, str] = json.loads(page.inner_text("#sent"))
        return sent

    sent = browser.look("/pages/form", add, script=False)
    assert sent["_add"] == "items"
    assert sent["items.0.field"] == "POINT_ID"
    assert sent["_csrf"] == "token"


def test_a_refused_fragment_leaves_what_was_there_and_says_why(browser: Browser) -> None:
    def refuse(page: Page) -> None:
        unit = page.get_by_label("市城乡水务局", exact=True)
        unit.check()
        expect(page.locator("#messages")).to_contain_text("检索引擎没有应答")
        expect(page.locator("#messages [data-failure]")).to_be_focused()
        expect(page.locator("#results")).to_contain_text("供水管网")
        unit.uncheck()
        expect(page.locator("#fresh")).to_be_visible()
        expect(page.locator("#messages")).to_be_empty()
        expect(unit).to_be_focused()

    browser.look("/pages/search", refuse)


def test_a_lost_connection_is_said_and_loses_nothing(browser: Browser) -> None:
    def lose(page: Page) -> None:
        page.route("**/results*", lambda route: route.abort())
        page.get_by_label("市城乡水务局", exact=True).check()
        expect(page.locator("#messages")).to_contain_text("没有连上服务器")

    browser.look("/pages/search", lose)


def test_going_back_after_a_filter_shows_the_whole_page(browser: Browser) -> None:
    def back(page: Page) -> None:
        page.get_by_label("有条件开放", exact=True).check()
        expect(page.locator("#fresh")).to_be_visible()
        assert "open_type=v" in page.url
        page.go_back()
        expect(page.locator("h1")).to_have_text("检索数据目录")
        expect(page.locator("#found")).to_be_visible()
        expect(page.locator("footer")).to_be_visible()

    browser.look("/pages/search", back)


def test_suggestions_are_walked_with_the_arrows(browser: Browser) -> None:
    def walk(page: Page) -> None:
        field = page.locator("#q")
        field.fill("")
        field.press_sequentially("水")
        expect(page.locator("[role=option]").first).to_be_visible()
        field.press("ArrowDown")
        expect(field).to_have_attribute("aria-activedescendant", "q-option-1")
        assert_accessible(page)
        field.press("Escape")
        expect(field).to_have_attribute("aria-expanded", "false")
        field.press_sequentially("位")
        expect(page.locator("[role=option]").first).to_be_visible()
        field.press("ArrowUp")
        field.press("Enter")
        page.wait_for_url("**/?s=2")

    browser.look("/", walk)


def test_polling_follows_and_can_be_paused(browser: Browser) -> None:
    def poll(page: Page) -> None:
        expect(page.locator("#progress")).to_contain_text("900")
        page.click("[data-poll-toggle]")
        expect(page.locator("[data-poll-toggle]")).to_have_text("继续刷新")
        expect(page.locator("#progress")).to_have_attribute("data-paused", "")

    browser.look("/", poll)


def test_leaving_a_form_with_something_typed_is_asked(browser: Browser) -> None:
    def leave(page: Page) -> list[str]:
        asked: list[str] = []

        def answer(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        page.on("dialog", answer)
        page.locator("textarea").fill("写了一半")
        page.click("text=放弃修改")
        page.wait_for_url("**/")
        return asked

    assert browser.look("/pages/form", leave) == ["beforeunload"]
