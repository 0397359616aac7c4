"""What a unit's page offers where there is nothing to open, and in which language its words are."""

from datetime import date

from auth.services import close_unit
from portal.kernel.access import SYSTEM
from portal.kernel.uow import unit_of_work
from tests.catalog.departments.app import Visitors
from tests.catalog.departments.city import WATER


def _page(visitors: Visitors, *, language: str = "zh") -> str:
    address = f"/units/{visitors.city.units[WATER]}"
    return visitors.browser(language=language).get(address).text


def test_a_search_is_offered_only_where_there_is_something_to_find(visitors: Visitors) -> None:
    assert "检索本部门目录" not in _page(visitors)
    visitors.city.publish(WATER, 1)
    assert "检索本部门目录" in _page(visitors)


def test_a_closed_unit_without_entries_promises_none(visitors: Visitors) -> None:
    with unit_of_work(visitors.city.runtime, SYSTEM) as uow:
        close_unit(uow, visitors.city.units[WATER], on=date(2022, 1, 1))
    page = _page(visitors)
    assert "这个单位没有公开的数据目录" in page
    assert "会列在这里" not in page
    assert "仍可查阅" not in page


def test_names_and_duties_say_in_english_pages_that_they_are_chinese(visitors: Visitors) -> None:
    visitors.city.appoint(WATER)
    english = _page(visitors, language="en")
    for words in (WATER, "示例·漱玉", "副局长"):
        assert f' lang="zh-CN">{words}<' in english
    assert f' lang="zh-CN">{WATER}<' not in _page(visitors)
