"""Figures of running the portal: rebuild beside searches, memory, start."""

import time
from collections.abc import Iterator
from urllib.request import urlopen

from tests.benchmarks import processes, vocabulary
from tests.benchmarks.alone import percentile
from tests.benchmarks.data import Place, copy_of, opened
from tests.benchmarks.figures import Figure
from tests.benchmarks.generator import query_words
from tests.benchmarks.people import EDITOR, client_of

LONGEST_REBUILD = 60.0
GIVE_UP = 900.0
MOST_MEMORY_MB = 700
LONGEST_START = 2.0
STARTS = 3


def rebuild(place: Place) -> Iterator[Figure]:
    """A rebuild beside one client that searches all the time, and a change made meanwhile."""
    changed = copy_of(place, "rebuild")
    with opened(changed) as runtime, processes.portal(changed, "demo") as running:
        editor = client_of(runtime, running.url, EDITOR)
        words, waits, empty, number = query_words(), [], 0, 0
        started = time.monotonic()
        process = processes.run(changed, "search", "rebuild")
        while process.poll() is None and time.monotonic() - started < GIVE_UP:
            asked = time.monotonic()
            empty += editor.total(words[number % len(words)]) == 0
            waits.append((time.monotonic() - asked) * 1000)
            number += 1
            if number == 20:
                editor.create({"title": vocabulary.EDITED_TITLE.format(number="KXREBUILD")})
            time.sleep(0.05)
        seconds = time.monotonic() - started
        found = editor.until_found("KXREBUILD", patience=10.0)
    yield Figure(
        f"rebuild of {place.entries:,} documents beside searches",
        f"{seconds:.0f} s; {number} searches, {empty} of them empty, p95 {percentile(waits, 95):.0f} ms; "
        f"a change made meanwhile {'is' if found is not None else 'is not'} in it",
        f"≤ {LONGEST_REBUILD:.0f} s, never empty, nothing lost",
        seconds <= LONGEST_REBUILD and not empty and found is not None and process.returncode == 0,
    )


def memory(running: processes.Running) -> Iterator[Figure]:
    """All processes of `portal demo` together, shared pages counted once."""
    total = processes.memory_mb(running.pids, "Pss")
    files = processes.memory_mb(running.pids, "Pss_File")
    yield Figure(
        "memory of all processes of portal demo after the load",
        f"{total:.0f} MB in {len(running.pids)} processes, {files:.0f} MB of it files that are mapped",
        f"≤ {MOST_MEMORY_MB} MB",
        total <= MOST_MEMORY_MB,
    )


def start(place: Place) -> Iterator[Figure]:
    """From the command to the first answer of a page that reads the database."""
    taken = []
    for _number in range(STARTS):
        begun = time.monotonic()
        with processes.portal(place, "serve") as running:
            with urlopen(f"{running.url}/search", timeout=10) as answer:
                answer.read()
            taken.append(time.monotonic() - begun)
    yield Figure(
        "portal serve, 2 workers, to the first answer",
        f"{min(taken):.1f} to {max(taken):.1f} s in {STARTS} starts",
        f"≤ {LONGEST_START:.0f} s",
        max(taken) <= LONGEST_START,
    )
