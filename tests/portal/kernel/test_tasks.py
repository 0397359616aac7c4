"""Tasks: opened once, closed, listed by deadline, recomputed when a year is loaded."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.kernel import clock
from portal.kernel.access import SYSTEM, Assignment, Person
from portal.kernel.addressee import Addressee
from portal.kernel.calendar import NamedDay, replace_years
from portal.kernel.calendar_sources import load_library
from portal.kernel.deadlines import Deadline
from portal.kernel.runtime import Runtime
from portal.kernel.sentence import plain
from portal.kernel.tasks import (
    NewTask,
    Task,
    TaskFilter,
    TaskKind,
    close_tasks,
    open_task,
    open_tasks,
    open_tasks_on,
    recompute_open,
    task_counts,
    tasks_for,
)
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work

REVIEW = Deadline("review", _("审核"), 2, True, _("示例依据"), "M~")
REVIEWERS = Addressee(role="reviewer")
REVIEWER = Person("r", "示例·审核", assignments=(Assignment("reviewer"),), is_government=True)
EDITOR = Person(
    "e", "示例·编目", unit_id="u1", assignments=(Assignment("editor", "u1"),), is_government=True
)


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=clock.CITY_ZONE)


def new(subject_id: str = "v1", **changes: object) -> NewTask:
    task = NewTask("review", "version", subject_id, plain(f"审核 {subject_id}"), REVIEWERS, REVIEW)
    return replace(task, **changes)


def open_now(runtime: Runtime, *tasks: NewTask) -> int:
    with unit_of_work(runtime, SYSTEM) as uow:
        return open_tasks(uow, tasks)


def close(runtime: Runtime, *subject_ids: str, **options: object) -> int:
    with unit_of_work(runtime, EDITOR) as uow:
        return close_tasks(uow, subject_kind="version", subject_ids=subject_ids, **options)


def test_a_task_carries_its_due_date(runtime: Runtime) -> None:
    with clock.frozen(at("2022-09-29 10:00")), unit_of_work(runtime, SYSTEM) as uow:
        load_library(uow)
        task = open_task(uow, new())
    assert clock.local(task.due_at or clock.now()).date() == date(2022, 10, 8)
    assert (task.deadline, task.deadline_days, task.provisional) == ("review", 2, False)


def test_a_task_opened_twice_is_one(runtime: Runtime) -> None:
    with unit_of_work(runtime, SYSTEM) as uow:
        first = open_task(uow, new())
        assert open_task(uow, new()).id == first.id
    with unit_of_work(runtime, SYSTEM) as uow:
        assert open_task(uow, new()).id == first.id
    assert open_now(runtime, new(), new("v2"), new("v2")) == 1
    assert open_now(runtime) == 0


def test_a_closed_task_may_be_opened_again_but_not_for_the_same_occasion(runtime: Runtime) -> None:
    once, ever = new("v1", occasion="step-7"), new("v2")
    open_now(runtime, once, ever)
    assert close(runtime, "v1", "v2") == 2
    assert open_now(runtime, once, ever) == 1
    with unit_of_work(runtime, SYSTEM) as uow:
        assert open_task(uow, once).state == "done"
        assert open_task(uow, ever).state == "open"
    assert open_now(runtime, replace(once, occasion="step-8")) == 1


def test_closing_says_who_and_when_and_leaves_other_tasks(runtime: Runtime) -> None:
    open_now(runtime, new(), new("v2"), new(kind="mend"))
    assert close(runtime, "v1", kind="review", cancelled=True) == 1
    assert close(runtime, "v1", kind="review") == 0
    with runtime.database.reading() as session:
        closed = session.scalars(select(Task).where(Task.state != "open")).one()
        left = open_tasks_on(session, "version", "v1")
    assert (closed.state, closed.closed_by) == ("cancelled", "e")
    assert closed.closed_at is not None
    assert [task.kind for task in left] == ["mend"]


def test_a_task_for_nobody_is_refused_by_the_database(runtime: Runtime) -> None:
    task = Task(
        key="k",
        kind="review",
        subject_kind="version",
        subject_id="v1",
        title=plain("示例"),
        opened_at=clock.now(),
        started_on=date(2022, 3, 1),
    )
    with pytest.raises(IntegrityError), unit_of_work(runtime, SYSTEM) as uow:
        uow.session.add(task)


def test_lists_come_by_deadline_with_lights(runtime: Runtime) -> None:
    with clock.frozen(at("2022-03-14 10:00")):
        with unit_of_work(runtime, SYSTEM) as uow:
            load_library(uow)
        long = replace(REVIEW, code="long", days=10)
        open_now(
            runtime,
            new("later", deadline=long),
            new("never", deadline=None),
            new("soon"),
            new("over", started_at=at("2022-03-07 10:00")),
            new("mine", to=Addressee(user_id="e"), kind="mend"),
            new("unit", to=Addressee(unit_id="u1"), kind="mend"),
        )
        with runtime.database.reading() as session:
            page = tasks_for(session, REVIEWER)
            assert [line.task.subject_id for line in page.rows] == [
                "over",
                "soon",
                "later",
                "never",
            ]
            assert [line.light and line.light.kind.value for line in page.rows] == [
                "over",
                "due",
                "ok",
                None,
            ]
            assert page.total == 4
            for kind, expected in (("over", "over"), ("due", "soon"), ("ok", "later")):
                found = tasks_for(session, REVIEWER, narrowed=TaskFilter(light=kind))
                assert [line.task.subject_id for line in found.rows] == [expected]
            assert task_counts(session, REVIEWER) == {"all": 4, "over": 1, "due": 1, "review": 4}
            assert task_counts(session, EDITOR)["mend"] == 2
            narrowed = TaskFilter(kind="review")
            assert tasks_for(session, EDITOR, narrowed=narrowed).total == 0


def test_closed_tasks_are_listed_newest_first_without_light(runtime: Runtime) -> None:
    open_now(runtime, new("v1"), new("v2"))
    with clock.frozen(at("2022-03-14 10:00")):
        close(runtime, "v1")
    with clock.frozen(at("2022-03-15 10:00")):
        close(runtime, "v2")
    with runtime.database.reading() as session:
        page = tasks_for(session, REVIEWER, narrowed=TaskFilter(state="closed"))
    assert [(line.task.subject_id, line.light) for line in page.rows] == [
        ("v2", None),
        ("v1", None),
    ]


def test_pages_of_tasks_hold_each_task_once(runtime: Runtime) -> None:
    open_now(runtime, *(new(f"v{number}") for number in range(45)))
    with runtime.database.reading() as session:
        pages = [tasks_for(session, REVIEWER, page=number) for number in (1, 2, 3)]
    seen = [line.task.subject_id for page in pages for line in page.rows]
    assert len(seen) == len(set(seen)) == 45
    assert [len(page.rows) for page in pages] == [20, 20, 5]


def test_clocks_into_an_unknown_year_move_when_it_is_loaded(runtime: Runtime) -> None:
    with clock.frozen(at("2026-12-30 10:00")):
        with unit_of_work(runtime, SYSTEM) as uow:
            load_library(uow)
        open_now(runtime, new("v1"), new("v2"), new("v3", deadline=None))
        close(runtime, "v2")
        with runtime.database.reading() as session:
            line = tasks_for(session, REVIEWER).rows[0]
        assert line.task.provisional
        assert line.light is not None
        assert line.light.provisional
        assert clock.local(line.task.due_at or clock.now()).date() == date(2027, 1, 1)
        with unit_of_work(runtime, SYSTEM) as uow:
            days = [NamedDay(date(2027, 1, day), working=False, name="元旦") for day in (1, 2, 3)]
            replace_years(uow, years=[2027], days=days, source="test")
            assert recompute_open(uow) == 1, "neither the closed one nor the one without limit"
            assert recompute_open(uow) == 0
    with runtime.database.reading() as session:
        task = tasks_for(session, REVIEWER).rows[0].task
        provisional = session.scalar(select(func.count()).where(Task.provisional))
    assert clock.local(task.due_at or clock.now()).date() == date(2027, 1, 4)
    assert not task.provisional
    assert provisional == 1, "what was closed keeps how it was counted"


def test_a_kind_says_where_the_task_is_done(runtime: Runtime) -> None:
    kind = TaskKind("review", _("审核"), "/reviews/{subject_id}?unit={unit_id}")
    with unit_of_work(runtime, SYSTEM) as uow:
        task = open_task(uow, new())
    assert kind.address(task) == "/reviews/v1?unit="
