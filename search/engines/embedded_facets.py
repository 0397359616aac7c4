"""Counting facets in the embedded engine; counts are kept for as long as nothing changes."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from tantivy import FieldType, Order, Query, Schema, Searcher

from search.document import milliseconds
from search.engine import TIMELINESS, FacetCounts, bounded
from search.engines.embedded_query import Translation, value_counts

MOST_KEPT = 2_700  # nine facets of three hundred questions: some 10 MB
FOREVER = 2**62


@dataclass(slots=True)
class Kept:
    """The counts made on one state of the index, and how long its verdicts hold."""

    counts: OrderedDict[Hashable, FacetCounts] = field(default_factory=OrderedDict)
    since: int = 0
    until: int = 0
    lock: Lock = field(default_factory=Lock)

    def get(self, key: Hashable) -> FacetCounts | None:
        """The counts, if they are kept; they become the last to be dropped."""
        with self.lock:
            if key in self.counts:
                self.counts.move_to_end(key)
            return self.counts.get(key)

    def put(self, key: Hashable, counts: FacetCounts) -> None:
        """Keeps counts; the ones not asked for the longest time are dropped."""
        with self.lock:
            self.counts[key] = counts
            if len(self.counts) > MOST_KEPT:
                self.counts.popitem(last=False)

    def moment(self, now: int, searcher: Searcher, fields: Schema) -> int:
        """The same number for two moments between which no document changes its verdict."""
        if not self.since <= now < self.until:
            due = _next("due_at", now + 1, searcher, fields)
            overdue = _next("overdue_at", now, searcher, fields) + 1
            self.since, self.until = now, min(due, overdue)
        return self.since


def facets(asked: Translation, kept: Kept) -> Mapping[str, FacetCounts]:
    """Each facet counted under every filter but its own: one pass for all that have none."""
    query = asked.asked
    keys = {name: _key(asked, name, kept) for name in query.facets}
    known = {name: kept.get(key) for name, key in keys.items()}
    missing = [name for name, counts in known.items() if counts is None]
    filtered = [name for name in missing if query.filters.get(name)]
    together = [name for name in missing if not query.filters.get(name)]
    fresh = {name: counts for own in filtered for name, counts in _counted(asked, [own], own)}
    if together:
        fresh |= dict(_counted(asked, together, None))
    for name, counts in fresh.items():
        kept.put(keys[name], counts)
    return {name: known[name] or fresh[name] for name in query.facets}


def _counted(
    asked: Translation, names: list[str], leave_out: str | None
) -> list[tuple[str, FacetCounts]]:
    query = asked.asked
    answer = asked.searcher.aggregate(asked.query(leave_out=leave_out), asked.counted(names))
    return [
        (
            name,
            bounded(
                value_counts(name, answer),
                selected=query.filters.get(name, frozenset()),
                size=query.values,
            ),
        )
        for name in names
    ]


def _key(asked: Translation, name: str, kept: Kept) -> Hashable:
    query = asked.asked
    timely = name == TIMELINESS or bool(query.filters.get(TIMELINESS))
    moment = kept.moment(milliseconds(query.now), asked.searcher, asked.fields) if timely else None
    return (
        *(name, asked.plan.words, query.audience, query.kinds, query.values, moment),
        frozenset((other, values) for other, values in query.filters.items() if values),
    )


def _next(name: str, start: int, searcher: Searcher, fields: Schema) -> int:
    """The first of the moments of all documents from `start` on."""
    later = Query.range_query(fields, name, FieldType.Integer, start, None)
    found = searcher.search(later, 1, count=False, order_by_field=name, order=Order.Asc)
    return int(found.hits[0][0]) if found.hits else FOREVER
