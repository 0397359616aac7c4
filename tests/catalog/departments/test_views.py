"""The pages of units, as different people see them."""

from datetime import date, timedelta
from pathlib import Path

import html5lib
import pytest

from auth.services import close_unit, create_unit
from auth.unit_data import UnitData
from catalog.entries.services.writing import create_entry
from portal.kernel import clock, text
from portal.kernel.access import SYSTEM
from portal.kernel.uow import unit_of_work
from tests.catalog.departments.app import TOKEN, Visitors
from tests.catalog.departments.city import BUREAU, DISTRICT, FIRM, OLD_WATER, WATER

ROOT = Path(__file__).resolve().parents[3]
FORM = {
    "_csrf": TOKEN,
    "name": "示例·漱玉",
    "post": "副局长",
    "office_phone": "0531-00000000",
    "appointing_document": "示例文号〔2022〕1号",
    "term_from": "2022-01-01",
}


def page_of(visitors: Visitors, unit: str, who: str = "nobody", **query: str) -> str:
    address = f"/units/{visitors.city.units[unit]}"
    response = visitors.browser(who).get(address, query_string=query)
    assert response.status_code == 200
    return response.text


def test_the_list_names_every_unit_with_its_figures_and_representative(visitors: Visitors) -> None:
    city = visitors.city
    city.appoint(WATER)
    city.publish(WATER, 3)
    city.publish(WATER, 1, resource_count=0)
    page = visitors.browser().get("/units").text
    assert "共 5 个单位" in page
    assert "示例·漱玉" in page
    assert page.count("未备案") == 3  # the firm needs nobody
    assert "75%" in page
    assert f'href="/units/{city.units[WATER]}?show=attached#entries"' in page


def test_the_list_answers_htmx_with_its_part_only(visitors: Visitors) -> None:
    headers = {"HX-Request": "true"}
    part = visitors.browser().get("/units?region=370102", headers=headers).text
    assert "<html" not in part
    assert "共 3 个单位" in part


def test_a_narrowed_list_is_not_for_search_machines(visitors: Visitors) -> None:
    assert 'content="noindex, nofollow"' in visitors.browser().get("/units?kind=government").text
    assert "noindex" not in visitors.browser().get("/units").text


def test_a_former_name_finds_the_unit_and_is_shown(visitors: Visitors) -> None:
    page = visitors.browser().get("/units", query_string={"q": OLD_WATER}).text
    assert f"曾用名：{OLD_WATER}" in page


def test_a_search_keeps_the_filters(visitors: Visitors) -> None:
    page = visitors.browser().get("/units?kind=government&region=370100&closed=1").text
    for name, value in (("kind", "government"), ("region", "370100"), ("closed", "1")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page


def test_nothing_found_says_how_to_go_on(visitors: Visitors) -> None:
    assert "没有符合条件的单位" in visitors.browser().get("/units?q=zzz").text


def test_what_is_typed_is_escaped(visitors: Visitors) -> None:
    page = visitors.browser().get("/units", query_string={"q": "<b>'\""}).text
    assert "<b>'" not in page


def test_a_page_too_deep_is_refused_with_a_sentence(visitors: Visitors) -> None:
    response = visitors.browser().get("/units?page=999999")
    assert response.status_code == 422
    assert "用筛选条件缩小范围" in response.text


def test_a_unit_shows_who_answers_for_it(visitors: Visitors) -> None:
    city = visitors.city
    city.appoint(WATER, liaison="示例·金线", term_to=date(2099, 6, 30))
    city.appoint(WATER, name="示例·柳絮", is_deputy=True)
    page = page_of(visitors, WATER)
    for words in ("示例·漱玉", "副局长", "0531-00000000", "示例文号〔2021〕1号", "示例·金线"):
        assert words in page
    assert "2021-07-01 至 2099-06-30" in page
    assert "示例·柳絮" in page


def test_a_unit_without_representative_says_so(visitors: Visitors) -> None:
    assert "目前没有首席代表" in page_of(visitors, WATER)
    assert "公共数据首席代表" not in page_of(visitors, FIRM)


def test_a_unit_shows_its_figures_and_lists(visitors: Visitors) -> None:
    city = visitors.city
    late = clock.now() - timedelta(days=3)
    city.publish(WATER, 12)
    city.publish(WATER, 2, title="超期", resource_count=0, soon_at=late, overdue_at=late)
    page = page_of(visitors, WATER)
    assert "应更新的目录" in page
    assert "超期 3 天" in page
    assert "第 1–10 条，共 14 条" in page
    assert f'href="/catalog?unit={city.units[WATER]}"' in page
    assert "第 11–14 条，共 14 条" in page_of(visitors, WATER, page="2")
    empty = page_of(visitors, WATER, show="empty")
    assert "第 1–2 条，共 2 条" in empty


def test_an_unknown_list_is_the_whole_one(visitors: Visitors) -> None:
    visitors.city.publish(WATER, 2)
    assert "共 2 条" in page_of(visitors, WATER, show="nonsense", page="7")


def test_withheld_entries_stay_within_government(visitors: Visitors) -> None:
    visitors.city.publish(WATER, 1, title="内部目录", open_type="withheld")
    assert "内部目录" not in page_of(visitors, WATER)
    assert "内部目录" not in page_of(visitors, WATER, "enterprise")
    assert "内部目录" in page_of(visitors, WATER, "other")


def test_drafts_are_shown_to_people_of_the_unit_and_reviewers(visitors: Visitors) -> None:
    city = visitors.city
    with unit_of_work(city.runtime, SYSTEM) as uow:
        create_entry(
            uow,
            unit_id=city.units[WATER],
            region_code="370100",
            document={"title": "草拟的目录"},
        )
    shown = {who for who in city.people if "草拟的目录" in page_of(visitors, WATER, who)}
    assert shown == {"editor", "reviewer"}
    assert 'href="/catalog/own"' in page_of(visitors, WATER, "editor")
    assert 'href="/catalog/own"' not in page_of(visitors, WATER, "reviewer")


def test_a_closed_unit_says_so_and_names_its_successor(visitors: Visitors) -> None:
    city = visitors.city
    with unit_of_work(city.runtime, SYSTEM) as uow:
        old = create_unit(uow, UnitData(OLD_WATER, "370100", "government"))
        close_unit(uow, old.id, on=date(2018, 12, 31))
    page = visitors.browser("reviewer").get(f"/units/{old.id}").text
    assert "这个单位已于2018年12月31日撤销" in page
    assert f'<a href="/units/{city.units[WATER]}">{WATER}</a>' in page
    assert "/representatives" not in page


def test_an_unknown_unit_is_404(visitors: Visitors) -> None:
    response = visitors.browser().get("/units/00000000-0000-0000-0000-000000000000")
    assert response.status_code == 404


def test_statements_do_not_grow_with_units_and_entries(visitors: Visitors) -> None:
    city, browser = visitors.city, visitors.browser("reviewer")
    addresses = ("/units", "/units?q=示例", f"/units/{city.units[DISTRICT]}")

    def statements() -> list[int]:
        numbers = []
        for address in addresses:
            with city.counting() as found:
                assert browser.get(address).status_code == 200
            numbers.append(len(found))
        return numbers

    city.publish(DISTRICT, 2)
    few = statements()
    with unit_of_work(city.runtime, SYSTEM) as uow:
        for n in range(60):
            parent = city.units[DISTRICT]
            data = UnitData(f"示例单位{n:03d}", "370102", "institution", parent_id=parent)
            create_unit(uow, data)
    city.publish(DISTRICT, 1000)
    assert statements() == few
    assert max(few) <= 12


def test_the_form_is_for_those_who_may_record(visitors: Visitors) -> None:
    address = f"/units/{visitors.city.units[WATER]}/representatives"
    answers = {who: visitors.browser(who).get(address).status_code for who in visitors.city.people}
    assert answers == {
        "nobody": 401,
        "reviewer": 200,
        "editor": 403,
        "other": 403,
        "district": 403,
        "administrator": 403,
        "enterprise": 403,
    }
    assert address not in page_of(visitors, WATER, "editor")
    assert address in page_of(visitors, WATER, "reviewer")
    assert address not in page_of(visitors, WATER, "other")


def test_a_representative_is_recorded_by_the_form(visitors: Visitors) -> None:
    address = f"/units/{visitors.city.units[WATER]}"
    response = visitors.browser("reviewer").post(f"{address}/representatives", data=FORM)
    assert (response.status_code, response.location) == (303, address)
    assert "示例文号〔2022〕1号" in page_of(visitors, WATER)


def test_a_wrong_form_comes_back_with_what_was_typed(visitors: Visitors) -> None:
    address = f"/units/{visitors.city.units[WATER]}/representatives"
    wrong = {**FORM, "office_phone": "无", "term_from": "去年"}
    response = visitors.browser("reviewer").post(address, data=wrong)
    assert response.status_code == 422
    assert "这一项应为日期" in response.text
    assert 'href="#f-office_phone"' in response.text
    assert 'value="示例·漱玉"' in response.text


def test_a_form_opened_before_somebody_else_recorded_is_a_conflict(visitors: Visitors) -> None:
    visitors.city.appoint(WATER)
    address = f"/units/{visitors.city.units[WATER]}/representatives"
    response = visitors.browser("reviewer").post(address, data={**FORM, "name": "示例·新任"})
    assert response.status_code == 409
    assert "已有在任的首席代表" in response.text
    assert 'value="示例·新任"' in response.text


def test_a_term_is_ended_by_the_form(visitors: Visitors) -> None:
    city, browser = visitors.city, visitors.browser("reviewer")
    chief = city.appoint(WATER)
    form = f"/units/{city.units[WATER]}/representatives"
    address = f"{form}/{chief.id}/transitions/end"
    wrong = browser.post(address, data={"_csrf": TOKEN, "ended_on": "2001-01-01"})
    assert wrong.status_code == 422
    assert "早于任期起始日期" in wrong.text
    right = browser.post(address, data={"_csrf": TOKEN, "ended_on": ""})
    assert (right.status_code, right.location) == (303, form)
    assert "目前没有首席代表" in page_of(visitors, WATER)


def test_nothing_is_recorded_without_the_sessions_token(visitors: Visitors) -> None:
    address = f"/units/{visitors.city.units[WATER]}/representatives"
    response = visitors.browser("reviewer").post(address, data={**FORM, "_csrf": "wrong"})
    assert response.status_code == 403


@pytest.mark.parametrize("who", ["nobody", "editor"])
def test_the_pages_are_valid_html(visitors: Visitors, who: str) -> None:
    city = visitors.city
    city.appoint(BUREAU)
    city.publish(BUREAU, 3, overdue_at=clock.now() - timedelta(days=1), soon_at=clock.now())
    addresses = ["/units", "/units?q=zzz", *(f"/units/{i}" for i in city.units.values())]
    if who == "editor":
        addresses.append(f"/units/{city.units[WATER]}/representatives")
    for address in addresses:
        page = visitors.browser(who).get(address).text
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(page)
        assert [error for _place, error, _more in parser.errors] == [], address
        assert page.count("<h1") == 1, address


def test_the_pages_speak_english(visitors: Visitors) -> None:
    text.load_catalogs((ROOT / "catalog" / "departments" / "en.po",))
    page = visitors.browser(language="en").get("/units").text
    assert "5 units in all" in page
