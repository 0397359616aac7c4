"""Figures of the import: rate, memory, how soon all is found, and edits made meanwhile."""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.kernel.db import new_id
from portal.kernel.runtime import Runtime
from tests.benchmarks import processes, vocabulary
from tests.benchmarks.alone import percentile
from tests.benchmarks.data import Place, copy_of, opened
from tests.benchmarks.figures import Figure, not_measured
from tests.benchmarks.files import write_plain, write_whole
from tests.benchmarks.filling import owners
from tests.benchmarks.people import EDITOR, REVIEWER, Client, client_of

LEAST = {"without items": 1_500, "with 8 items and 2 resources": 500}
MOST_MB = 400
SOON_SECONDS = 5.0
PATIENCE = 600.0
LONGEST = 900.0
PAUSE = 0.2
BETWEEN_EDITS = 0.5  # more than any editor does, and the import is not measured against a robot
MARKED = "KX"  # no generated word holds it


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of the import."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    found_after: float | None
    report: dict[str, Any]
    saved_ms: tuple[float, ...]
    searchable_ms: tuple[float, ...]


def imports(base: Place, sizes: tuple[int, ...]) -> Iterator[Figure]:
    """Both kinds of files in all sizes, each into fresh data with all processes running."""
    peaks: dict[str, list[float]] = {}
    for kind, least in LEAST.items():
        for number in sizes:
            work = f"import of {number:,} records {kind}"
            try:
                ran = _import(base, kind=kind, number=number, edits=number == sizes[-1])
            except _Refused as refusal:
                yield not_measured(work, f"≥ {least:,}/s", str(refusal))
                continue
            peaks.setdefault(kind, []).append(ran.peak_mb)
            yield from _rows(work, number, least, ran)
    for kind, values in peaks.items():
        if len(values) > 1:
            told = " and ".join(f"{value:.0f} MB" for value in values)
            same = max(values) <= min(values) * 1.15 and max(values) <= MOST_MB
            sized = " and ".join(f"{n:,}" for n in sizes)
            yield Figure(
                f"private memory of the import at {sized}, {kind}",
                told,
                f"≤ {MOST_MB} MB and the same",
                same,
            )


class _Refused(Exception):
    """The import did not end well."""


def _rows(work: str, number: int, least: int, ran: Ran) -> Iterator[Figure]:
    rate, records = number / ran.seconds, ran.report["records"]
    whole = records["new"] == number
    note = "" if whole else f"; {records}"
    alone = f"{number / ran.cpu_seconds:,.0f} for each second of a processor"
    yield Figure(work, f"{rate:,.0f}/s, {alone}{note}", f"≥ {least:,}/s", whole and rate >= least)
    soon = ran.found_after
    yield Figure(
        f"{work}: last one searchable",
        "not within 10 minutes" if soon is None else f"{soon:.1f} s after the end",
        f"≤ {SOON_SECONDS:.0f} s",
        soon is not None and soon <= SOON_SECONDS,
    )
    yield Figure(
        f"{work}: private memory",
        f"{ran.peak_mb:.0f} MB",
        f"≤ {MOST_MB} MB",
        ran.peak_mb <= MOST_MB,
    )
    if ran.saved_ms:
        yield from _edit_rows(work, ran)


def _edit_rows(work: str, ran: Ran) -> Iterator[Figure]:
    for name, values, most in (
        ("saved", ran.saved_ms, 300),
        ("searchable", ran.searchable_ms, 1_000),
    ):
        p95 = percentile(values, 95)
        told = f"p50 {percentile(values, 50):.0f} ms, p95 {p95:.0f} ms ({len(values)} edits)"
        yield Figure(f"an edit during the {work}: {name}", told, f"p95 ≤ {most:,} ms", p95 <= most)


def _import(base: Place, *, kind: str, number: int, edits: bool) -> Ran:
    place = copy_of(base, "import")
    whole = kind != "without items"
    path = place.folder / ("records.json" if whole else "records.csv")
    with opened(place) as runtime:
        write = write_whole if whole else write_plain
        last = write(path, owners(runtime), number=number, seed=number + whole)
        with processes.portal(place, "demo") as running:
            return _watched(runtime, place, running.url, path=path, last=last, edits=edits)


def _watched(
    runtime: Runtime, place: Place, url: str, *, path: Path, last: str, edits: bool
) -> Ran:
    editor = client_of(runtime, url, EDITOR)
    reviewer = client_of(runtime, url, REVIEWER)
    draft = editor.create({"title": vocabulary.EDITED_TITLE.format(number=0)})
    saved: list[float] = []
    searchable: list[float] = []
    started = time.monotonic()
    process = processes.run(place, "catalog", "import", str(path), "--json")
    peak = cpu = 0.0
    while process.poll() is None:
        peak = max(peak, _private(process))
        cpu = max(cpu, processes.cpu_seconds([process.pid]))
        if edits:
            draft = _edit(editor, draft, saved, searchable)
            time.sleep(BETWEEN_EDITS)
        else:
            time.sleep(PAUSE)
        if time.monotonic() - started > LONGEST:
            process.kill()
    seconds = time.monotonic() - started
    found_after = reviewer.until_found(last, patience=PATIENCE)
    report = _report(place, process)
    return Ran(seconds, cpu, peak, found_after, report, tuple(saved), tuple(searchable))


def _edit(
    editor: Client, draft: dict[str, Any], saved: list[float], searchable: list[float]
) -> dict[str, Any]:
    """One edit that can be told from all others, and the wait until it is found."""
    mark = f"{MARKED}{new_id()[:8].upper()}"
    title = vocabulary.EDITED_TITLE.format(number=mark)
    started = time.monotonic()
    answer = editor.edit(draft["id"], {**draft["document"], "title": title}, draft["revision"])
    saved.append((time.monotonic() - started) * 1000)
    found = editor.until_found(mark, patience=30.0)
    searchable.append(30_000.0 if found is None else found * 1000)
    return answer


def _private(process: subprocess.Popen[bytes]) -> float:
    return processes.memory_mb([process.pid], "Private_Clean", "Private_Dirty")


def _report(place: Place, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    errors = (place.folder / "catalog-errors.txt").read_text(encoding="utf-8")
    if process.returncode != 0:
        raise _Refused(f"ended with {process.returncode}: {errors[-200:].strip()}")
    output = (place.folder / "catalog-output.json").read_text(encoding="utf-8")
    report: dict[str, Any] = json.loads(output)
    return report
