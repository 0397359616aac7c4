"""From an empty folder to a citizen's find: import, return, mend, publish, find, suspend, gone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import sign_in
from tests.browser.server import Product, until
from tests.journeys.conftest import write_rows

OpenPage = Callable[..., Page]
pytestmark = pytest.mark.chromium

TITLE, OTHER = "泉城停车场开放信息", "环卫作业车辆信息"
WRONG, MENDED = "请写明数据从哪里来。", "全市公共停车场的名称、位置和开放时间，来自停车管理系统。"
SUSPENDED_BECAUSE = "位置正在核对。"
SAVE = ".ds-button[name=step][value={step}]"


def person(page: OpenPage, product: Product, username: str) -> Page:
    tab = page()
    sign_in(tab, product.url, username)
    return tab


def send_file(tab: Page, product: Product, path: Path) -> None:
    """Sends a file on the page of imports, confirms, and waits until it is in."""
    tab.goto(f"{product.url}/catalog/imports/new")
    tab.locator("input[type=file]").set_input_files(path)
    tab.get_by_role("button", name="上传并读取").click()
    confirm = tab.get_by_role("button", name="确认导入")
    confirm.wait_for(timeout=60_000)  # read by the scheduler; the page follows by itself
    confirm.click()
    tab.get_by_role("heading", name="再次导入").wait_for(timeout=60_000)


def open_own(tab: Page, product: Product, title: str) -> None:
    tab.goto(f"{product.url}/catalog/own")
    tab.get_by_role("link", name=title).first.click()
    tab.wait_for_url("**/catalog/entries/*")


def decide(tab: Page, product: Product, *, step: str, comment: str = "") -> None:
    """The reviewer opens the first waiting version and decides."""
    tab.goto(f"{product.url}/catalog/reviews")
    tab.get_by_role("link", name=TITLE).first.click()
    tab.wait_for_url("**/catalog/reviews/*")
    tab.locator("textarea[name=comment]").fill(comment)
    tab.locator(f"input[type=radio][value={step}]").check()
    tab.get_by_role("button", name="提交结论").click()
    tab.wait_for_url(lambda url: "/catalog/reviews/" not in url)


def found(tab: Page, product: Product) -> bool:
    tab.goto(f"{product.url}/search?q={TITLE}")
    return tab.locator("#results a[href^='/catalog/entries/']").filter(has_text=TITLE).count() > 0


def test_an_entry_goes_from_a_file_to_a_citizen_and_out_of_sight(
    page: OpenPage, stopped: Product, tmp_path: Path
) -> None:
    product = stopped
    product.start("provider", "dispatch", "scheduler", "serve")
    citizen = page(390)
    assert not found(citizen, product)

    editor = person(page, product, "bianji")
    send_file(editor, product, write_rows(tmp_path / "目录.csv", [TITLE, OTHER]))
    assert not found(citizen, product)
    open_own(editor, product, TITLE)
    editor.get_by_role("button", name="提交审核").click()
    editor.wait_for_load_state()

    reviewer = person(page, product, "shenhe")
    decide(reviewer, product, step="return", comment=WRONG)

    until(lambda: _told(editor, product), what="a message to the unit")
    open_own(editor, product, TITLE)
    entry = editor.url
    editor.goto(f"{entry}/versions/1")
    assert editor.get_by_text(WRONG).count() > 0
    editor.goto(entry)
    editor.get_by_role("link", name="编辑").first.click()
    editor.locator("[name=abstract]").fill(MENDED)
    editor.locator(SAVE.format(step="submit")).click()
    editor.wait_for_url(lambda url: not url.endswith("/edit"))

    decide(reviewer, product, step="publish")
    until(lambda: found(citizen, product), limit=10, what="the entry in the search")
    citizen.locator("#results a[href^='/catalog/entries/']").first.click()
    citizen.wait_for_url("**/catalog/entries/*")
    assert citizen.get_by_text(MENDED).count() > 0
    address = citizen.url

    reviewer.goto(address)
    reviewer.locator("#f-reason-suspend").fill(SUSPENDED_BECAUSE)
    reviewer.locator("form[action$='/transitions/suspend'] button").click()
    reviewer.wait_for_load_state()
    until(lambda: not found(citizen, product), limit=10, what="the entry out of the search")
    citizen.goto(address)
    assert citizen.get_by_text(SUSPENDED_BECAUSE).count() > 0
    assert citizen.get_by_text(MENDED).count() == 0
    assert product.command("search", "verify").returncode == 0


def _told(tab: Page, product: Product) -> bool:
    tab.goto(f"{product.url}/messages")
    return tab.get_by_text(WRONG).count() > 0 or tab.get_by_text(TITLE).count() > 0
