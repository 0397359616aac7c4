"""The page of one entry: what it says of its state, its dates and its versions."""

import re
from datetime import UTC, datetime

import pytest

from catalog.entries.models import EntryVersion
from portal.kernel import clock
from portal.kernel.uow import unit_of_work
from tests.catalog.entries import making
from tests.world import NOBODY, World

FRIDAY = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)


def _main(world: World, path: str, username: str = NOBODY, status: int = 200) -> str:
    response = world.client(username).get(path)
    assert response.status_code == status, (path, response.status_code)
    page = response.get_data(as_text=True)
    return page[page.index("<main") : page.index("</main>")]


def _submitted_at(world: World, made: making.Made, moment: datetime) -> None:
    """The version as if it had been submitted at another time."""
    with unit_of_work(world.runtime, world.person("shuyu")) as uow:
        uow.lock(EntryVersion, made.version_id).submitted_at = moment


@pytest.mark.parametrize("username", ["jinxian", "shuyu"])
def test_what_was_submitted_says_when_and_until_when_it_waits(office: World, username: str) -> None:
    made = making.submitted(office)
    _submitted_at(office, made, FRIDAY)
    office.client(username)  # who signs in on that Friday would be signed out today
    with clock.frozen(FRIDAY):
        page = _main(office, f"/catalog/entries/{made.id}", username)
    assert "第 1 版已提交，等待主管部门审核" in page
    assert "2026-11-27 10:00 提交，审核期限到2026年12月1日" in page
    assert "还剩 2 个工作日" in page
    assert "这条目录还没有发布" not in page


def test_the_limit_of_the_open_task_is_the_one_that_is_told(world: World) -> None:
    made = making.submitted(world)
    world.settle()
    _submitted_at(world, made, datetime(2001, 1, 1, tzinfo=UTC))  # the task keeps its limit
    page = _main(world, f"/catalog/entries/{made.id}", "jinxian")
    assert "提交，审核期限到20" in page
    assert "审核期限到2001年" not in page


def test_what_was_returned_says_so_with_the_reason(office: World) -> None:
    made = making.submitted(office)
    making.step(office, made, "return", comment="摘要太短")
    page = _main(office, f"/catalog/entries/{made.id}", "jinxian")
    assert "第 1 版已退回，还没有发布" in page
    assert "摘要太短" in page


def test_there_is_a_heading_for_the_work_only_where_something_stands_below_it(
    office: World,
) -> None:
    draft, waiting, shown = making.draft(office), making.submitted(office), making.published(office)
    for made in (draft, waiting, shown):
        for username in ("jinxian", "shuyu", NOBODY):
            if username == NOBODY and made is not shown:
                continue
            page = _main(office, f"/catalog/entries/{made.id}", username)
            section = re.search(r'<section aria-labelledby="work">(.*?)</section>', page, re.DOTALL)
            assert ('href="#work"' in page) == (section is not None)
            if section:
                assert "<form" in section[1] or "<li" in section[1]
    assert "提交审核" in _main(office, f"/catalog/entries/{waiting.id}", "jinxian")


def test_every_date_of_a_citation_and_of_a_state_carries_its_year(office: World) -> None:
    made = making.published(office, data_updated_at=f"{clock.today().year}-01-02")
    year = clock.today().year
    page = _main(office, f"/catalog/entries/{made.id}")
    cited = page[page.index('id="cite"') :]
    assert f"{year}年1月2日，信息资源代码" in cited
    versions = page[page.index('id="versions"') : page.index('id="cite"')]
    assert re.search(rf">{year}年\d+月\d+日</time>", versions)
    making.step(office, made, "suspend", comment="口径有误")
    for username, status in ((NOBODY, 410), ("jinxian", 200)):
        gone = _main(office, f"/catalog/entries/{made.id}", username, status)
        assert f"自{year}年" in gone


def test_a_cycle_that_is_not_stated_is_no_missing_cycle(office: World) -> None:
    silent = making.published(office, update_cycle=None)
    page = _main(office, f"/catalog/entries/{silent.id}")
    assert "更新周期未注明" in page
    assert "无固定周期" not in page
    irregular = making.published(office, update_cycle="irregular")
    assert "无固定周期" in _main(office, f"/catalog/entries/{irregular.id}")


def test_the_day_of_publication_is_set_by_the_portal_where_none_is_stated(office: World) -> None:
    made = making.published(office)
    today = clock.today().isoformat()
    page = _main(office, f"/catalog/entries/{made.id}")
    assert f"<dt>发布日期</dt><dd>{today}</dd>" in page
    stated = making.published(office, issued_on="2020-03-04")
    page = _main(office, f"/catalog/entries/{stated.id}")
    assert re.findall(r"<dt>发布日期</dt><dd>([^<]*)</dd>", page) == ["2020-03-04"]


def _three_versions(office: World) -> making.Made:
    """Published three times, the second time not for the public."""
    made = making.published(office, title="中间一版不予开放")
    for open_type in ("withheld", "unconditional"):
        made = making.edited(office, made, open_type=open_type)
        making.step(office, made, "submit", "jinxian")
        making.step(office, made, "publish")
    return made


def test_a_version_that_the_visitor_may_not_read_is_neither_listed_nor_linked(
    office: World,
) -> None:
    path = f"/catalog/entries/{_three_versions(office).id}"
    page = _main(office, path)
    links = set(re.findall(rf'href="{path}/([^"]+)"', page))
    assert {link for link in links if link.startswith("versions")} == {"versions/3", "versions/1"}
    assert {link for link in links if "difference" in link} == {"difference?old=1&amp;new=3"}
    inside = _main(office, path, "jinxian")
    assert f"{path}/versions/2" in inside
    assert "与第 2 版对比" in inside


def test_the_difference_without_numbers_is_that_of_the_newest_two_that_may_be_read(
    office: World,
) -> None:
    path = f"/catalog/entries/{_three_versions(office).id}"
    page = _main(office, f"{path}/difference")
    assert set(re.findall(r'<option value="(\d)"', page)) == {"1", "3"}
    assert re.findall(r'<option value="(\d)" selected', page) == ["1", "3"]
    for numbers in ("old=1&new=2", "old=2&new=3", "new=2"):
        _main(office, f"{path}/difference?{numbers}", status=404)
    _main(office, f"{path}/versions/2", status=404)


def test_an_entry_of_which_one_version_may_be_read_has_no_difference(office: World) -> None:
    made = making.published(office, open_type="withheld")
    made = making.edited(office, made, open_type="unconditional")
    making.step(office, made, "submit", "jinxian")
    making.step(office, made, "publish")
    path = f"/catalog/entries/{made.id}"
    assert "difference" not in _main(office, path)
    assert "只有一个版本" in _main(office, f"{path}/difference")


def test_the_api_lists_no_version_that_the_asker_may_not_read(office: World) -> None:
    path = f"/api/v1/entries/{_three_versions(office).id}/versions"
    numbers = {
        username: [v["number"] for v in office.client(username).get(path).get_json()["versions"]]
        for username in (NOBODY, "jinxian", "shuyu")
    }
    assert numbers == {NOBODY: [3, 1], "jinxian": [3, 2, 1], "shuyu": [3, 2, 1]}
    assert office.client(NOBODY).get(f"{path}/2").status_code == 404
