"""Figures of pages and of the API under load, and how many statements a page asks."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import event

from portal import app as portal_app
from portal.kernel.runtime import Runtime
from tests.benchmarks.data import Place, opened
from tests.benchmarks.figures import Figure
from tests.benchmarks.load import CONNECTIONS, Rate, load
from tests.benchmarks.paths import Paths, paths_of
from tests.benchmarks.processes import Running

MOST_STATEMENTS = 12


def bare(running: Running) -> Iterator[Figure]:
    """What the machine gives at this moment."""
    rate = load(running, ["/"])
    yield Figure("a bare Flask page of 20 rows, for comparison", _told(rate), "–", None)


def under_load(running: Running, paths: Paths) -> Iterator[Figure]:
    """Eight connections on every kind of page."""
    rate = load(running, paths.search)
    yield Figure(
        "search page, words from a list of 60",
        _told(rate),
        "≥ 120/s, p95 ≤ 110 ms",
        _all_answered(rate) and rate.per_second >= 120 and rate.p95_ms <= 110,
    )
    for work, asked, least in (
        ("entry page, 1,000 at random", paths.entries, 400),
        ("unit page", paths.units, 150),
        ("list of units", paths.unit_lists, 150),
        ("API: 20 rows of a search", paths.api_search, 400),
        ("API: one entry", paths.api_entries, 900),
    ):
        rate = load(running, asked)
        reached = _all_answered(rate) and rate.per_second >= least
        yield Figure(work, _told(rate), f"≥ {least}/s", reached)


def statement_counts(small: Place, large: Place) -> Iterator[Figure]:
    """How many statements a page asks: few, and no more where there is more."""
    few, many = _counts(small), _counts(large)
    for work in few:
        reached = few[work] == many[work] and many[work] <= MOST_STATEMENTS
        yield Figure(
            f"statements of {work}",
            f"{few[work]} at {small.entries:,}, {many[work]} at {large.entries:,} entries",
            f"≤ {MOST_STATEMENTS}, the same",
            reached,
        )


def _counts(place: Place) -> dict[str, int]:
    with opened(place) as runtime:
        client = portal_app.create_app(runtime=runtime).test_client()
        paths = paths_of(runtime)
        kinds: dict[str, Sequence[str]] = {
            "the entry page": paths.entries[:50],
            "the unit page": paths.units[:50],
            "the list of units": paths.unit_lists[:2],
            "the search page": paths.search[:20],
        }
        return {
            work: max(_statements(runtime, client, path) for path in asked)
            for work, asked in kinds.items()
        }


def _statements(runtime: Runtime, client: Any, path: str) -> int:
    """The statements of one answer, without the begin of its transaction."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    try:
        answer = client.get(path)
    finally:
        event.remove(runtime.database.engine, "before_cursor_execute", note)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answers {answer.status_code}")
    return len(said)


def _all_answered(rate: Rate) -> bool:
    return rate.failed == 0


def _told(rate: Rate) -> str:
    failed = f", {rate.failed} failed" if rate.failed else ""
    return (
        f"{rate.per_second:,.0f}/s at {CONNECTIONS} connections, "
        f"p50 {rate.p50_ms:.0f} ms, p95 {rate.p95_ms:.0f} ms{failed}; "
        f"{rate.cpu_ms:.1f} ms of a processor each, so {rate.possible:,.0f}/s on a quiet machine"
    )
