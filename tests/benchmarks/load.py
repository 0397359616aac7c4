"""Load by wrk: eight connections that are kept, a walk through a list of paths."""

import json
import os
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import sleep

from tests.benchmarks.processes import Running, cpu_seconds

CONNECTIONS = 8
WALK = Path(__file__).with_name("walk.lua")


@dataclass(frozen=True, slots=True)
class Rate:
    """What came back: requests a second, latencies, and how many were not answered with 2xx.

    `cpu_ms` is what a request takes of a processor, the client's part included: on a machine that
    does nothing else, as many requests pass as all its processors have such times.
    """

    per_second: float
    cpu_ms: float
    p50_ms: float
    p95_ms: float
    failed: int

    @property
    def possible(self) -> float:
        """Requests a second if nothing else ran on this machine."""
        return 1000 * (os.cpu_count() or 1) / self.cpu_ms


def refuse_without_wrk() -> None:
    """Stops with a sentence where the tool is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing; on Debian: apt-get install wrk")


def load(running: Running, paths: Sequence[str], *, seconds: int = 10) -> Rate:
    """Asks for the paths in turn, after a first walk that is not counted."""
    url = running.url
    with NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(paths))
        file.flush()
        _run(url, file.name, min(seconds, 4))  # caches as after the first minute of a day
        sleep(1)  # what the first walk left unanswered still holds its places
        before = _cpu(running)
        found = _run(url, file.name, seconds)
        used = _cpu(running) - before
    return Rate(
        per_second=found["requests"] / found["seconds"],
        cpu_ms=used * 1000 / max(1, found["requests"]),
        p50_ms=found["p50_ms"],
        p95_ms=found["p95_ms"],
        failed=int(found["failed"]),
    )


def _cpu(running: Running) -> float:
    """Of the server, and of the clients that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return cpu_seconds(running.pids) + children.ru_utime + children.ru_stime


def _run(url: str, file: str, seconds: int) -> dict[str, float]:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["--latency", "-s", str(WALK), url, "--", file]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + 30, check=True
    ).stdout
    found: dict[str, float] = json.loads(done.strip().splitlines()[-1])
    return found
