"""Tasks and their filters as the workbench shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.kernel import clock
from portal.kernel.calendar import Calendar
from portal.kernel.deadlines import due_on, reached
from portal.kernel.escalation import Declared
from portal.kernel.feature import Feature
from portal.kernel.tasks import OPEN, Task, TaskFilter, TaskKind, TaskLine
from portal.kernel.text import Text, _
from portal.pages.queries.work import Lights
from portal.web.filters import day_words
from portal.web.pages import path

LIGHTS = ("over", "due", "ok")
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ShownTask:
    """One row of the table."""

    id: str
    title: Text
    href: str | None
    kind: Text | str
    received_on: date
    closed_at: datetime | None
    cancelled: bool
    clock: "ShownClock | None"


@dataclass(frozen=True, slots=True)
class ShownClock:
    """A task's limit in words."""

    state: str
    words: Text
    at: str
    at_words: Text
    note: Text | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """What the features declare for tasks that are late, on the working-day calendar."""

    rules: Declared
    days: Calendar

    def next_rung(self, task: Task) -> Text | None:
        """What happens when a late task is still open on a day to come; else nothing."""
        now = clock.now()
        if task.due_at is None or task.state != OPEN or now <= task.due_at:
            return None
        ahead = [
            step
            for step in self.rules.steps(task)
            if not reached(step, due_at=task.due_at, now=now, calendar=self.days)
        ]
        if not ahead:
            return None
        step, last = min(ahead, key=lambda each: each.days), clock.local(task.due_at).date()
        day = due_on(self.days, last, days=step.days, working=True).at
        return _("%(day)s仍未办结：%(what)s", day=day_words(day), what=step.label)


def kinds_of(features: Sequence[Feature]) -> dict[str, TaskKind]:
    """The declared kinds of tasks by key."""
    return {kind.key: kind for feature in features for kind in feature.task_kinds}


def filter_of(args: Mapping[str, str], kinds: Mapping[str, TaskKind]) -> TaskFilter:
    """What the address narrows the list to; what it does not know is left out."""
    state = CLOSED if args.get("state") == CLOSED else OPEN
    kind, light = args.get("kind"), args.get("light")
    return TaskFilter(
        state=state,
        kind=kind if kind in kinds else None,
        light=light if light in LIGHTS and state == OPEN else None,
    )


def address(wanted: TaskFilter, **changes: Any) -> str:
    """The list's address with a filter, of which something may be changed."""
    values = {
        "state": wanted.state if wanted.state != OPEN else None,
        "kind": wanted.kind,
        "light": wanted.light,
        **changes,
    }
    return path("pages.tasks", **values)


def shown(line: TaskLine, kinds: Mapping[str, TaskKind], ladder: Ladder) -> ShownTask:
    """A task as a row: where it is done, its limit in words, and what comes after it."""
    task, kind = line.task, kinds.get(line.task.kind)
    return ShownTask(
        id=task.id,
        title=task.title,
        href=kind.address(task) if kind else None,
        kind=kind.label if kind else task.kind,
        received_on=task.started_on,
        closed_at=task.closed_at,
        cancelled=task.state == "cancelled",
        clock=_clock(line, ladder),
    )


def _clock(line: TaskLine, ladder: Ladder) -> ShownClock | None:
    task, light = line.task, line.light
    if light is None or task.due_at is None:
        return None
    return ShownClock(
        state=light.kind.value,
        words=light.label,
        at=task.due_at.isoformat(),
        at_words=_due_words(task),
        note=ladder.next_rung(task) or _provisional(task),
    )


def _provisional(task: Task) -> Text | None:
    if not task.provisional:
        return None
    return _("年份的放假安排未载入，暂按周一至周五计算")


def _due_words(task: Task) -> Text:
    """The day on which the limit ends, and how long it is."""
    day = day_words(task.due_at)
    if task.deadline_days is None:
        return _("%(day)s到期", day=day)
    if task.deadline_working:
        return _("%(day)s到期，共 %(n)s 个工作日", day=day, n=task.deadline_days)
    return _("%(day)s到期，共 %(n)s 日", day=day, n=task.deadline_days)


def lights(counts: Lights, wanted: TaskFilter) -> list[dict[str, Any]]:
    """The four filters: by light, and all of them."""
    labels = {"over": _("已逾期"), "due": _("2 个工作日内到期"), "ok": _("期限内")}
    found = [
        {
            "state": key,
            "label": label,
            "count": getattr(counts, key),
            "href": address(wanted, state=None, light=key),
            "current": wanted.light == key,
        }
        for key, label in labels.items()
    ]
    everything = wanted.light is None and wanted.state == OPEN
    found.append(
        {
            "state": "run",
            "label": _("全部待办"),
            "count": counts.all,
            "href": address(wanted, state=None, light=None),
            "current": everything,
        }
    )
    return found


def kind_links(
    counts: Mapping[str, int], kinds: Mapping[str, TaskKind], wanted: TaskFilter
) -> list[tuple[Text | str, str, bool]]:
    """The kinds to choose from; none where there is but one. Undeclared ones have no list."""
    known = {key: number for key, number in counts.items() if key in kinds}
    if len(known) < 2 and wanted.kind is None:  # noqa: PLR2004  a choice needs two
        return []
    every: list[tuple[Text | str, str, bool]] = [
        (_("全部"), address(wanted, kind=None), wanted.kind is None)
    ]
    return every + [
        (
            _("%(kind)s %(n)s", kind=kinds[key].label, n=number),
            address(wanted, kind=key),
            wanted.kind == key,
        )
        for key, number in known.items()
    ]


def tabs(wanted: TaskFilter, counts: Lights) -> list[dict[str, Any]]:
    """What is to be done, and what was."""
    is_open = wanted.state == OPEN
    return [
        {
            "label": _("待我办理"),
            "href": address(wanted, state=None, light=None),
            "count": counts.all,
            "current": is_open,
        },
        {
            "label": _("已办结"),
            "href": address(wanted, state=CLOSED, light=None),
            "current": not is_open,
        },
    ]
