"""The process that empties the outbox: people's changes first, the others not never."""

import fcntl
import logging
import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from portal.kernel.delivery import Counts, Courier
from portal.kernel.outbox import release_claimed, release_stale, waiting
from portal.kernel.runtime import Runtime

POLL_SECONDS = 0.25
STANDBY_SECONDS = 0.5
STALE_SECONDS = 30.0
PAUSE_AFTER_FAILURE = 2.0
NUDGE_BYTES = 16

log = logging.getLogger(__name__)


def run(runtime: Runtime, stop: threading.Event) -> None:
    """Delivers until told to stop.

    With the embedded index only one process may write: a second one stands by until the first
    is gone. With Elasticsearch any number may run.
    """
    with ExitStack() as stack:
        if needs_lock(runtime) and not _locked(runtime, stop, stack):
            return
        ears = stack.enter_context(listening(runtime.settings.dispatcher_socket))
        log.info("dispatcher.started", extra={"pid": os.getpid()})
        _deliver(runtime, stop, ears)
        log.info("dispatcher.stopped", extra={"pid": os.getpid()})


def drain(runtime: Runtime, *, limit: int = 1_000_000, patience: float = 600.0) -> Counts:
    """Does what is due now, once; returns the counts.

    Where a dispatcher is at work already it does the work: then this waits until nothing is due
    or `patience` seconds are over, and the counts hold nothing.
    """
    courier = Courier(runtime)
    with ExitStack() as stack:
        if needs_lock(runtime) and not stack.enter_context(sole_dispatcher(runtime)):
            _wait_for_the_other(runtime, patience)
            return courier.counts
        if needs_lock(runtime):
            release_claimed(runtime.database)
        while courier.counts.handled < limit and courier.step():
            pass
    return courier.counts


def needs_lock(runtime: Runtime) -> bool:
    """Whether only one dispatcher may be at work: the embedded index has one writer."""
    return not runtime.settings.search_url


@contextmanager
def sole_dispatcher(runtime: Runtime) -> Iterator[bool]:
    """Holds the lock of the data folder; False when another process has it."""
    path = runtime.settings.data / "dispatcher.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


@contextmanager
def listening(path: Path) -> Iterator[socket.socket | None]:
    """The socket on which nudges come; None where it cannot be had, for polling is enough."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    ears = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ears.setblocking(False)
    with ears:
        if not _bound(ears, path):
            log.warning("dispatcher.deaf", extra={"path": str(path)})
            yield None
            return
        try:
            yield ears
        finally:
            path.unlink(missing_ok=True)


def _bound(ears: socket.socket, path: Path) -> bool:
    try:
        if path.exists() and not _answers(path):
            path.unlink()  # left behind by a process that was killed
        ears.bind(str(path))
        path.chmod(0o660)
    except OSError:
        return False
    return True


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _locked(runtime: Runtime, stop: threading.Event, stack: ExitStack) -> bool:
    told = False
    while not stop.is_set():
        with ExitStack() as attempt:
            if attempt.enter_context(sole_dispatcher(runtime)):
                stack.push(attempt.pop_all())
                released = release_claimed(runtime.database)
                log.info("dispatcher.locked", extra={"released": released})
                return True
        if not told:
            log.info("dispatcher.standby", extra={"pid": os.getpid()})
            told = True
        stop.wait(STANDBY_SECONDS)
    return False


def _deliver(runtime: Runtime, stop: threading.Event, ears: socket.socket | None) -> None:
    courier = Courier(runtime, stopped=stop.is_set)
    looked = -STALE_SECONDS
    while not stop.is_set():
        try:
            if time.monotonic() - looked > STALE_SECONDS:
                looked = time.monotonic()
                release_stale(runtime.database)
                _make_ready(runtime)
            worked = courier.step()
        except SQLAlchemyError as error:
            log.error("dispatcher.database", extra={"error": str(error)})  # noqa: TRY400  it repeats
            stop.wait(PAUSE_AFTER_FAILURE)
            continue
        if not worked:
            _listen(ears, stop)


def _make_ready(runtime: Runtime) -> None:
    """What features need before events are delivered, where it is missing."""
    for feature in runtime.features:
        for prepare in feature.extra.get("dispatcher", ()):
            prepare(runtime)


def _listen(ears: socket.socket | None, stop: threading.Event) -> None:
    if ears is None:
        stop.wait(POLL_SECONDS)
        return
    heard, _write, _error = select.select([ears], [], [], POLL_SECONDS)
    while heard:
        try:
            ears.recv(NUDGE_BYTES)  # all that came meanwhile is one nudge
        except BlockingIOError:
            return


def _wait_for_the_other(runtime: Runtime, patience: float) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        runtime.nudge()
        with runtime.database.reading() as session:
            if not waiting(session):
                return
        time.sleep(POLL_SECONDS)
