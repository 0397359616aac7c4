"""One client alone: the search page beside the engine itself, for no, few and many hits."""

import http.client
import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import combinations
from urllib.parse import quote, urlsplit

from portal.kernel.access import NOBODY
from portal.kernel.runtime import Runtime
from search import queries
from search.engine import Result
from tests.benchmarks.data import Place, opened
from tests.benchmarks.figures import Figure
from tests.benchmarks.generator import absent_words, own_words, tail_words

ASKED = 120
FEW, MANY = 100, 1_000
EXTRA_MS, MOST_MS = 25.0, 50.0


def alone(url: str, place: Place) -> Iterator[Figure]:
    """Each word is asked once of the engine and once of the page, so that nothing is kept."""
    with opened(place) as runtime:
        kinds = _kinds(runtime)
    for kind, words in kinds.items():
        with opened(place) as runtime:  # anew: counts of facets are kept by an open engine
            own = percentile([_of_engine(runtime, word)[0] for word in words], 95)
        page = percentile(list(_of_page(url, words)), 95)
        yield Figure(
            f"search page, one client, {kind} hits",
            f"p95 {page:.1f} ms; engine {own:.1f} ms ({len(words)} questions)",
            f"≤ engine + {EXTRA_MS:.0f} ms and ≤ {MOST_MS:.0f} ms",
            page <= own + EXTRA_MS and page <= MOST_MS,
        )


def percentile(values: Sequence[float], share: int) -> float:
    """A percentile of some values."""
    if len(values) < 2:
        return max(values, default=0.0)
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def _kinds(runtime: Runtime) -> dict[str, list[str]]:
    frequent = own_words()
    pairs = [f"{one} {other}" for one, other in combinations(frequent[:24], 2)]
    candidates = {
        "no": absent_words(ASKED),
        "few": tail_words()[-600:],
        "many": (*frequent, *pairs),
    }
    wanted = {"no": range(1), "few": range(1, FEW + 1), "many": range(MANY, 10**9)}
    return {
        kind: [w for w in words if _of_engine(runtime, w)[1].total in wanted[kind]][:ASKED]
        for kind, words in candidates.items()
    }


def _of_engine(runtime: Runtime, text: str) -> tuple[float, Result]:
    asked = queries.Asked(text, facets=True)
    started = time.perf_counter()
    result = queries.find(runtime, NOBODY, asked)
    return (time.perf_counter() - started) * 1000, result


def _of_page(url: str, words: Sequence[str]) -> Iterator[float]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    for word in words:
        started = time.perf_counter()
        connection.request("GET", f"/search?q={quote(word)}")
        answer = connection.getresponse()
        answer.read()
        yield (time.perf_counter() - started) * 1000
        if answer.status != 200:
            raise SystemExit(f"the search for {word} answers {answer.status}")
    connection.close()
