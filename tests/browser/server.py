"""A portal process for browser tests: own data, free port, stopped by its own id."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVE = (sys.executable, "-m", "portal.cli", "serve")
READY = "/health/ready"
LIMIT = 30.0  # seconds until it must answer
PATIENCE = 10.0  # seconds that it has for stopping


class DidNotStart(AssertionError):
    """The process ended or stayed silent; the message carries the end of its log."""


@dataclass(frozen=True, slots=True)
class Portal:
    """Where the running portal answers, and where its data and its log are."""

    url: str
    data: Path
    log: Path


def prepare_portal(data: Path) -> None:
    """TO BE FILLED BY WHOEVER WIRES THE COMMANDS: creates the database and the rows tests read."""


def settings_for(data: Path, port: int) -> dict[str, str]:
    """The environment of the process: ours without any PORTAL_*, then only what is needed."""
    outside = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_")}
    return outside | {
        "PORTAL_DATA": str(data),
        "PORTAL_BIND": f"127.0.0.1:{port}",
        "PORTAL_MODE": "demo",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running_portal(
    data: Path, *, command: Sequence[str] = SERVE, ready: str = READY
) -> Iterator[Portal]:
    """Runs the command until the block ends; `{port}` in it is replaced by the port."""
    port = free_port()
    portal = Portal(f"http://127.0.0.1:{port}", data, data / "server.log")
    words = [word.replace("{port}", str(port)) for word in command]
    with _process(words, settings_for(data, port), portal.log) as process:
        _wait_until_ready(process, portal, ready)
        yield portal


@contextmanager
def _process(
    words: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            words,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(PATIENCE)


def _wait_until_ready(process: subprocess.Popen[bytes], portal: Portal, ready: str) -> None:
    end = time.monotonic() + LIMIT
    while process.poll() is None and time.monotonic() < end:
        if _answers(portal.url + ready):
            return
        time.sleep(0.05)
    state = "is silent" if process.poll() is None else f"ended with {process.returncode}"
    tail = portal.log.read_text(encoding="utf-8", errors="replace")[-3000:]
    message = f"the server {state}; the end of its log:\n{tail}"
    raise DidNotStart(message)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
