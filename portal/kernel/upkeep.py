"""The kernel's own jobs: reminders, and taking away what nobody needs any more."""

from datetime import timedelta

from portal.kernel import calendar, clock
from portal.kernel.access import SYSTEM
from portal.kernel.addressee import Addressee
from portal.kernel.deadlines import BUREAU_REVIEWER
from portal.kernel.escalation import escalate
from portal.kernel.files import prune_files
from portal.kernel.job_runs import prune_runs
from portal.kernel.jobs import Job, JobContext
from portal.kernel.messages import NewMessage, prune_messages, send_message
from portal.kernel.outbox import prune as prune_outbox
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work

OCTOBER, MINUTES = 10, 10


def escalate_tasks(context: JobContext) -> None:
    """Climbs the ladder of all open tasks."""
    context.counts["tasks"] = escalate(context.runtime)


def prune(context: JobContext) -> None:
    """Deletes old runs, messages, done outbox rows and files past their time."""
    runtime = context.runtime
    context.counts["outbox"] = prune_outbox(runtime.database)
    with unit_of_work(runtime, SYSTEM) as uow:
        context.counts["runs"] = prune_runs(uow)
        context.counts["messages"] = prune_messages(uow)
    context.counts["files"] = prune_files(runtime.database, runtime.settings.file_folder)


def check_calendar(context: JobContext) -> None:
    """From October on reminds that the next year's holidays are to be loaded, once a month."""
    today = clock.today()
    year = today.year + (today.month >= OCTOBER)
    with unit_of_work(context.runtime, SYSTEM) as uow:
        context.counts["missing"] = missing = int(year not in calendar.load(uow.session).years)
        if missing:
            send_message(uow, _calendar_reminder(year, month=today.strftime("%Y-%m")))


def _calendar_reminder(year: int, *, month: str) -> NewMessage:
    return NewMessage(
        key=f"calendar:{year}:{month}",
        title=_("%(year)s 年工作日历尚未载入", year=str(year)),
        body=_("涉及该年的期限暂按普通周一至周五计算。公布放假安排后，请载入当年日历。"),
        to=Addressee(role=BUREAU_REVIEWER),
    )


JOBS = (
    Job(
        key="tasks.escalate",
        label=_("到期提醒与督办"),
        function=escalate_tasks,
        trigger=timedelta(minutes=MINUTES),
        time_limit=300,
    ),
    Job(
        key="kernel.prune",
        label=_("清理过期记录和文件"),
        function=prune,
        trigger="30 3 * * *",
        time_limit=1800,
    ),
    Job(
        key="calendar.check",
        label=_("检查工作日历是否齐全"),
        function=check_calendar,
        trigger="15 8 * * *",
        time_limit=120,
    ),
)
