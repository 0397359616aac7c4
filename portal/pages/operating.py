"""What an operator does by hand: events that failed are given their tries again."""

from portal.kernel.errors import Conflict
from portal.kernel.outbox import revive
from portal.kernel.text import _
from portal.kernel.uow import UnitOfWork
from portal.pages.queries.operations import letters


def retry(uow: UnitOfWork, *, row_id: int) -> None:
    """Gives a dead letter its tries again. Raises Conflict when it is not dead any more."""
    if not revive(uow.session, row_id):
        raise Conflict(_("这个事件已不在失败之列，可能已有人重试。请刷新页面查看。"))
    uow.audit("outbox.revive", "outbox", str(row_id))


def retry_all(uow: UnitOfWork) -> int:
    """The same for all dead letters that the page shows; returns how many."""
    ids = [letter.id for letter in letters(uow.session) if revive(uow.session, letter.id)]
    for row_id in ids:
        uow.audit("outbox.revive", "outbox", str(row_id))
    return len(ids)
