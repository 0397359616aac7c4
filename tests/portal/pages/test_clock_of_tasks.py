"""A reviewer's clock as the days pass: task, light and escalation on the pages, as declared."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest

from auth.services import Identity, create_unit, enrol, grant_role
from auth.unit_data import UnitData
from catalog.entries.deadlines import REVIEW_DUE
from catalog.entries.services.review import move_version
from catalog.entries.services.writing import create_entry
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.addressee import Addressee
from portal.kernel.deadlines import Deadline
from portal.kernel.escalation import escalate
from portal.kernel.tasks import NewTask, open_tasks
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from tests.portal.pages.people import CITIZEN, REVIEWER
from tests.world import World

EDITOR = "editor"
MONDAY = "2026-03-02 10:00"  # a week without holidays; two working days end on Wednesday
DOCUMENT = {
    "title": "停车场泊位",
    "abstract": "全市公共停车场的名称、位置和泊位数",
    "category": ["主题信息资源", "公共服务"],
    "share_type": "unconditional",
    "open_type": "unconditional",
    "open_access": "direct",
}


@dataclass(frozen=True, slots=True)
class Days:
    """The quiet portal, looked at on one day and another."""

    world: World
    version_id: str

    def page(self, moment: str, address: str = "/tasks", who: str = REVIEWER) -> str:
        with on(moment):
            self.world.clients.pop(who, None)  # who comes back after days signs in again
            response = self.world.client(who).get(address)
        assert response.status_code == 200
        return response.get_data(as_text=True)

    def climb(self, moment: str) -> list[str]:
        """What the reviewer is told after the ladder was looked at, newest first."""
        with on(moment):
            escalate(self.world.runtime)
        shown = self.page(moment, "/messages")
        return re.findall(r"<b>([^<]*)</b>", shown[shown.index("<main") : shown.index("</main>")])

    def move(self, moment: str, key: str) -> None:
        with on(moment):
            person = self.world.person(EDITOR if key == "submit" else REVIEWER)
            with unit_of_work(self.world.runtime, person) as uow:
                move_version(uow, version_id=self.version_id, key=key)
            self.world.settle()


@contextmanager
def on(moment: str) -> Iterator[None]:
    with clock.frozen(datetime.fromisoformat(moment).replace(tzinfo=clock.CITY_ZONE)):
        yield


def light(shown: str) -> tuple[str, str]:
    """The light of the first row, and its words."""
    rows = shown[shown.index("<tbody>") :]
    found = re.search(r'class="p-clock" data-state="([a-z]+)">.*?<b>([^<]+)</b>', rows, re.DOTALL)
    assert found is not None
    return found[1], found[2]


def numbers(shown: str) -> dict[str, int]:
    """The numbers of the four lights on top."""
    found = re.findall(r'data-state="([a-z]+)"[^>]*><svg.*?<b>([0-9]+)</b></a>', shown, re.DOTALL)
    return {state: int(number) for state, number in found}


@pytest.fixture
def days(quiet_world: World) -> Days:
    """An entry that its editor has submitted on a Monday."""
    runtime = quiet_world.runtime
    with on(MONDAY):
        with unit_of_work(runtime, SYSTEM) as uow:
            unit_id = create_unit(uow, UnitData("市交通运输局", "370100", "government")).id
            user = enrol(uow, Identity("local", EDITOR, EDITOR, "示例·编目"))
            uow.session.flush()
            grant_role(uow, user.id, role="editor", unit_id=unit_id)
        with unit_of_work(runtime, quiet_world.person(EDITOR)) as uow:
            entry = create_entry(
                uow, unit_id=unit_id, region_code="370100", document=dict(DOCUMENT)
            )
            found = Days(quiet_world, str(entry.open_version_id))
    found.move(MONDAY, "submit")
    return found


def test_a_submitted_entry_is_a_task_with_its_declared_clock(days: Days) -> None:
    shown = days.page(MONDAY)
    assert "审核目录《停车场泊位》" in shown
    assert f'href="/catalog/reviews/{days.version_id}"' in shown
    assert light(shown) == ("due", "还剩 2 个工作日")
    assert "3月4日到期，共 2 个工作日" in shown
    assert numbers(shown) == {"over": 0, "due": 1, "ok": 0, "run": 1}
    assert "没有待办" in days.page(MONDAY, who=CITIZEN)


@pytest.mark.parametrize(
    ("moment", "state", "words"),
    [
        ("2026-03-03 09:00", "due", "还剩 1 个工作日"),
        ("2026-03-04 23:59", "due", "今天到期"),
        ("2026-03-05 00:01", "over", "已逾期 1 个工作日"),
        ("2026-03-08 12:00", "over", "已逾期 2 个工作日"),  # a Sunday counts no day
        ("2026-03-09 09:00", "over", "已逾期 3 个工作日"),
    ],
)
def test_the_light_changes_as_the_days_pass(
    days: Days, moment: str, state: str, words: str
) -> None:
    shown = days.page(moment)
    assert light(shown) == (state, words)
    assert numbers(shown) == {"over": 0, "due": 0, "ok": 0, "run": 1} | {state: 1}
    assert "停车场泊位" in days.page(moment, f"/tasks?light={state}")
    other = "due" if state == "over" else "over"
    assert "没有符合条件的事项" in days.page(moment, f"/tasks?light={other}")


def test_a_longer_limit_is_green_then_amber_then_red(days: Days) -> None:
    ten = Deadline("sample.ten", _("示例"), 10, True, _("示例依据"), "D")
    with on(MONDAY), unit_of_work(days.world.runtime, SYSTEM) as uow:
        to = Addressee(role="reviewer")
        open_tasks(uow, [NewTask("sample", "thing", "x", _("示例事项"), to, ten)])
    days.move(MONDAY, "publish")
    found = [
        light(days.page(moment))
        for moment in (
            "2026-03-02 11:00",
            "2026-03-11 09:00",
            "2026-03-12 09:00",
            "2026-03-17 09:00",
        )
    ]
    assert found == [
        ("ok", "还剩 10 个工作日"),
        ("ok", "还剩 3 个工作日"),
        ("due", "还剩 2 个工作日"),
        ("over", "已逾期 1 个工作日"),
    ]


def test_each_rung_of_the_declared_ladder_is_told_on_its_day(days: Days) -> None:
    soon, late, supervised = (str(step.label) for step in REVIEW_DUE.escalation)
    title = "审核目录《停车场泊位》"
    assert days.climb(MONDAY) == []  # nobody is reminded in the first half of the time
    assert days.climb("2026-03-03 09:00") == [f"{soon}：{title}"]
    assert days.climb("2026-03-04 23:59") == [f"{soon}：{title}"]
    assert f"{late}：{title}" in days.climb("2026-03-05 00:01")
    told = days.climb("2026-03-06 00:01")
    assert sorted(told) == sorted(f"{label}：{title}" for label in (soon, late, supervised))
    assert sorted(days.climb("2026-03-20 09:00")) == sorted(told)
    assert "已逾期" in days.page("2026-03-20 09:00", "/messages")
    assert "没有消息" in days.page("2026-03-20 09:00", "/messages", CITIZEN)


def test_what_comes_next_is_said_of_a_task_that_is_late(days: Days) -> None:
    words = "3月6日仍未办结：逾期督办"
    assert words not in days.page("2026-03-04 09:00")
    assert words in days.page("2026-03-05 00:01")
    assert "仍未办结" not in days.page("2026-03-06 00:01")


def test_a_decision_stops_the_clock_and_the_ladder(days: Days) -> None:
    days.move("2026-03-03 09:00", "publish")
    shown = days.page("2026-03-09 09:00")
    assert "没有待办" in shown
    assert numbers(shown) == {"over": 0, "due": 0, "ok": 0, "run": 0}
    assert "停车场泊位" in days.page("2026-03-09 09:00", "/tasks?state=closed")
    assert days.climb("2026-03-20 09:00") == []


def test_the_ladder_of_the_help_is_the_one_that_is_climbed(days: Days) -> None:
    shown = days.page(MONDAY, "/help/deadlines")
    assert f"{REVIEW_DUE.days} 个工作日" in shown
    for step in REVIEW_DUE.escalation:
        assert str(step.label) in shown
