"""`python -m tests.benchmarks`: every figure of the product, on this machine, in one table."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.benchmarks import accuracy, alone, imports, processes, reads, upkeep
from tests.benchmarks.data import BENCH, Place, opened, ready
from tests.benchmarks.figures import Figure, table
from tests.benchmarks.load import refuse_without_wrk
from tests.benchmarks.paths import paths_of

SMALL = 100


@dataclass(frozen=True, slots=True)
class Run:
    """What is measured: the large place, a small one, and a folder of real portals' files."""

    large: Place
    small: Place
    portals: Path | None


def _reads(run: Run) -> Iterator[Figure]:
    place = ready(run.large)
    with opened(place) as runtime:
        paths = paths_of(runtime)
    with processes.bare_page() as bare:
        yield from reads.bare(bare)
    with processes.portal(place, "demo") as running:
        yield from alone.alone(running.url, place)
        yield from reads.under_load(running, paths)
        yield from upkeep.memory(running)


def _statements(run: Run) -> Iterator[Figure]:
    yield from reads.statement_counts(ready(run.small), ready(run.large))


def _start(run: Run) -> Iterator[Figure]:
    yield from upkeep.start(ready(run.large))


def _rebuild(run: Run) -> Iterator[Figure]:
    yield from upkeep.rebuild(ready(run.large))


def _imports(run: Run) -> Iterator[Figure]:
    sizes = (max(1, run.large.entries // 10), run.large.entries)
    yield from imports.imports(ready(run.small), sizes)


def _accuracy(run: Run) -> Iterator[Figure]:
    if run.portals is not None:
        yield from accuracy.accuracy(ready(run.small), run.portals)


PARTS: dict[str, Callable[[Run], Iterator[Figure]]] = {
    "reads": _reads,
    "statements": _statements,
    "start": _start,
    "rebuild": _rebuild,
    "imports": _imports,
    "accuracy": _accuracy,
}


def main() -> None:
    """Measures what was asked for and prints each figure when it is known, then the table."""
    given = _arguments()
    refuse_without_wrk()
    large = _place(given, given.entries)
    figures: list[Figure] = []
    for name in given.only or PARTS:
        for figure in PARTS[name](Run(large, _place(given, SMALL), given.portals)):
            print(f"{figure.verdict:>8}  {figure.work}: {figure.measured}", flush=True)
            figures.append(figure)
    print()
    print(table(figures, engines=large.engines, entries=given.entries))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000, help="how many entries")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="one part, repeatable")
    parser.add_argument("--portals", type=Path, help="folder of real portals' files, for accuracy")
    parser.add_argument("--url-database", default="", help="an empty PostgreSQL database")
    parser.add_argument("--url-search", default="", help="an Elasticsearch server")
    return parser.parse_args()


def _place(given: argparse.Namespace, entries: int) -> Place:
    """A folder of its own for each pair of servers; other servers hold the large data only."""
    kind = "embedded"
    if given.url_database or given.url_search:
        kind = sha256(f"{given.url_database} {given.url_search}".encode()).hexdigest()[:8]
    return Place(BENCH / f"{kind}-{entries}", entries, given.url_database, given.url_search)


if __name__ == "__main__":
    main()
