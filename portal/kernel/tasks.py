"""Tasks: what somebody has to do by when; opened and closed by event handlers alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Index, Select, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.kernel import calendar, clock
from portal.kernel.access import Actor
from portal.kernel.addressee import Addressed, Addressee, addressed_constraint, clause
from portal.kernel.db import Base, new_id
from portal.kernel.deadlines import AMBER_DAYS, Deadline, Light, due_on, light
from portal.kernel.paging import PAGE_SIZE, Page
from portal.kernel.sentence import Sentence
from portal.kernel.text import Text
from portal.kernel.upsert import insert_missing
from portal.kernel.work import Work

OPEN, DONE, CANCELLED = "open", "done", "cancelled"


@dataclass(frozen=True, slots=True)
class TaskKind:
    """A kind of task; `path` is where it is done: "/reviews/{subject_id}"."""

    key: str
    label: Text
    path: str

    def address(self, task: "Task") -> str:
        """The page of one task; the path may name subject_id, subject_kind, unit_id and id."""
        return self.path.format(
            subject_id=task.subject_id,
            subject_kind=task.subject_kind,
            unit_id=task.unit_id or "",
            id=task.id,
        )


class Task(Addressed, Base):
    """One thing to do for a person, a unit or the holders of a role.

    `key` is its natural key: there is one open task of a key, and one for ever where the opener
    named the occasion. The limit is kept with the task, so that a clock that runs keeps its rule.
    """

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'cancelled')", name="state"),
        addressed_constraint(),
        Index(
            "uq_task_open_key",
            "key",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_task_key", "key"),
        Index("ix_task_subject", "subject_kind", "subject_id", "state"),
        Index("ix_task_unit", "unit_id", "state", "due_at"),
        Index("ix_task_role", "role", "state", "due_at"),
        Index("ix_task_user", "user_id", "state", "due_at"),
        Index("ix_task_due", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str]
    kind: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    title: Mapped[Text] = mapped_column(Sentence())
    opened_at: Mapped[datetime]
    started_on: Mapped[date]
    deadline: Mapped[str | None]
    deadline_days: Mapped[int | None]
    deadline_working: Mapped[bool | None]
    due_at: Mapped[datetime | None]
    provisional: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=OPEN)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    escalation: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to open; see `open_task`."""

    kind: str
    subject_kind: str
    subject_id: str
    title: Text
    to: Addressee
    deadline: Deadline | None = None
    started_at: datetime | None = None
    occasion: str = ""

    @property
    def key(self) -> str:
        parts = (self.kind, self.subject_kind, self.subject_id, self.to.key, self.occasion)
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as a list shows it."""

    task: Task
    light: Light | None


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What a list of tasks is narrowed to; lights are named as `deadlines.LightKind`."""

    state: str = OPEN
    kind: str | None = None
    light: str | None = None


def open_task(uow: Work, task: NewTask) -> Task:
    """Opens a task, or gives the open one of the same kind, subject and addressee.

    With an `occasion` (such as the id of the step that asked for it) a task that was closed
    is not opened again, so that a handler may hear of the step twice, however late.
    """
    open_tasks(uow, [task])
    newest = (
        select(Task)
        .where(Task.key == task.key)
        .order_by((Task.state == OPEN).desc(), Task.opened_at.desc())
    )
    return uow.session.scalars(newest.limit(1)).one()


def open_tasks(uow: Work, tasks: Sequence[NewTask]) -> int:
    """Opens many tasks; returns how many were not there before."""
    if not tasks:
        return 0
    days = calendar.load(uow.session)
    settled = _settled(uow.session, [task.key for task in tasks if task.occasion])
    rows = [_row(uow, task, days) for task in tasks if task.key not in settled]
    return insert_missing(uow.session, Task, rows, where=text("state = 'open'"), keys=("key",))


def _settled(session: Session, keys: Sequence[str]) -> set[str]:
    if not keys:
        return set()
    return set(session.scalars(select(Task.key).where(Task.key.in_(keys))))


def _row(uow: Work, task: NewTask, days: calendar.Calendar) -> dict[str, Any]:
    rule, started_on = task.deadline, clock.local(task.started_at or uow.at).date()
    end = rule and due_on(days, started_on, days=rule.days, working=rule.working)
    return {
        "id": new_id(),
        "key": task.key,
        "kind": task.kind,
        "subject_kind": task.subject_kind,
        "subject_id": task.subject_id,
        "title": task.title,
        "unit_id": task.to.unit_id,
        "role": task.to.role,
        "region_code": task.to.region_code,
        "user_id": task.to.user_id,
        "opened_at": uow.at,
        "started_on": started_on,
        "deadline": rule and rule.code,
        "deadline_days": rule and rule.days,
        "deadline_working": rule and rule.working,
        "due_at": end and end.at,
        "provisional": bool(end and end.provisional),
        "state": OPEN,
        "escalation": 0,
    }


def close_tasks(
    uow: Work,
    *,
    subject_kind: str,
    subject_ids: Sequence[str],
    kind: str | None = None,
    cancelled: bool = False,
) -> int:
    """Closes the open tasks on these subjects, of one kind or of all; returns how many."""
    query = update(Task).where(
        Task.subject_kind == subject_kind, Task.subject_id.in_(subject_ids), Task.state == OPEN
    )
    if kind is not None:
        query = query.where(Task.kind == kind)
    result = uow.session.execute(
        query.values(
            state=CANCELLED if cancelled else DONE, closed_at=uow.at, closed_by=uow.actor.id
        )
    )
    return int(getattr(result, "rowcount", 0))


def recompute_open(uow: Work) -> int:
    """Recomputes the clocks of all open tasks, after a year was loaded; returns how many moved."""
    days = calendar.load(uow.session)
    rules = (Task.started_on, Task.deadline_days, Task.deadline_working)
    running = (Task.state == OPEN, Task.deadline_days.is_not(None))
    moved = 0
    for start, limit, working in uow.session.execute(
        select(*rules).where(*running).distinct()
    ).all():
        end = due_on(days, start, days=limit or 1, working=bool(working))
        result = uow.session.execute(
            update(Task)
            .where(
                *running,
                Task.started_on == start,
                Task.deadline_days == limit,
                Task.deadline_working == working,
                (Task.due_at != end.at) | (Task.provisional != end.provisional),
            )
            .values(due_at=end.at, provisional=end.provisional)
        )
        moved += int(getattr(result, "rowcount", 0))
    return moved


def tasks_for(
    session: Session, actor: Actor, *, narrowed: TaskFilter | None = None, page: int = 1
) -> Page[TaskLine]:
    """The tasks that are for the actor: open ones by deadline, closed ones newest first."""
    days = calendar.load(session)
    query = _mine(actor, narrowed or TaskFilter(), days)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    shown = query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    now = clock.now()
    lines = [TaskLine(task, _light(task, now, days)) for task in session.scalars(shown)]
    return Page(lines, page, PAGE_SIZE, total)


def task_counts(session: Session, actor: Actor) -> Mapping[str, int]:
    """How many open tasks the actor has: of each kind, "all", "due" and "over"."""
    now, soon = clock.now(), amber_from(calendar.load(session), clock.today())
    is_over = Task.due_at < now
    query = (
        select(
            Task.kind,
            func.count(),
            func.count().filter(is_over),
            func.count().filter(~is_over, Task.due_at < soon),
        )
        .where(Task.state == OPEN, clause(actor, Task))
        .group_by(Task.kind)
    )
    counts = {"all": 0, "over": 0, "due": 0}
    for kind, number, over, almost in session.execute(query):
        counts[kind] = number
        counts["all"] += number
        counts["over"] += over
        counts["due"] += almost
    return counts


def open_tasks_on(session: Session, subject_kind: str, subject_id: str) -> list[Task]:
    """The open tasks on one subject, whoever they are for."""
    query = select(Task).where(
        Task.subject_kind == subject_kind, Task.subject_id == subject_id, Task.state == OPEN
    )
    return list(session.scalars(query.order_by(Task.due_at, Task.id)))


def amber_from(days: calendar.Calendar, today: date) -> datetime:
    """A clock that ends before this moment is amber today (or over)."""
    day, left = today, 0
    while left <= AMBER_DAYS:
        day += timedelta(days=1)
        left += days.is_working(day)
    return clock.day_start(day)


def _mine(actor: Actor, narrowed: TaskFilter, days: calendar.Calendar) -> Select[Task]:
    query = select(Task).where(clause(actor, Task))
    if narrowed.state == OPEN:
        query = query.where(Task.state == OPEN).order_by(
            Task.due_at.is_(None), Task.due_at, Task.opened_at, Task.id
        )
    else:
        query = query.where(Task.state != OPEN).order_by(Task.closed_at.desc(), Task.id)
    if narrowed.kind:
        query = query.where(Task.kind == narrowed.kind)
    condition = _light_condition(narrowed.light, days)
    return query if condition is None else query.where(condition)


def _light_condition(kind: str | None, days: calendar.Calendar) -> ColumnElement[bool] | None:
    now, soon = clock.now(), amber_from(days, clock.today())
    conditions: dict[str | None, ColumnElement[bool]] = {
        "over": Task.due_at < now,
        "due": (Task.due_at >= now) & (Task.due_at < soon),
        "ok": Task.due_at >= soon,
    }
    return conditions.get(kind)


def _light(task: Task, now: datetime, days: calendar.Calendar) -> Light | None:
    if task.due_at is None or task.state != OPEN:
        return None
    return light(task.due_at, now, days)
