"""What follows from steps of the entry workflows: tasks of reviewers, messages to units."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from catalog.entries.deadlines import REVIEW_DUE
from catalog.entries.events import VERSION
from catalog.entries.models import Entry, EntryVersion
from portal.kernel.access import SYSTEM
from portal.kernel.addressee import Addressee
from portal.kernel.messages import NewMessage, send_messages
from portal.kernel.outbox import Delivery
from portal.kernel.runtime import Runtime
from portal.kernel.tasks import NewTask, TaskKind, close_tasks, open_tasks
from portal.kernel.text import _
from portal.kernel.uow import UnitOfWork, unit_of_work

REVIEW_TASK = TaskKind("entries.review", _("审核目录"), "/catalog/reviews/{subject_id}")


def follow_versions(runtime: Runtime, deliveries: Sequence[Delivery]) -> None:
    """Opens and closes the reviewers' tasks and tells the unit of a return; may run twice."""
    with unit_of_work(runtime, SYSTEM) as uow:
        ids = {delivery.subject_id for delivery in deliveries}
        query = (
            select(EntryVersion, Entry)
            .join(Entry, Entry.id == EntryVersion.entry_id)
            .where(EntryVersion.id.in_(ids))
        )
        found = {version.id: (version, entry) for version, entry in uow.session.execute(query)}
        for delivery in deliveries:
            if delivery.subject_id in found:
                _follow(uow, delivery, *found[delivery.subject_id])


def _follow(uow: UnitOfWork, delivery: Delivery, version: EntryVersion, entry: Entry) -> None:
    step = delivery.payload["transition"]
    if step == "submit":
        if version.status == "bureau_review":
            open_tasks(uow, [_review_task(delivery, version, entry)])
        return
    if step in ("publish", "return"):
        close_tasks(uow, subject_kind=VERSION, subject_ids=[version.id])
    if step == "return":
        send_messages(uow, [_returned(delivery, version, entry)])


def _review_task(delivery: Delivery, version: EntryVersion, entry: Entry) -> NewTask:
    return NewTask(
        kind=REVIEW_TASK.key,
        subject_kind=VERSION,
        subject_id=version.id,
        title=_("审核目录《%(title)s》", title=entry.title),
        to=Addressee(role="reviewer"),
        deadline=REVIEW_DUE,
        started_at=delivery.created_at,
        occasion=str(delivery.id),
    )


def _returned(delivery: Delivery, version: EntryVersion, entry: Entry) -> NewMessage:
    comment: Any = delivery.payload.get("comment", "")
    return NewMessage(
        key=f"entry_version:{version.id}:returned:{delivery.id}",
        title=_("目录《%(title)s》已退回", title=entry.title),
        body=_("退回理由：%(reason)s", reason=comment),
        to=Addressee(unit_id=version.unit_id),
        path=f"/catalog/entries/{entry.id}/edit",
    )
