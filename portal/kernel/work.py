"""What the services of the kernel need of a unit of work; `uow.UnitOfWork` is one."""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from portal.kernel.access import Actor
from portal.kernel.events import Event


class Work(Protocol):
    """One session, one actor, one moment.

    It stands below `feature`, so that what a feature declares (tasks, deadlines, jobs) may
    bring its own services without importing the whole process.
    """

    session: Session
    actor: Actor
    at: datetime
    runtime: Any

    def emit(self, event: Event) -> None:
        """Tells that something happened."""
        ...

    def audit(
        self, action: str, subject_kind: str, subject_id: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Adds a row to the trail."""
        ...
