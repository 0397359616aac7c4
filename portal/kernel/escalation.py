"""The ladder of overdue tasks climbed: reminders and supervision, each rung once for a task."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.kernel import calendar, clock
from portal.kernel.access import SYSTEM
from portal.kernel.addressee import Addressee
from portal.kernel.db import Database
from portal.kernel.deadlines import LADDER, Deadline, Step, light, reached
from portal.kernel.messages import NewMessage, send_messages
from portal.kernel.runtime import Runtime
from portal.kernel.tasks import OPEN, Task, TaskKind
from portal.kernel.text import Text, _
from portal.kernel.uow import UnitOfWork, unit_of_work

BATCH = 200
HORIZON = timedelta(days=21)  # longer than any holiday together with the days of the first rung


@dataclass(frozen=True, slots=True)
class Declared:
    """What the features say of tasks: limits by code, kinds by key."""

    deadlines: Mapping[str, Deadline]
    kinds: Mapping[str, TaskKind]

    def steps(self, task: Task) -> Sequence[Step]:
        """The ladder of a task; the usual one where its limit is not declared any more."""
        rule = self.deadlines.get(task.deadline or "")
        return rule.escalation if rule else LADDER

    def path(self, task: Task) -> str | None:
        kind = self.kinds.get(task.kind)
        return kind.address(task) if kind else None


def declared(runtime: Runtime) -> Declared:
    """Gathers what all features declare."""
    return Declared(
        {rule.code: rule for feature in runtime.features for rule in feature.deadlines},
        {kind.key: kind for feature in runtime.features for kind in feature.task_kinds},
    )


def escalate(runtime: Runtime) -> int:
    """Sends what is due by now on all open tasks; returns how many tasks climbed.

    May run at any time and twice at once: the level is kept with the task and a message's
    natural key names task and rung.
    """
    rules = declared(runtime)
    climbed = 0
    for ids in _batches(runtime.database, rules):
        with unit_of_work(runtime, SYSTEM) as uow:
            climbed += _climb(uow, ids, rules)
    return climbed


def _batches(database: Database, rules: Declared) -> Iterator[list[str]]:
    top = max(
        (step.level for rule in rules.deadlines.values() for step in rule.escalation),
        default=0,
    )
    top = max(top, *(step.level for step in LADDER))
    last: tuple[datetime, str] | None = None
    while True:
        query = select(Task.due_at, Task.id).where(
            Task.state == OPEN, Task.due_at < clock.now() + HORIZON, Task.escalation < top
        )
        if last is not None:
            due_at, task_id = last
            query = query.where(
                (Task.due_at > due_at) | ((Task.due_at == due_at) & (Task.id > task_id))
            )
        with database.reading() as session:
            rows = session.execute(query.order_by(Task.due_at, Task.id).limit(BATCH)).all()
        if not rows:
            return
        yield [row.id for row in rows]
        last = (rows[-1].due_at, rows[-1].id)


def _climb(uow: UnitOfWork, ids: Sequence[str], rules: Declared) -> int:
    days = calendar.load(uow.session)
    query = select(Task).where(Task.id.in_(ids), Task.state == OPEN).with_for_update()
    messages: list[NewMessage] = []
    climbed = 0
    for task in uow.session.scalars(query):
        steps = _new_steps(task, rules.steps(task), uow.at, days)
        if not steps:
            continue
        task.escalation = max(step.level for step in steps)
        messages += [
            message
            for step in _told(steps)
            if (message := _message(task, step, uow.at, days, path=rules.path(task)))
        ]
        climbed += 1
    send_messages(uow, messages)
    return climbed


def _new_steps(
    task: Task, steps: Sequence[Step], now: datetime, days: calendar.Calendar
) -> list[Step]:
    if task.due_at is None:
        return []
    left = light(task.due_at, now, days).days
    return [
        step
        for step in steps
        if step.level > task.escalation
        and reached(step, due_at=task.due_at, now=now, calendar=days)
        # in the first half of its time nobody is reminded (domain §2.5)
        and not (step.days < 0 and now <= task.due_at and left * 2 > (task.deadline_days or 0))
    ]


def _told(steps: Sequence[Step]) -> list[Step]:
    """After a pause a task may climb several rungs at once: then "soon" is not said any more."""
    late = [step for step in steps if step.days >= 0]
    return late or list(steps)


def _message(
    task: Task, step: Step, now: datetime, days: calendar.Calendar, *, path: str | None
) -> NewMessage | None:
    to = _addressee(task, step)
    if to is None or task.due_at is None:
        return None
    shown: Text = light(task.due_at, now, days).label
    return NewMessage(
        key=f"task:{task.id}:step:{step.level}",
        title=_("%(step)s：%(title)s", step=step.label, title=task.title),
        body=_("%(light)s。请尽快办理。", light=shown),
        to=to,
        path=path,
    )


def _addressee(task: Task, step: Step) -> Addressee | None:
    if step.role is None:
        return Addressee(task.unit_id, task.role, task.region_code, task.user_id)
    if not step.own_unit:
        return Addressee(role=step.role)
    return Addressee(role=step.role, unit_id=task.unit_id) if task.unit_id else None
