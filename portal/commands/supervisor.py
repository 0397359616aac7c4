"""Runs the processes of a demo together: all start, and when one dies all stop."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import click

from portal.kernel.settings import Settings
from portal.kernel.text import _

PROCESSES: dict[str, tuple[str, ...]] = {
    "serve": ("portal.cli", "serve"),
    "dispatch": ("portal.cli", "dispatch"),
    "scheduler": ("portal.cli", "scheduler"),
    "provider": ("auth.provider",),
}
PATIENCE = 10.0
START_LIMIT = 60.0


def supervise(settings: Settings, *, announce: Callable[[], None]) -> None:
    """Blocks until Ctrl-C or until one process ends; then ends them all."""
    names = [n for n in PROCESSES if n != "provider" or settings.uses_local_provider]
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    running = {name: _start(name, settings) for name in names}
    announced = False
    deadline = time.monotonic() + START_LIMIT
    failed: str | None = None
    while not stopping and failed is None:
        failed = next(
            (name for name, process in running.items() if process.poll() is not None), None
        )
        if not announced and failed is None and _answers(settings):
            announce()
            announced = True
        if not announced and time.monotonic() > deadline:
            failed = "serve"
        time.sleep(0.2)
    if failed is not None:
        click.echo(
            str(
                _(
                    "进程 %(name)s 意外结束（%(code)s），其余进程随之停止。",
                    name=failed,
                    code=running[failed].poll(),
                )
            ),
            err=True,
        )
    _stop(list(running.values()))
    if failed is not None:
        raise SystemExit(1)


def _start(name: str, settings: Settings) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches us alone, and we end the others in order.
    environment = {**os.environ, "PORTAL_MODE": settings.mode}
    command = [sys.executable, "-m", *PROCESSES[name]]
    return subprocess.Popen(command, env=environment, start_new_session=True)


def _answers(settings: Settings) -> bool:
    host, _colon, port = settings.bind.rpartition(":")
    host = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104  compared, not bound
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/health/live", timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
