"""The ladder of a task: reminders and supervision, each rung once."""

from dataclasses import replace
from datetime import datetime

import pytest

from portal.kernel import clock, escalation
from portal.kernel.access import SYSTEM, Assignment, Person
from portal.kernel.addressee import Addressee
from portal.kernel.calendar_sources import load_library
from portal.kernel.deadlines import Deadline, Step
from portal.kernel.escalation import escalate
from portal.kernel.messages import messages_for
from portal.kernel.runtime import Runtime
from portal.kernel.sentence import plain
from portal.kernel.tasks import NewTask, TaskKind, close_tasks, open_task, open_tasks
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from tests.portal.conftest import MakeRuntime

REPLY = Deadline("reply", _("答复"), 10, True, _("示例依据"), "M+")
REVIEW = Deadline("review", _("审核"), 2, True, _("示例依据"), "M~")
KIND = TaskKind("answer", _("答复申请"), "/requests/{subject_id}")
EDITORS = Addressee(role="editor", unit_id="u1")
EDITOR = Person("e", "示例·编目", assignments=(Assignment("editor", "u1"),))
HEAD = Person("h", "示例·代表", assignments=(Assignment("chief_representative", "u1"),))
OTHER_HEAD = Person("o", "示例·代表", assignments=(Assignment("chief_representative", "u2"),))
BUREAU = Person("b", "示例·审核", assignments=(Assignment("reviewer"),))


@pytest.fixture
def runtime(make_runtime: MakeRuntime) -> Runtime:
    runtime = make_runtime(deadlines=(REPLY, REVIEW), task_kinds=(KIND,))
    with unit_of_work(runtime, SYSTEM) as uow:
        load_library(uow)
    return runtime


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=clock.CITY_ZONE)


def task(subject_id: str = "s1", **changes: object) -> NewTask:
    made = NewTask("answer", "request", subject_id, plain("申请一"), EDITORS, REPLY)
    return replace(made, **changes)


def opened(runtime: Runtime, moment: str, *tasks: NewTask) -> None:
    with clock.frozen(at(moment)), unit_of_work(runtime, SYSTEM) as uow:
        open_tasks(uow, tasks)


def climb(runtime: Runtime, moment: str) -> int:
    with clock.frozen(at(moment)):
        return escalate(runtime)


def titles(runtime: Runtime, *people: Person) -> list[list[str]]:
    with runtime.database.reading() as session:
        return [
            [str(line.message.title) for line in messages_for(session, person).rows][::-1]
            for person in people
        ]


def test_each_rung_tells_its_people_once(runtime: Runtime) -> None:
    opened(runtime, "2022-03-14 10:00", task())  # due on Monday 28
    assert climb(runtime, "2022-03-23 10:00") == 0
    assert climb(runtime, "2022-03-24 00:00") == 1
    assert climb(runtime, "2022-03-28 23:59") == 0
    assert titles(runtime, EDITOR, HEAD) == [["即将到期提醒：申请一"], []]
    assert climb(runtime, "2022-03-29 00:00") == 1
    assert climb(runtime, "2022-03-29 09:00") == 0
    over = "到期未办提醒：申请一"
    assert titles(runtime, EDITOR, HEAD, OTHER_HEAD, BUREAU) == [
        ["即将到期提醒：申请一", over],
        [over],
        [],
        [],
    ]
    assert climb(runtime, "2022-03-30 00:00") == 1
    assert climb(runtime, "2022-04-30 00:00") == 0
    assert titles(runtime, BUREAU, HEAD) == [["逾期督办：申请一"], [over]]


def test_a_message_says_how_late_and_leads_to_the_task(runtime: Runtime) -> None:
    opened(runtime, "2022-03-14 10:00", task())
    climb(runtime, "2022-03-25 10:00")
    with runtime.database.reading() as session:
        sent = messages_for(session, EDITOR).rows[0].message
    assert str(sent.body) == "还剩 1 个工作日。请尽快办理。"
    assert sent.path == "/requests/s1"


def test_after_a_pause_only_what_matters_now_is_said(runtime: Runtime) -> None:
    opened(runtime, "2022-03-14 10:00", task())
    assert climb(runtime, "2022-04-20 10:00") == 1
    assert titles(runtime, EDITOR, HEAD, BUREAU) == [
        ["到期未办提醒：申请一"],
        ["到期未办提醒：申请一"],
        ["逾期督办：申请一"],
    ]


def test_nobody_is_reminded_in_the_first_half_of_the_time(runtime: Runtime) -> None:
    opened(runtime, "2022-03-14 10:00", task(deadline=REVIEW))
    assert climb(runtime, "2022-03-14 11:00") == 0
    assert climb(runtime, "2022-03-15 09:00") == 1


def test_closed_tasks_and_tasks_without_limit_do_not_climb(runtime: Runtime) -> None:
    opened(runtime, "2022-03-14 10:00", task(), task("s2", deadline=None))
    with unit_of_work(runtime, SYSTEM) as uow:
        close_tasks(uow, subject_kind="request", subject_ids=["s1"])
    assert climb(runtime, "2022-05-14 10:00") == 0


def test_a_task_closed_between_reading_and_writing_stays_silent(runtime: Runtime) -> None:
    with unit_of_work(runtime, SYSTEM) as uow:
        endless = open_task(uow, task("s9", deadline=None))
        rules = escalation.declared(runtime)
        assert escalation._climb(uow, ["gone", endless.id], rules) == 0
        step = Step(1, -2, _("提醒"))
        message = escalation._message(
            endless, step, uow.at, escalation.calendar.load(uow.session), path=None
        )
    assert message is None


def test_a_task_of_no_unit_has_no_head_to_tell(runtime: Runtime) -> None:
    to = Addressee(role="editor")
    opened(runtime, "2022-03-14 10:00", task(to=to, kind="unknown"))
    climb(runtime, "2022-03-29 10:00")
    assert titles(runtime, HEAD, OTHER_HEAD) == [[], []]
    with runtime.database.reading() as session:
        assert messages_for(session, EDITOR).rows[0].message.path is None


def test_a_limit_that_is_not_declared_any_more_keeps_the_usual_ladder(runtime: Runtime) -> None:
    opened(runtime, "2022-03-14 10:00", task(deadline=replace(REPLY, code="former")))
    assert climb(runtime, "2022-03-29 10:00") == 1


def test_all_tasks_climb_in_batches(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escalation, "BATCH", 3)
    opened(runtime, "2022-03-14 10:00", *(task(f"s{number}") for number in range(8)))
    assert climb(runtime, "2022-03-29 10:00") == 8
    assert climb(runtime, "2022-03-29 10:00") == 0
