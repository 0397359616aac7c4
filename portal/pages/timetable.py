"""When jobs run, in words: triggers are cron fields on the city's clocks, or intervals."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from portal.kernel import clock
from portal.kernel.jobs import Job, JobRun
from portal.kernel.text import Text, _
from portal.web.filters import duration

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = 7
DAY_NAMES = (
    _("周一"),
    _("周二"),
    _("周三"),
    _("周四"),
    _("周五"),
    _("周六"),
    _("周日"),
)


@dataclass(frozen=True, slots=True)
class Daily:
    """A time of day (hour None: of every hour) on some days of the week."""

    hour: int | None
    minute: int
    days: tuple[int, ...]

    @property
    def words(self) -> Text:
        """The trigger as people say it."""
        if self.hour is None:
            return _("每小时 %(minute)s 分", minute=f"{self.minute:02d}")
        at = f"{self.hour:02d}:{self.minute:02d}"
        if len(self.days) == WEEK:
            return _("每日 %(at)s", at=at)
        first, last = self.days[0], self.days[-1]
        if len(self.days) > 1 and last - first == len(self.days) - 1:
            return _(
                "%(first)s至%(last)s %(at)s", first=DAY_NAMES[first], last=DAY_NAMES[last], at=at
            )
        # Days that do not follow one another are rare; each is named.
        names = "/".join(str(DAY_NAMES[day]) for day in self.days)
        return _("%(days)s %(at)s", days=names, at=at)

    def after(self, moment: datetime) -> datetime:
        """The first time that it comes after a moment."""
        here = clock.local(moment)
        if self.hour is None:
            found = here.replace(minute=self.minute, second=0, microsecond=0)
            return found if found > here else found + timedelta(hours=1)
        for ahead in range(WEEK + 1):
            day = here.date() + timedelta(days=ahead)
            found = datetime.combine(day, time(self.hour, self.minute), clock.CITY_ZONE)
            if found > here and day.weekday() in self.days:
                return found
        raise ValueError("a trigger without a day")


def daily(cron: str) -> Daily | None:
    """The usual five cron fields; None for what is more than a time of day on days of the week."""
    minute, hour, day, month, weekdays = cron.split()
    if not minute.isdigit() or (day, month) != ("*", "*") or not (hour == "*" or hour.isdigit()):
        return None
    days = _days(weekdays)
    return Daily(None if hour == "*" else int(hour), int(minute), days) if days else None


def _days(field: str) -> tuple[int, ...]:
    if field == "*":
        return tuple(range(WEEK))
    found: set[int] = set()
    for part in field.split(","):
        first, _dash, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            return ()
        found |= set(range(DAYS.index(first), DAYS.index(last or first) + 1))
    return tuple(sorted(found))


def when(job: Job, labels: dict[str, Text]) -> Text | str:
    """The trigger of a job in words; `labels` names the job that it follows."""
    if job.after is not None:
        return _("“%(job)s”完成后", job=labels.get(job.after, job.after))
    if isinstance(job.trigger, timedelta):
        return _("每 %(interval)s", interval=duration(job.trigger))
    if job.trigger is None:
        return _("按需")
    found = daily(job.trigger)
    return found.words if found else job.trigger


def next_run(job: Job, last: JobRun | None, now: datetime) -> datetime | None:
    """When a job runs next by its trigger; None where nothing says so."""
    if isinstance(job.trigger, timedelta):
        return _on_grid(last.planned_at, job.trigger, now) if last else None
    found = daily(job.trigger) if job.trigger else None
    return found.after(now) if found else None


def _on_grid(start: datetime, interval: timedelta, now: datetime) -> datetime:
    """The first moment after now that is a whole number of intervals from the start."""
    passed = max(0, (now - start) // interval)
    return start + (passed + 1) * interval


def may_be_run(job: Job) -> bool:
    """Whether a person may start it by hand: what is only requested needs to be told more."""
    return job.trigger is not None or job.after is not None
