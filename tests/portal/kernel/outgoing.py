"""A handler that remembers, and events for it to hear."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sqlalchemy import select

from portal.kernel.access import SYSTEM
from portal.kernel.db import Database
from portal.kernel.events import Event
from portal.kernel.outbox import Delivery, FinishFunction, Handler, OutboxRow
from portal.kernel.runtime import Runtime
from portal.kernel.uow import unit_of_work


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    name: ClassVar[str] = "test.happened"
    subject_kind: ClassVar[str] = "thing"
    words: str = ""


@dataclass
class Listener:
    """Remembers each call; subjects in `poisoned` fail, and all fail while `broken` is set."""

    poisoned: set[str] = field(default_factory=set)
    broken: Exception | None = None
    calls: list[list[Delivery]] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)

    def __call__(self, runtime: Any, deliveries: Sequence[Delivery]) -> None:
        self.calls.append(list(deliveries))
        if self.broken is not None:
            raise self.broken
        if self.poisoned & {delivery.subject_id for delivery in deliveries}:
            message = f"poisoned: {self.poisoned}"
            raise RuntimeError(message)
        self.heard.set()

    @property
    def subjects(self) -> list[str]:
        return [delivery.subject_id for call in self.calls for delivery in call]

    def handler(
        self, *, batch: int = 1, key: str = "listen", finish: FinishFunction | None = None
    ) -> Handler:
        return Handler(key, ("test.happened",), self, batch, finish)


def happen(runtime: Runtime, *subject_ids: str, bulk: bool = False) -> None:
    """Lets something happen to each of the subjects, in one change."""
    with unit_of_work(runtime, SYSTEM) as uow:
        for subject_id in subject_ids:
            uow.emit(Happened(subject_id=subject_id, bulk=bulk))


def states(database: Database) -> dict[str, str]:
    """The state of each subject's row."""
    with database.reading() as session:
        rows = session.execute(select(OutboxRow.subject_id, OutboxRow.state))
        return {row.subject_id: row.state for row in rows}
