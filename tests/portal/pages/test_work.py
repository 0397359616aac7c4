"""Tasks and messages of the signed-in person, and their numbers in the navigation."""

import html
import re
from dataclasses import replace

import pytest

from portal.app import create_app
from portal.kernel.access import SYSTEM
from portal.kernel.addressee import Addressee
from portal.kernel.db import new_id
from portal.kernel.messages import unread_count
from portal.kernel.tasks import NewTask, TaskKind, close_tasks, open_tasks
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.pages.queries import work
from tests.portal.pages.people import CITIZEN, REVIEWER
from tests.portal.pages.waiting import send
from tests.world import World


def page(world: World, address: str, who: str = REVIEWER) -> str:
    response = world.client(who).get(address)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def post(world: World, address: str, who: str = REVIEWER, **form: str) -> str:
    data = {"_csrf": world.token(who), **form}
    response = world.client(who).post(address, data=data)
    assert response.status_code == 303
    return response.headers["Location"]


def titles(shown: str) -> list[str]:
    return re.findall("《(目录[0-9]+)》</a>", shown)


def unread(world: World, who: str = REVIEWER) -> int:
    with world.runtime.database.reading() as session:
        return unread_count(session, world.person(who))


def first_message(world: World) -> str:
    found = re.search(r"/messages/([0-9a-f-]{36})/read", page(world, "/messages"))
    assert found is not None
    return found[1]


def test_tasks_stand_by_their_limit_and_open_their_page(busy: World) -> None:
    shown = page(busy, "/tasks")
    assert titles(shown)[:2] == ["目录0", "目录1"]
    assert titles(shown)[-1] == "目录50"
    assert "没有期限" in shown
    assert re.search(r'href="/catalog/reviews/[0-9a-f-]{36}"', shown)


def test_each_light_counts_the_list_that_it_opens(busy: World) -> None:
    with busy.runtime.database.reading() as session:
        counts = work.lights(session, busy.person(REVIEWER))
    assert (counts.all, counts.over) == (6, 2)
    for light, number in (("over", counts.over), ("due", counts.due), ("ok", counts.ok)):
        assert len(titles(page(busy, f"/tasks?light={light}"))) == number
    assert len(titles(page(busy, "/tasks"))) == counts.all


def test_what_is_done_stands_apart(busy: World) -> None:
    shown = page(busy, "/tasks?state=closed")
    assert titles(shown) == ["目录99"]
    assert "目录99" not in page(busy, "/tasks")


def test_filters_that_are_none_are_left_out(busy: World) -> None:
    shown = page(busy, "/tasks?light=purple&kind=nothing&state=odd")
    assert len(titles(shown)) == 6


@pytest.fixture
def two_kinds(busy: World) -> World:
    """The reviewer with tasks of a second kind: two open, one done; and one of a kind that is gone."""
    first, *others = busy.runtime.features
    declared = replace(first, task_kinds=(TaskKind("sample.kind", _("示例事项"), "/help"),))
    runtime = replace(busy.runtime, features=(declared, *others))
    to = Addressee(role="reviewer")
    with unit_of_work(runtime, SYSTEM) as uow:
        tasks = [NewTask("sample.kind", "thing", new_id(), _("另一件"), to) for _n in range(3)]
        open_tasks(uow, [*tasks, NewTask("gone.kind", "thing", new_id(), _("旧事项"), to)])
        close_tasks(uow, subject_kind="thing", subject_ids=[tasks[0].subject_id])
    return World(runtime, create_app(runtime=runtime), {}, {})


def test_the_kind_narrows_the_list(two_kinds: World) -> None:
    shown = page(two_kinds, "/tasks")
    assert "审核目录 6" in shown
    assert "示例事项 2" in shown
    assert len(titles(page(two_kinds, "/tasks?kind=entries.review"))) == 6


def test_a_kind_that_nobody_declares_is_shown_without_door(two_kinds: World) -> None:
    shown = page(two_kinds, "/tasks")
    assert '<span class="p-cell-title">旧事项</span>' in shown
    assert "kind=gone" not in shown


NUMBERED = r'<a href="(/tasks[^"]*)"[^>]*>(?:<svg.*?</svg>)?<span>[^<]*</span><b>([0-9]+)</b>'
CHOICES = r'<li><a href="(/tasks[^"]*)"[^>]*>(?:审核目录|示例事项) ([0-9]+)</a>'
TABS = r'<a href="(/tasks[^"]*)"[^>]*>待我办理 <span class="p-n">([0-9]+)</span>'


def doors(shown: str) -> list[tuple[str, int]]:
    """Each number of the page with the list that it opens."""
    found = [m for each in (NUMBERED, CHOICES, TABS) for m in re.findall(each, shown, re.DOTALL)]
    return [(html.unescape(href), int(number)) for href, number in found]


@pytest.mark.parametrize(
    "start",
    [
        "/tasks",
        "/tasks?light=over",
        "/tasks?kind=entries.review",
        "/tasks?kind=entries.review&light=over",
        "/tasks?state=closed",
        "/tasks?state=closed&kind=entries.review",
    ],
)
def test_every_number_is_that_of_the_list_that_it_opens(two_kinds: World, start: str) -> None:
    found = doors(page(two_kinds, start))
    assert len(found) >= 5
    for address, number in found:
        rows = page(two_kinds, address).count('<th scope="row">')
        assert rows == number, (address, number, rows)


def test_a_limit_in_an_unknown_year_is_told_as_provisional(busy: World) -> None:
    from sqlalchemy import update

    from portal.kernel.tasks import Task

    with busy.runtime.database.writing() as session:
        session.execute(update(Task).values(provisional=True))
        session.commit()
    assert "暂按周一至周五计算" in page(busy, "/tasks")


def test_nobody_sees_the_tasks_of_others(busy: World) -> None:
    shown = page(busy, "/tasks", CITIZEN)
    assert titles(shown) == []
    assert "没有待办" in shown


def test_an_empty_list_says_what_to_do(busy: World) -> None:
    assert "还没有办结的事项" in page(busy, "/tasks?state=closed", CITIZEN)
    assert "没有符合条件的事项" in page(busy, "/tasks?light=over", CITIZEN)
    assert "还没有消息" in page(busy, "/messages", CITIZEN)
    assert "没有未读消息" in page(busy, "/messages?unread=1", CITIZEN)


def test_one_message_is_marked_as_read_and_the_reader_stays_in_the_list(busy: World) -> None:
    send(busy, 3)
    message_id = first_message(busy)
    location = post(busy, f"/messages/{message_id}/read", next="/messages?unread=1")
    assert location == "/messages?unread=1"
    assert unread(busy) == 2
    assert page(busy, "/messages?unread=1").count("标为已读<") == 3  # two rows and the one for all


def test_opening_a_message_marks_it_and_leads_to_what_it_is_about(busy: World) -> None:
    send(busy, 1)
    assert post(busy, f"/messages/{first_message(busy)}/read", open="1") == "/help"
    assert unread(busy) == 0
    assert re.search(r'<a class="p-cell-title" href="/help">', page(busy, "/messages"))


def test_a_message_without_a_page_leads_back_to_the_list(busy: World) -> None:
    send(busy, 1, path=None)
    assert post(busy, f"/messages/{first_message(busy)}/read", open="1") == "/messages"


def test_all_messages_are_marked_at_once(busy: World) -> None:
    send(busy, 25)
    assert "25 条未读" in page(busy, "/messages")
    post(busy, "/messages/read")
    assert unread(busy) == 0
    assert "没有未读消息" in page(busy, "/messages")


def test_many_unread_messages_are_counted_to_the_last(busy: World) -> None:
    send(busy, 120)
    for address in ("/messages", "/messages?unread=1"):
        shown = page(busy, address)
        assert "120 条未读" in shown
        assert '未读 <span class="p-n">120</span>' in shown


def test_nobody_marks_the_messages_of_others(busy: World) -> None:
    send(busy, 1)
    token = busy.token(CITIZEN)
    address = f"/messages/{first_message(busy)}/read"
    assert busy.client(CITIZEN).post(address, data={"_csrf": token}).status_code == 404
    assert unread(busy) == 1


def test_no_address_of_elsewhere_is_gone_to_after_marking(busy: World) -> None:
    send(busy, 1)
    message_id = first_message(busy)
    location = post(busy, f"/messages/{message_id}/read", next="https://elsewhere.example/")
    assert not location.startswith("https://elsewhere")


def test_the_numbers_of_the_navigation_are_those_of_the_lists(busy: World) -> None:
    send(busy, 4)
    shown = page(busy, "/help")
    assert re.findall(r'p-count">([0-9]+)<', shown)[:2] == ["6", "4"]
    for key, number in (("tasks", 6), ("messages", 4)):
        assert f'hx-get="/counts/{key}"' in shown
        assert f">{number}<" in page(busy, f"/counts/{key}")
    assert page(busy, "/counts/tasks", CITIZEN).strip() == ""
    assert busy.client(REVIEWER).get("/counts/nothing").status_code == 404
    assert busy.client().get("/counts/tasks").status_code == 401


def test_the_page_asks_for_its_numbers_as_itself(busy: World) -> None:
    shown = page(busy, "/help")
    assert '"X-Page-Request": "true"' in shown
