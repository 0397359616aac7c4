"""Scheduled work on entries: the yearly question whether an unchanged entry still holds."""

from datetime import datetime

from sqlalchemy import func, select

from catalog.entries.events import ENTRY
from catalog.entries.models import Entry
from catalog.entries.rules import CONFIRM_AFTER
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.addressee import Addressee
from portal.kernel.jobs import Job, JobContext
from portal.kernel.messages import NewMessage, send_messages
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work

BATCH = 200
NO_PERIOD = ("irregular", "once", "other")


def ask_unchanged(context: JobContext) -> None:
    """Asks, once a year, whether entries without a definite period still hold."""
    runtime = context.runtime
    before = clock.now() - CONFIRM_AFTER
    age = func.coalesce(Entry.confirmed_at, Entry.data_updated_at, Entry.first_published_at)
    query = (
        select(Entry.id, Entry.title, Entry.unit_id, age)
        .where(Entry.standing == "published", age < before)
        .where(Entry.update_cycle.in_(NO_PERIOD) | Entry.update_cycle.is_(None))
        .order_by(Entry.id)
    )
    after, asked = "", 0
    while True:
        context.check_cancelled()
        with runtime.database.reading() as session:
            rows = session.execute(query.where(Entry.id > after).limit(BATCH)).all()
        if not rows:
            break
        with unit_of_work(runtime, SYSTEM) as uow:
            asked += send_messages(uow, [_question(*row) for row in rows])
        after = rows[-1].id
        context.progress(asked)
    context.counts["asked"] = asked


def _question(entry_id: str, title: str, unit_id: str, since: datetime) -> NewMessage:
    years = (clock.now() - since) // CONFIRM_AFTER
    return NewMessage(
        key=f"{ENTRY}:{entry_id}:unchanged:{since:%Y%m%d}:{years}",
        title=_("请确认目录《%(title)s》仍然有效", title=title),
        body=_("这条目录没有固定更新周期，已满一年没有更新。数据未变请确认，已变请更新。"),
        to=Addressee(unit_id=unit_id),
        path=f"/catalog/entries/{entry_id}#work",
    )


JOBS = (
    Job(
        "entries.ask_unchanged",
        _("每年询问无固定周期的目录是否仍然有效"),
        ask_unchanged,
        trigger="30 6 * * mon-fri",
        time_limit=1800,
    ),
)
