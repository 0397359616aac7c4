"""Load by wrk: eight connections that are kept, a walk through a list of paths."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

CONNECTIONS = 8
WALK = Path(__file__).with_name("walk.lua")


@dataclass(frozen=True, slots=True)
class Rate:
    """What came back: requests a second, latencies, and how many were not answered with 2xx."""

    per_second: float
    p50_ms: float
    p95_ms: float
    failed: int


def refuse_without_wrk() -> None:
    """Stops with a sentence where the tool is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing; on Debian: apt-get install wrk")


def load(url: str, paths: Sequence[str], *, seconds: int = 10) -> Rate:
    """Asks for the paths in turn, after every one of them was asked for once, within bounds."""
    with NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(paths))
        file.flush()
        _run(url, file.name, min(seconds, 4))  # caches as after the first minute of a day
        found = _run(url, file.name, seconds)
    return Rate(
        found["requests"] / found["seconds"], found["p50_ms"], found["p95_ms"], int(found["failed"])
    )


def _run(url: str, file: str, seconds: int) -> dict[str, float]:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["--latency", "-s", str(WALK), url, "--", file]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + 30, check=True
    ).stdout
    found: dict[str, float] = json.loads(done.strip().splitlines()[-1])
    return found
