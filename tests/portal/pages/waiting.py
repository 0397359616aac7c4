"""Work that waits for the reviewer of the quiet portal: tasks of all lights, and messages."""

from datetime import timedelta

from catalog.entries.deadlines import REVIEW_DUE
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.addressee import Addressee
from portal.kernel.db import new_id
from portal.kernel.messages import NewMessage, send_messages
from portal.kernel.tasks import NewTask, close_tasks, open_tasks
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from tests.world import World

# Days ago on which the limit of two working days began, from long over to just begun.
STARTS = (40, 30, 0, 0, 0)


def task(subject_id: str, *, number: int, days: int | None) -> NewTask:
    return NewTask(
        kind="entries.review",
        subject_kind="entry_version",
        subject_id=subject_id,
        title=_("审核目录《%(title)s》", title=f"目录{number}"),
        to=Addressee(role="reviewer"),
        deadline=None if days is None else REVIEW_DUE,
        started_at=None if days is None else clock.now() - timedelta(days=days),
    )


def send(world: World, number: int, *, path: str | None = "/help") -> None:
    with unit_of_work(world.runtime, SYSTEM) as uow:
        messages = [
            NewMessage(
                key=f"sample:{new_id()}",
                title=_("目录《%(title)s》已退回", title=f"消息{n}"),
                to=Addressee(role="reviewer"),
                path=path,
            )
            for n in range(number)
        ]
        send_messages(uow, messages)


def give_work(world: World) -> None:
    """Two tasks over their limit, three within it, one without limit, and one that is done."""
    with unit_of_work(world.runtime, SYSTEM) as uow:
        subjects = [new_id() for _days in STARTS]
        open_tasks(
            uow,
            [
                task(subject, number=number, days=days)
                for number, (subject, days) in enumerate(zip(subjects, STARTS, strict=True))
            ],
        )
        done = new_id()
        open_tasks(uow, [task(done, number=99, days=1)])
        close_tasks(uow, subject_kind="entry_version", subject_ids=[done])
        open_tasks(uow, [task(new_id(), number=50, days=None)])
