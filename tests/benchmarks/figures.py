"""Figures beside what must be reached, and the table of them."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.benchmarks.data import ROOT


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `reached` is None where nothing must be reached or nothing was measured."""

    work: str
    measured: str
    target: str
    reached: bool | None
    busy: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def verdict(self) -> str:
        return {True: "reached", False: "missed", None: "–"}[self.reached]


def not_measured(work: str, target: str, why: str) -> Figure:
    """A row for what could not be measured."""
    return Figure(work, f"not measured: {why}", target, None)


def commit() -> str:
    """The commit that is measured, with a plus sign where files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "unknown") + (
        "+" if git("status", "--porcelain") else ""
    )


def table(figures: Sequence[Figure], *, engines: str, entries: int) -> str:
    """The table as Markdown."""
    day = datetime.now(UTC).date().isoformat()
    lines = [
        f"{day} · {os.cpu_count()} cores · commit {commit()} · {engines} · {entries:,} entries",
        "",
        "| work | measured | must reach | | load average before |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {f.work} | {f.measured} | {f.target} | {f.verdict} | {f.busy:.1f} |" for f in figures
    ]
    return "\n".join(lines)
