"""What an operator does by hand: events that failed are given their tries again."""

from portal.kernel.access import Actor
from portal.kernel.errors import Conflict
from portal.kernel.outbox import revive
from portal.kernel.paging import LARGEST_NUMBER
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from portal.kernel.uow import UnitOfWork, unit_of_work
from portal.pages.queries.operations import LETTERS_SHOWN, letters


def retry(uow: UnitOfWork, *, row_id: int) -> None:
    """Gives a dead letter its tries again. Raises Conflict when it is not dead any more."""
    if row_id >= LARGEST_NUMBER or not revive(uow.session, row_id):
        raise Conflict(_("这个事件已不在失败之列，可能已有人重试。请刷新页面查看。"))
    uow.audit("outbox.revive", "outbox", str(row_id))


def retry_all(runtime: Runtime, actor: Actor) -> int:
    """The same for all dead letters, however many; returns how many.

    Each page of them is a unit of work of its own, for others wait to write.
    """
    revived, before = 0, None
    while True:
        with unit_of_work(runtime, actor) as uow:
            page = letters(uow.session, before=before)
            ids = [letter.id for letter in page if revive(uow.session, letter.id)]
            for row_id in ids:
                uow.audit("outbox.revive", "outbox", str(row_id))
        revived += len(ids)
        if len(page) < LETTERS_SHOWN:
            return revived
        before = page[-1].id
