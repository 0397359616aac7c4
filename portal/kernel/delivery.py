"""Outbox rows brought to their handlers: in batches, then one by one, until done or dead."""

import errno
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError

from portal.kernel import logs, outbox
from portal.kernel.errors import Unavailable
from portal.kernel.outbox import BULK, PEOPLE, Claimed, Handler
from portal.kernel.runtime import Runtime

CLAIM = 500
CLAIM_BULK = 4000  # what a handler that finishes may be given before it does
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
        rows = outbox.claim(self.runtime.database, limit=CLAIM_BULK, lane=BULK)
        batches, unfinished = list(self._batches(rows)), list[Sequence[Claimed]]()
        for number, batch in enumerate(batches):
            if self.stopped():
                outbox.release(self.runtime.database, _ids(batches[number:]))
                break
            if self._begun(batch):
                unfinished.append(batch)
            else:
                self._deliver(batch)
            self._people()  # nobody waits behind more than one batch of an import
        if unfinished:
            self._finish(unfinished)
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

    def _batches(self, rows: Sequence[Claimed]) -> Iterator[Sequence[Claimed]]:
        if not rows:
            return
        handler = self._handlers.get(rows[0].handler)
        size = max(1, min(handler.batch, CLAIM)) if handler else len(rows)
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

    def _begun(self, rows: Sequence[Claimed]) -> bool:
        """Whether a batch was done but for the end, which comes for several at once."""
        handler = self._handlers.get(rows[0].handler)
        return handler is not None and bool(handler.finish) and self._called(rows) is None

    def _finish(self, batches: Sequence[Sequence[Claimed]]) -> None:
        """Ends batches together; where that fails, each is done again by itself."""
        if self._called(batches[0], only_finish=True) is None:
            self._settle([row for batch in batches for row in batch])
            return
        for batch in batches:
            self._deliver(batch)

    def _deliver(self, rows: Sequence[Claimed]) -> None:
        error = self._called(rows) or self._called(rows, only_finish=True)
        if error is None:
            self._settle(rows)
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

    def _called(self, rows: Sequence[Claimed], *, only_finish: bool = False) -> Exception | None:
        """Calls the handler, or what ends it; the error, if there was one."""
        key, started = rows[0].handler, time.monotonic()
        with logs.identified(rows[0].request_id or f"outbox-{rows[0].id}"):
            try:
                handler = self._handler(key)
                if not only_finish:
                    handler.function(self.runtime, [row.delivery for row in rows])
                elif handler.finish is not None:
                    handler.finish(self.runtime)
            except Exception as error:
                log.warning(
                    "outbox.failed",
                    extra={"handler": key, "rows": len(rows), "error": repr(error)},
                    exc_info=not _is_away(error),
                )
                return error
        milliseconds = round((time.monotonic() - started) * 1000)
        log.debug(
            "outbox.done", extra={"handler": key, "rows": len(rows), "milliseconds": milliseconds}
        )
        return None

    def _settle(self, rows: Sequence[Claimed]) -> None:
        outbox.settle(self.runtime.database, [row.id for row in rows])
        self.counts.done += len(rows)

    def _handler(self, key: str) -> Handler:
        handler = self._handlers.get(key)
        if handler is None:
            raise UnknownHandler(key)
        return handler

    def _failed(self, row: Claimed, error: Exception) -> None:
        if outbox.fail(self.runtime.database, row, error):
            self.counts.dead += 1
            log.error("outbox.dead", extra={"row": row.id, "handler": row.handler})
        else:
            self.counts.failed += 1


def _is_away(error: Exception) -> bool:
    """Whether a part that the handler needs is away, or has no room: the row itself is sound."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or isinstance(error, Unavailable | OperationalError)


def _ids(batches: Sequence[Sequence[Claimed]]) -> list[int]:
    return [row.id for batch in batches for row in batch]
