"""What follows from steps: tasks, messages, the yearly question; twice is once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from catalog.entries.handlers import follow_versions
from catalog.entries.jobs import ask_unchanged
from catalog.entries.rules import CONFIRM_AFTER
from catalog.entries.services.writing import confirm_entry
from portal.kernel import clock
from portal.kernel.messages import Message
from portal.kernel.outbox import Delivery, OutboxRow
from portal.kernel.runtime import Runtime
from portal.kernel.tasks import Task
from portal.kernel.text import Text
from portal.kernel.uow import unit_of_work
from tests.catalog.entries import making
from tests.world import World


@dataclass(slots=True)
class Run:
    """A run of a job that nobody cancels."""

    runtime: Runtime
    run_id: str = "run"
    arguments: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    requested_by: str | None = None
    resume_of: str | None = None
    planned_at: datetime = field(default_factory=clock.now)

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None:
        assert done >= 0

    def check_cancelled(self) -> None:
        return None


def _deliveries(world: World, made: making.Made) -> list[Delivery]:
    with world.runtime.database.reading() as session:
        rows = session.scalars(
            select(OutboxRow)
            .where(
                OutboxRow.handler == "entries.follow_versions",
                OutboxRow.subject_id == made.version_id,
            )
            .order_by(OutboxRow.id)
        ).all()
    return [
        Delivery(
            row.id,
            row.event,
            row.subject_kind,
            row.subject_id,
            row.payload,
            row.actor_id,
            row.created_at,
            bulk=False,
        )
        for row in rows
    ]


def _tasks(world: World, made: making.Made) -> list[str]:
    with world.runtime.database.reading() as session:
        query = select(Task.state).where(Task.subject_id == made.version_id).order_by(Task.id)
        return list(session.scalars(query))


def _messages(world: World, words: str) -> int:
    with world.runtime.database.reading() as session:
        query = select(func.count()).select_from(Message).where(Message.key.contains(words))
        return session.scalar(query) or 0


def test_a_handler_that_runs_twice_does_its_work_once(office: World) -> None:
    made = making.submitted(office)
    deliveries = _deliveries(office, made)
    for _time in range(2):
        follow_versions(office.runtime, deliveries)
    assert _tasks(office, made) == ["open"]
    making.step(office, made, "return", comment="太短")
    for _time in range(2):
        follow_versions(office.runtime, _deliveries(office, made))
    assert "open" not in _tasks(office, made)
    assert _messages(office, f"entry_version:{made.version_id}:returned") == 1


def test_a_task_that_was_overtaken_is_not_opened(office: World) -> None:
    made = making.submitted(office)
    making.step(office, made, "publish")
    follow_versions(office.runtime, _deliveries(office, made))
    assert "open" not in _tasks(office, made)


def _ask(world: World) -> None:
    ask_unchanged(Run(world.runtime))


def test_the_yearly_question_is_asked_once_a_year_until_it_is_answered(office: World) -> None:
    made = making.published(office, update_cycle="irregular")
    daily = making.published(office, update_cycle="daily")
    start = clock.now()
    day = timedelta(days=1)
    asked = []
    for moment in (
        start + CONFIRM_AFTER - day,
        start + CONFIRM_AFTER + day,
        start + CONFIRM_AFTER + 2 * day,
    ):
        with clock.frozen(moment):
            _ask(office)
        asked.append(_messages(office, f"entry:{made.id}:unchanged"))
    assert asked == [0, 1, 1]
    with clock.frozen(start + CONFIRM_AFTER + 3 * day):
        with unit_of_work(office.runtime, office.person("jinxian")) as uow:
            confirm_entry(uow, entry_id=made.id)
        _ask(office)
    with clock.frozen(start + 2 * CONFIRM_AFTER + 2 * day):
        _ask(office)
    assert _messages(office, f"entry:{made.id}:unchanged") == 1
    with clock.frozen(start + 2 * CONFIRM_AFTER + 5 * day):
        _ask(office)
    assert _messages(office, f"entry:{made.id}:unchanged") == 2
    assert _messages(office, f"entry:{daily.id}:unchanged") == 0
