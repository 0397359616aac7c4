"""Lists by state: every state says how many, and no list reads the whole catalog for a page."""

import re

import pytest

from catalog.entries.queries import managed
from portal.kernel.paging import PAGE_SIZE
from tests.catalog.entries import making
from tests.guards.test_statements import asked
from tests.world import World


def _tabs(world: World, path: str, username: str) -> dict[str, int]:
    """The numbers on the tabs of states, by label."""
    page = world.client(username).get(path).get_data(as_text=True)
    found = page[page.index('class="p-tabs"') :]
    found = found[: found.index("</ul>")]
    lines = re.findall(r'<a [^>]*>([^<]+) <span class="p-n">([\d,]+)</span>', found)
    return {label: int(number.replace(",", "")) for label, number in lines}


def test_each_state_of_the_managed_list_says_how_many_entries_are_in_it(office: World) -> None:
    title = "计数用的一条目录"
    making.draft(office, title=title)
    making.draft(office, title=title)
    making.submitted(office, title=title)
    returned = making.submitted(office, title=title)
    making.step(office, returned, "return")
    making.edited(office, making.published(office, title=title), abstract="改")
    suspended = making.published(office, title=title)
    making.step(office, suspended, "suspend")
    path = f"/catalog/entries/manage?q={title}"
    expected = {
        "全部": 6,
        "草稿": 3,
        "主管部门审核": 1,
        "已退回": 1,
        "已发布": 1,
        "已暂停": 1,
        "已撤销": 0,
    }
    assert _tabs(office, path, "shuyu") == expected
    assert _tabs(office, f"{path}&status=draft", "shuyu") == expected
    unit = making.entry_of(office, suspended).unit_id
    assert _tabs(office, f"{path}&unit={unit}", "shuyu") == expected


def test_each_state_of_the_own_list_says_how_many_entries_are_in_it(office: World) -> None:
    before = _tabs(office, "/catalog/own", "jinxian")
    making.draft(office)
    making.edited(office, making.published(office), abstract="改")
    after = _tabs(office, "/catalog/own", "jinxian")
    changed = {label for label, number in after.items() if number != before[label]}
    assert changed == {"全部", "草稿", "已发布"}
    assert after["草稿"] - before["草稿"] == after["全部"] - before["全部"] == 2


def test_the_number_on_a_tab_is_that_of_the_list_behind_it(office: World) -> None:
    making.submitted(office)
    making.edited(office, making.published(office), abstract="改")
    reviewer = office.person("shuyu")
    unit = str(office.person("jinxian").unit_id)
    with office.runtime.database.reading() as session:
        for narrowed in (
            managed.Narrowed(),
            managed.Narrowed(unit_id=unit),
            managed.Narrowed(text="观测"),
            managed.Narrowed(unit_id=unit, text="观测"),
            managed.Narrowed(text="——"),
        ):
            counts = managed.state_counts(session, reviewer, narrowed)
            for state in ("", *managed.STANDINGS, *managed.OPEN_STATUSES):
                ids: list[str] = []
                for number in range(1, counts.get(state, 0) // PAGE_SIZE + 2):
                    found = managed.all_work(
                        session, reviewer, narrowed, counts, state=state, page=number
                    )
                    ids += [row.id for row in found.rows]
                assert len(ids) == len(set(ids)) == counts.get(state, 0), (narrowed, state)


def test_an_entry_is_found_by_its_whole_code(office: World) -> None:
    made = making.published(office, title="按代码查找的目录")
    code = str(making.entry_of(office, made).code)
    page = office.client("shuyu").get(f"/catalog/entries/manage?q={code}").get_data(as_text=True)
    assert made.id in page
    assert page.count('class="p-pick-cell"') == 1


def test_what_is_managed_stands_newest_change_first_whatever_its_state(office: World) -> None:
    first = making.published(office, title="先改的")
    second = making.draft(office, title="后改的")
    page = office.client("shuyu").get("/catalog/entries/manage").get_data(as_text=True)
    assert page.index(second.id) < page.index(first.id)


@pytest.mark.parametrize("state", ["", "published", "withdrawn"])
def test_a_page_of_the_managed_list_is_found_in_the_order_of_an_index(
    office: World, state: str
) -> None:
    if not office.runtime.database.is_sqlite:
        pytest.skip("reads the plan as SQLite tells it")
    reviewer, narrowed = office.person("shuyu"), managed.Narrowed()
    with office.runtime.database.reading() as session:
        with asked(office.runtime.database.engine) as said:
            counts = managed.state_counts(session, reviewer, narrowed)
            managed.all_work(session, reviewer, narrowed, counts, state=state, page=1)
        for statement in said:
            connection = session.connection().connection.driver_connection
            assert connection is not None
            values = ["published"] * statement.count("?")
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            for *_numbers, step in plan:
                assert not re.match(r"SCAN entry(?! USING COVERING)", step), (step, statement)
