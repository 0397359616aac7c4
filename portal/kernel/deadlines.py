"""Deadlines as data: limits with their basis, when they end, their lights and their ladder."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.kernel import clock
from portal.kernel.calendar import ONE_DAY, Calendar
from portal.kernel.text import Text, _

AMBER_DAYS = 2
CHIEF_REPRESENTATIVE = "chief_representative"
BUREAU_REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a ladder: what happens so many working days after (before: < 0) the end.

    `role` None means whoever has the task; `own_unit` keeps a role to the unit of the task.
    """

    level: int
    days: int
    label: Text
    role: str | None = None
    own_unit: bool = False


def ladder(*, head: str, supervisor: str) -> tuple[Step, ...]:
    """The usual ladder (domain §2.5, [D]) with the roles that stand on its upper rungs."""
    return (
        Step(1, -AMBER_DAYS, _("即将到期提醒")),
        Step(2, 0, _("到期未办提醒")),
        Step(2, 0, _("到期未办提醒"), role=head, own_unit=True),
        Step(3, 2, _("逾期督办"), role=supervisor),
    )


LADDER = ladder(head=CHIEF_REPRESENTATIVE, supervisor=BUREAU_REVIEWER)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A limit in days: what for, on which basis, how sure we are of it.

    `days` are working days or calendar days; `evidence` is the tag of the source, such as
    "S2", "M~" or "D"; `start` and `end` say what sets the clock going and what stops it.
    """

    code: str
    label: Text
    days: int
    working: bool
    basis: Text
    evidence: str
    start: Text | None = None
    end: Text | None = None
    extension_days: int = 0
    effective_from: date | None = None
    effective_to: date | None = None
    escalation: tuple[Step, ...] = LADDER

    def __post_init__(self) -> None:
        if self.days < 1:
            raise ValueError(f"deadline {self.code}: at least one day")

    def applies_on(self, day: date) -> bool:
        """Whether the rule is in force on that day."""
        starts = self.effective_from is None or self.effective_from <= day
        return starts and (self.effective_to is None or day <= self.effective_to)


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due; provisional where a year was counted without its holidays."""

    at: datetime
    provisional: bool


class LightKind(StrEnum):
    """The three lights, named as the states of a workflow are."""

    OK = "ok"
    DUE = "due"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Light:
    """How a running clock stands: `days` are the working days left, or over where it is OVER."""

    kind: LightKind
    days: int
    provisional: bool = False

    @property
    def label(self) -> Text:
        """The light in words, for colour alone says nothing."""
        if self.kind is LightKind.OVER:
            return _("已逾期 %(days)s 个工作日", days=self.days) if self.days else _("已逾期")
        if self.days == 0:
            return _("今天到期")
        return _("还剩 %(days)s 个工作日", days=self.days)


def due(calendar: Calendar, start: datetime, deadline: Deadline) -> Due:
    """When a clock that starts at that moment runs out; see `due_on`."""
    day0 = clock.local(start).date()
    return due_on(calendar, day0, days=deadline.days, working=deadline.working)


def due_on(calendar: Calendar, day0: date, *, days: int, working: bool) -> Due:
    """The end of the last day, in UTC.

    Day 0 is the day of receipt and counting starts on the next (working) day (民法典 201 条
    [M+]); the limit is met until 24:00 of the last day in the city [M~]. A limit in calendar
    days that ends on a day off ends on the next working day (民法典 203 条 [M+]).
    """
    last = _after_working(calendar, day0, days) if working else _after_days(calendar, day0, days)
    known = all(year in calendar.years for year in range(day0.year, last.year + 1))
    return Due(clock.day_end(last), provisional=not known)


def _after_working(calendar: Calendar, day0: date, days: int) -> date:
    day = day0
    for _number in range(days):
        day = calendar.next_working(day + ONE_DAY)
    return day


def _after_days(calendar: Calendar, day0: date, days: int) -> date:
    return calendar.next_working(day0 + timedelta(days=days))


def working_days_between(calendar: Calendar, first: date, last: date) -> int:
    """The working days after `first` up to and with `last`; negative when `last` is earlier."""
    if last < first:
        return -working_days_between(calendar, last, first)
    span = (last - first).days
    return sum(calendar.is_working(first + timedelta(days=n)) for n in range(1, span + 1))


def light(due_at: datetime, now: datetime, calendar: Calendar) -> Light:
    """The light of a clock at a moment: amber from two working days before its last day."""
    last, today = clock.local(due_at).date(), clock.local(now).date()
    provisional = not (calendar.is_known(last) and calendar.is_known(today))
    if now > due_at:
        return Light(LightKind.OVER, working_days_between(calendar, last, today), provisional)
    left = working_days_between(calendar, today, last)
    return Light(LightKind.DUE if left <= AMBER_DAYS else LightKind.OK, left, provisional)


def reached(step: Step, *, due_at: datetime, now: datetime, calendar: Calendar) -> bool:
    """Whether a rung of the ladder stands at or before this moment."""
    shown = light(due_at, now, calendar)
    if step.days < 0:
        return shown.kind is LightKind.OVER or shown.days <= -step.days
    return shown.kind is LightKind.OVER and shown.days >= step.days
