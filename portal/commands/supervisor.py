"""Runs the processes of a demo together: all start, and when one dies all stop."""

import http.client
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess

import click

from portal.commands.fork import ASKED_TO_STOP, started
from portal.commands.listening import address
from portal.kernel.settings import Settings
from portal.kernel.text import Text, _

LOOK_SECONDS = 0.1
PATIENCE = 10.0
START_LIMIT = 60.0
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  compared, not bound


def supervise(
    settings: Settings,
    works: Mapping[str, Callable[[], object]],
    *,
    announce: Callable[[], None],
) -> None:
    """Blocks until Ctrl-C or until one process ends; then ends them all."""
    stopping: list[int] = []
    for number in ASKED_TO_STOP:
        signal.signal(number, lambda received, _frame: stopping.append(received))
    running: list[ForkProcess] = []
    try:
        running += (started(name, work, settings) for name, work in works.items())
        problem = _watch(settings, running, stopping, announce=announce)
        if problem is not None:
            click.echo(str(problem), err=True)
    finally:
        _stop(running)
    if problem is not None:
        raise SystemExit(1)


def _watch(
    settings: Settings,
    running: Sequence[ForkProcess],
    stopping: Sequence[int],
    *,
    announce: Callable[[], None],
) -> Text | None:
    """Returns what went wrong by itself; None when told to stop."""
    deadline = time.monotonic() + START_LIMIT
    announced = False
    while not stopping:
        wait([process.sentinel for process in running], LOOK_SECONDS)
        ended = next((process for process in running if process.exitcode is not None), None)
        if ended is not None and not stopping:
            return _(
                "进程 %(name)s 意外结束（%(code)s），其余进程随之停止。",
                name=ended.name,
                code=ended.exitcode,
            )
        if not announced and _answers(settings):
            announce()
            announced = True
        if not announced and time.monotonic() > deadline:
            return _("网页在 %(seconds)s 秒内没有应答，全部停止。", seconds=round(START_LIMIT))
    return None


def _answers(settings: Settings) -> bool:
    host, port = address(settings.bind)
    connection = http.client.HTTPConnection(ANYWHERE.get(host, host), port, timeout=1)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(running: Sequence[ForkProcess]) -> None:
    for process in running:
        process.terminate()
    deadline = time.monotonic() + PATIENCE
    for process in running:
        process.join(max(0.1, deadline - time.monotonic()))
        if process.exitcode is None and process.pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # each leads a session of its own
            process.join()
