"""The unit of work: one session, one commit, events and trail written with the change."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.kernel import clock
from portal.kernel.access import SYSTEM, Actor
from portal.kernel.audit import Act, AuditRow
from portal.kernel.db import Base, is_full
from portal.kernel.errors import Conflict, NotFound, Unavailable
from portal.kernel.events import Event
from portal.kernel.logs import request_id
from portal.kernel.outbox import BULK, PEOPLE, OutboxRow
from portal.kernel.runtime import Runtime
from portal.kernel.text import _

DISK_IS_FULL = _("服务器的磁盘已满，这次操作没有保存。请联系运维人员腾出空间，然后重做。")
Record = TypeVar("Record", bound=Base)


class UnitOfWork:
    """What a service works with; made by `unit_of_work`, never kept beyond it."""

    def __init__(self, session: Session, actor: Actor, runtime: Runtime) -> None:
        self.session = session
        self.actor = actor
        self.runtime = runtime
        self.at: datetime = clock.now()
        self._events: list[Event] = []
        self._acts: list[Act] = []

    def emit(self, event: Event) -> None:
        """Tells that something happened; handlers hear of it after the commit."""
        self._events.append(event)

    def audit(
        self, action: str, subject_kind: str, subject_id: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Adds a row to the trail."""
        self._acts.append(Act(action, subject_kind, subject_id, detail or {}))

    def lock(self, model: type[Record], record_id: str) -> Record:
        """The record as it is now, held until the end of this unit of work.

        Raises NotFound when there is none.
        """
        record = self.session.get(model, record_id, with_for_update=True, populate_existing=True)
        if record is None:
            raise NotFound(_("没有找到这条记录。它可能已被删除，请返回列表重新查找。"))
        return record

    def follow_up(self) -> "UnitOfWork":
        """The same transaction with the product as actor, for steps that follow by themselves."""
        follower = UnitOfWork(self.session, SYSTEM, self.runtime)
        follower.at = self.at
        follower._events, follower._acts = self._events, self._acts
        return follower

    def write_out(self) -> int:
        """Writes events and trail into the open transaction; returns how many outbox rows."""
        rows = [row for event in self._events for row in self._outbox_rows(event)]
        if rows:
            self.session.flush()  # so that the rows of the change come before their consequences
            self.session.execute(insert(OutboxRow), rows)
        if self._acts:
            self.session.execute(insert(AuditRow), [self._audit_row(act) for act in self._acts])
        self._events.clear()
        self._acts.clear()
        return len(rows)

    def _outbox_rows(self, event: Event) -> list[dict[str, Any]]:
        return [
            {
                "lane": BULK if event.bulk else PEOPLE,
                "handler": handler.key,
                "event": event.name,
                "subject_kind": event.subject_kind,
                "subject_id": event.subject_id,
                "payload": event.payload(),
                "actor_id": self.actor.id,
                "actor_name": self.actor.name,
                "request_id": request_id(),
                "created_at": self.at,
                "available_at": self.at,
                "state": "pending",
                "attempts": 0,
            }
            for handler in self.runtime.handlers.get(event.name, ())
        ]

    def _audit_row(self, act: Act) -> dict[str, Any]:
        return {
            "at": self.at,
            "actor_id": self.actor.id,
            "actor_name": self.actor.name,
            "action": act.action,
            "subject_kind": act.subject_kind,
            "subject_id": act.subject_id,
            "detail": json.loads(json.dumps(act.detail, default=str)),
            "request_id": request_id(),
        }


@contextmanager
def unit_of_work(runtime: Runtime, actor: Actor) -> Iterator[UnitOfWork]:
    """Everything inside is kept together or not at all.

    Raises Conflict when another changed the same record meanwhile and Unavailable when the
    database does not answer; then nothing was written.
    """
    with _translated(), runtime.database.writing() as session:
        uow = UnitOfWork(session, actor, runtime)
        yield uow
        consequences = uow.write_out()
        session.commit()
    if consequences:
        runtime.nudge()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except StaleDataError as error:
        raise Conflict(_("这条记录刚被别人改过，您的修改没有保存。请刷新后重做。")) from error
    except OperationalError as error:
        if is_full(error):
            raise Unavailable(DISK_IS_FULL) from error
        raise Unavailable(_("数据库暂时没有应答，这次操作没有保存。请稍后再试。")) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable(_("数据库连接中断，这次操作没有保存。请稍后再试。")) from error
        raise
