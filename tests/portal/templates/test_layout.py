"""The skeleton: what it shows to whom, and what it leaves out."""

from pathlib import Path

from flask import Flask

from tests.portal.templates.conftest import Visitor
from tests.portal.templates.gallery_app import gallery

HEADERS = """hx-headers='{"X-CSRF-Token": "token"}'"""


def test_only_the_signed_in_carry_the_token(visitor: Visitor) -> None:
    assert HEADERS in visitor.html("/", "zh-light")
    assert "X-CSRF-Token" not in visitor.html("/")


def test_the_dark_style_is_linked_only_where_it_is_asked_for(visitor: Visitor) -> None:
    assert "dark.css" not in visitor.html("/")
    assert "dark.css" in visitor.html("/", "zh-dark")
    assert 'media="screen and (prefers-color-scheme: dark)"' in visitor.html("/", "zh-auto")


def test_an_unknown_scheme_is_light(visitor: Visitor) -> None:
    assert 'data-color-scheme="light"' in visitor.html("/", "zh-pink")


def test_the_demo_says_so_and_production_does_not(visitor: Visitor, tmp_path: Path) -> None:
    assert 'class="p-demo"' in visitor.html("/")
    assert 'class="p-demo"' not in Visitor(gallery(tmp_path, mode="production").test_client()).html(
        "/"
    )


def test_work_items_come_before_the_rule_and_only_for_the_signed_in(visitor: Visitor) -> None:
    page = visitor.html("/pages/import", "zh-light")
    assert page.index("本部门目录") < page.index('class="p-split"') < page.index(">数据目录<")
    assert "待办" not in visitor.html("/failing")


def test_a_count_is_said_and_asks_for_itself(visitor: Visitor) -> None:
    page = visitor.html("/", "zh-light")
    assert 'hx-get="/counters/tasks"' in page
    assert '<span class="p-count">9<span class="p-hide"> 件</span></span>' in page
    assert "5" in visitor.html("/counters/tasks", "zh-light", fragment=True)


def test_a_page_with_a_search_of_its_own_has_no_other(visitor: Visitor) -> None:
    assert visitor.html("/pages/search", "zh-light").count('role="search"') == 1


def test_links_to_pages_that_do_not_exist_are_left_out(visitor: Visitor, tmp_path: Path) -> None:
    page = Visitor(gallery(tmp_path, alone=True).test_client()).html("/pages/home")
    assert "/sign-in" not in page
    assert "无障碍声明" not in page
    assert "无障碍声明" in visitor.html("/pages/home")


def test_the_title_of_a_refused_form_begins_with_the_word_error(visitor: Visitor) -> None:
    assert "<title>错误：编辑" in visitor.html("/pages/form")
    assert "<title>Error: 编辑" in visitor.html("/pages/form", "en-light")
    assert "<title>导入" in visitor.html("/pages/import")


def test_a_failure_names_the_rule_and_the_number(visitor: Visitor) -> None:
    page = visitor.html("/failing", "zh-light")
    assert "草稿只对本单位可见。（规则 CAT-03）" in page
    assert "报告问题时请提供" in page


def test_a_failure_inside_a_page_is_a_fragment(visitor: Visitor) -> None:
    fragment = visitor.html("/failing", "zh-light", fragment=True)
    assert "<html" not in fragment
    assert 'role="alert"' in fragment


def test_a_broken_page_asks_the_database_for_no_counts(app: Flask, visitor: Visitor) -> None:
    page = visitor.html("/failing?kind=broken", "zh-light")
    assert "服务出错" in page
    assert 'class="p-nav"' not in page


def test_who_may_not_see_a_page_without_signing_in_is_led_to_it(app: Flask) -> None:
    page = app.test_client().post("/sent").get_data(as_text=True)
    assert 'href="/sign-in?next=' in page
