"""The processes that are measured: started on free ports of loopback, ended by their ids."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.data import ROOT, Place

START_LIMIT = 60.0
STOP_LIMIT = 20.0
BARE = "tests.benchmarks.bare:app"


@dataclass(frozen=True, slots=True)
class Running:
    """A process, with all that it started, and the address it answers at."""

    process: subprocess.Popen[bytes]
    url: str
    first_answer: float

    @property
    def pids(self) -> list[int]:
        """The process and its descendants."""
        return family(self.process.pid)


@contextmanager
def portal(place: Place, *command: str) -> Iterator[Running]:
    """`portal COMMAND` on free ports, until the end of the block."""
    bind = f"127.0.0.1:{_free_port()}"
    words = [sys.executable, "-m", "portal.cli", *command]
    environment = place.environment | {"PORTAL_BIND": bind}
    with _started(words, environment, f"http://{bind}", "/health/live") as running:
        yield running


@contextmanager
def bare_page() -> Iterator[Running]:
    """A bare Flask page on the same server: what this machine gives today."""
    port = _free_port()
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "2"]
    words += ["--blocking-threads", "2", "--no-log", "--port", str(port), BARE]
    with _started(words, dict(os.environ), f"http://127.0.0.1:{port}", "/") as running:
        yield running


def run(place: Place, *command: str) -> subprocess.Popen[bytes]:
    """`portal COMMAND` beside what already runs; its output is kept in a file of the place."""
    output = (place.folder / f"{command[0]}-output.json").open("wb")
    errors = (place.folder / f"{command[0]}-errors.txt").open("wb")
    words = [sys.executable, "-m", "portal.cli", *command]
    with output, errors:
        return subprocess.Popen(
            words, env=place.environment, stdout=output, stderr=errors, cwd=ROOT
        )


def family(pid: int) -> list[int]:
    """A process and its descendants that live."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """How long the processes that live have used a processor."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(pids: Sequence[int], *kinds: str) -> float:
    """The sum of some kinds of memory (such as Pss) over processes, in MB."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.split(":")[0] in kinds)
    return total / 1024


@contextmanager
def _started(
    words: list[str], environment: dict[str, str], url: str, path: str
) -> Iterator[Running]:
    started = time.monotonic()
    process = subprocess.Popen(
        words, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait(process, url + path)
        yield Running(process, url, time.monotonic() - started)
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise SystemExit(f"{url} does not answer")


def _stop(process: subprocess.Popen[bytes]) -> None:
    started = family(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        for pid in started:
            _kill(pid)
        process.wait()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _free_port() -> int:
    """A port that is free, and the next one too: the identity provider takes it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
