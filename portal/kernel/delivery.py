"""Outbox rows brought to their handlers: in batches, then one by one, until done or dead."""

import errno
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError

from portal.kernel import logs, outbox
from portal.kernel.errors import Unavailable
from portal.kernel.outbox import BULK, PEOPLE, Delivery, Handler, OutboxRow
from portal.kernel.runtime import Runtime

CLAIM = 500
TURNS_OF_PEOPLE = 20

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What a courier has done: rows delivered, put back for a later try, given up."""

    done: int = 0
    failed: int = 0
    dead: int = 0

    def __str__(self) -> str:
        return f"done={self.done} failed={self.failed} dead={self.dead}"

    @property
    def handled(self) -> int:
        """All rows that were taken up."""
        return self.done + self.failed + self.dead


class UnknownHandler(LookupError):
    """A row names a handler that this release does not have."""


def _never() -> bool:
    return False


@dataclass(slots=True)
class Courier:
    """Delivers; `step` takes people's changes first and then one batch of the bulk lane."""

    runtime: Runtime
    stopped: Callable[[], bool] = _never
    counts: Counts = field(default_factory=Counts)
    _handlers: dict[str, Handler] = field(init=False)

    def __post_init__(self) -> None:
        self._handlers = {
            handler.key: handler
            for handlers in self.runtime.handlers.values()
            for handler in handlers
        }

    def step(self) -> bool:
        """One round of work; False when nothing was due."""
        worked = self._people()
        rows = outbox.claim(self.runtime.database, limit=CLAIM, lane=BULK)
        batches = list(self._batches(rows))
        for number, batch in enumerate(batches):
            if self.stopped():
                outbox.release(self.runtime.database, _ids(batches[number:]))
                break
            self._deliver(batch)
            self._people()  # nobody waits behind more than one batch of an import
        return worked or bool(rows)

    def _people(self) -> bool:
        """Some turns of the lane of people; not for ever, so that the bulk lane moves too."""
        for turn in range(TURNS_OF_PEOPLE):
            rows = outbox.claim(self.runtime.database, limit=CLAIM, lane=PEOPLE)
            if not rows:
                return turn > 0
            for batch in self._batches(rows):
                self._deliver(batch)
            if self.stopped():
                break
        return True

    def _batches(self, rows: Sequence[OutboxRow]) -> Iterator[Sequence[OutboxRow]]:
        if not rows:
            return
        handler = self._handlers.get(rows[0].handler)
        size = max(1, min(handler.batch, CLAIM)) if handler else len(rows)
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

    def _deliver(self, rows: Sequence[OutboxRow]) -> None:
        error = self._handed_over(rows)
        if error is None:
            return
        if _is_away(error):
            outbox.postpone(self.runtime.database, [row.id for row in rows], error)
            self.counts.failed += len(rows)
        elif len(rows) == 1 or isinstance(error, UnknownHandler):
            for row in rows:
                self._failed(row, error)
        else:  # one of them may spoil the batch: each by itself
            for row in rows:
                self._deliver([row])

    def _handed_over(self, rows: Sequence[OutboxRow]) -> Exception | None:
        """Calls the handler and settles; the error, if there was one."""
        key, started = rows[0].handler, time.monotonic()
        with logs.identified(rows[0].request_id or f"outbox-{rows[0].id}"):
            try:
                self._handler(key).function(self.runtime, [_delivery(row) for row in rows])
            except Exception as error:
                log.warning(
                    "outbox.failed",
                    extra={"handler": key, "rows": len(rows), "error": repr(error)},
                    exc_info=not _is_away(error),
                )
                return error
        outbox.settle(self.runtime.database, [row.id for row in rows])
        self.counts.done += len(rows)
        milliseconds = round((time.monotonic() - started) * 1000)
        log.debug(
            "outbox.done", extra={"handler": key, "rows": len(rows), "milliseconds": milliseconds}
        )
        return None

    def _handler(self, key: str) -> Handler:
        handler = self._handlers.get(key)
        if handler is None:
            raise UnknownHandler(key)
        return handler

    def _failed(self, row: OutboxRow, error: Exception) -> None:
        if outbox.fail(self.runtime.database, row, error):
            self.counts.dead += 1
            log.error("outbox.dead", extra={"row": row.id, "handler": row.handler})
        else:
            self.counts.failed += 1


def _is_away(error: Exception) -> bool:
    """Whether a part that the handler needs is away, or has no room: the row itself is sound."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or isinstance(error, Unavailable | OperationalError)


def _delivery(row: OutboxRow) -> Delivery:
    return Delivery(
        id=row.id,
        event=row.event,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        payload=row.payload,
        actor_id=row.actor_id,
        created_at=row.created_at,
        bulk=row.lane == BULK,
    )


def _ids(batches: Sequence[Sequence[OutboxRow]]) -> list[int]:
    return [row.id for batch in batches for row in batch]
