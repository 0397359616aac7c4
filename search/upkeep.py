"""Keeping the index equal to the database: rebuild it, compare it, mend it."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.kernel.outbox import (
    CLAIMED,
    PENDING,
    Delivery,
    OutboxRow,
    delivery_of,
    last_sequence,
)
from portal.kernel.runtime import Runtime
from search.declarations import DocumentSource
from search.document import SearchDocument
from search.engine import Generation, Indexed
from search.events import DocumentsStale
from search.indexer import KEY, mark_stale, present, read_documents, touched_ids
from search.parts import Search

PAGE = 500
IN_FLIGHT = 10_000
MOST_NAMED = 10_000

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """How index and database differ, by ids; `waiting` are on their way through the outbox."""

    documents: int
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    waiting: int = 0

    @property
    def is_equal(self) -> bool:
        """Whether nothing has to be mended."""
        return not (self.missing or self.stale or self.extra)

    @property
    def counts(self) -> dict[str, int]:
        """The report in numbers."""
        return {
            "documents": self.documents,
            "missing": len(self.missing),
            "stale": len(self.stale),
            "extra": len(self.extra),
            "waiting": self.waiting,
        }


@dataclass(slots=True)
class _Replay:
    """What the outbox holds since the start of a rebuild; each row is replayed once.

    Rows that were open at the start and those whose transactions were still running then (their
    sequences are at most `IN_FLIGHT` behind the newest) count as well.
    """

    runtime: Runtime
    generation: Generation
    start: int
    replayed: set[int] = field(default_factory=set)

    def __call__(self) -> int:
        """Brings the changes in; returns how many documents there must be."""
        search = self.runtime.part(Search)
        with self.runtime.database.reading() as session:
            must = sum(source.count(session) for source in search.sources)
            touched = touched_ids(self._new_rows(session))
        for ids in _chunks(sorted(touched), PAGE):
            with self.runtime.database.reading() as session:
                documents, removals = present(session, search, {i: touched[i] for i in ids})
            self.generation.fill(documents)
            self.generation.remove(removals)
        return must

    def _new_rows(self, session: Session) -> list[Delivery]:
        recent = OutboxRow.id > self.start - IN_FLIGHT
        query = select(OutboxRow).where(
            or_(recent, OutboxRow.state.in_((PENDING, CLAIMED))),
            or_(
                OutboxRow.handler.startswith(f"{KEY}index."), OutboxRow.event == DocumentsStale.name
            ),
        )
        rows = [row for row in session.scalars(query) if row.id not in self.replayed]
        self.replayed.update(row.id for row in rows)
        return [delivery_of(row) for row in rows]


def rebuild(runtime: Runtime, *, progress: Progress | None = None) -> int:
    """Fills a new index beside the present one and puts it in its place; returns its size.

    Nothing that changes meanwhile is lost. Raises Conflict when another rebuild is at work or
    the new index would be short; then the present one stays.
    """
    search = runtime.part(Search)
    with runtime.database.reading() as session:
        start = last_sequence(session)
        total = sum(source.count(session) for source in search.sources)
    generation = search.engine.begin_rebuild()
    log.info("search.rebuild", extra={"generation": generation.name, "documents": total})
    filled = 0
    try:
        for documents in _everything(runtime, search):
            filled += generation.fill(documents)
            if progress is not None:
                progress(filled, total)
        generation.finish(_Replay(runtime, generation, start))
    except BaseException:
        generation.abandon()
        raise
    log.info("search.rebuilt", extra={"generation": generation.name, "documents": filled})
    return filled


def verify(runtime: Runtime, *, progress: Progress | None = None) -> Report:
    """Compares every document with the one that the database would give now.

    What differs is looked at again, so that a change made in between is no difference; what waits
    in the outbox is counted apart.
    """
    search = runtime.part(Search)
    suspects: set[str] = set()
    count = 0
    for expected, held in _side_by_side(runtime, search):
        count += len(expected)
        suspects |= {i for i, digest in expected.items() if held.get(i) != digest}
        suspects |= held.keys() - expected.keys()
        if progress is not None:
            progress(count, count)
        if len(suspects) > MOST_NAMED:
            break
    return _confirmed(runtime, search, sorted(suspects), count)


def repair(runtime: Runtime, report: Report) -> int:
    """Asks that everything a report names is read again; returns how many records."""
    ids = [*report.missing, *report.stale, *report.extra]
    if ids:
        mark_stale(runtime, "", ids)
    return len(ids)


def _everything(runtime: Runtime, search: Search) -> Iterator[Sequence[SearchDocument]]:
    """All documents of all sources, by pages, each page in a short transaction of its own."""
    for source in search.sources:
        for ids in _id_pages(runtime, source):
            with runtime.database.reading() as session:
                versions = dict.fromkeys(ids, last_sequence(session))
                yield read_documents(session, search, source, versions)


def _id_pages(runtime: Runtime, source: DocumentSource) -> Iterator[Sequence[str]]:
    last = ""
    while True:
        with runtime.database.reading() as session:
            ids = source.ids(session, last, PAGE)
        if not ids:
            return
        yield ids
        last = ids[-1]


def _side_by_side(
    runtime: Runtime, search: Search
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """(digests by the database, digests in the index), range of ids by range of ids."""
    index = _Ahead(search.engine.versions())
    walks = [_ids(runtime, source) for source in search.sources]
    for ids in _chunks(merge(*walks), PAGE):
        with runtime.database.reading() as session:
            documents, _gone = present(session, search, dict.fromkeys(ids, 0))
        yield {d.id: d.digest() for d in documents}, index.until(ids[-1])
    yield {}, index.until(None)


def _ids(runtime: Runtime, source: DocumentSource) -> Iterator[str]:
    return (record_id for ids in _id_pages(runtime, source) for record_id in ids)


class _Ahead:
    """The index's rows, taken as far as asked for."""

    def __init__(self, pages: Iterator[tuple[Indexed, ...]]) -> None:
        self._rows = (row for page in pages for row in page)
        self._next = next(self._rows, None)

    def until(self, last: str | None) -> dict[str, str]:
        """The digests of the rows up to an id; of all that are left when there is none."""
        taken: dict[str, str] = {}
        while self._next is not None and (last is None or self._next.id <= last):
            taken[self._next.id] = self._next.digest
            self._next = next(self._rows, None)
        return taken


def _confirmed(runtime: Runtime, search: Search, suspects: Sequence[str], count: int) -> Report:
    missing: list[str] = []
    stale: list[str] = []
    extra: list[str] = []
    waiting = 0
    for ids in _chunks(suspects, PAGE):
        with runtime.database.reading() as session:
            open_ids = _open_ids(session)
            documents, _gone = present(session, search, dict.fromkeys(ids, 0))
        held = search.engine.known(ids)
        expected = {document.id: document.digest() for document in documents}
        for record_id in ids:
            there = held.get(record_id)
            if (there.digest if there else None) == expected.get(record_id):
                continue
            if record_id in open_ids:
                waiting += 1
            elif there is None:
                missing.append(record_id)
            else:
                (stale if record_id in expected else extra).append(record_id)
    return Report(count, tuple(missing), tuple(stale), tuple(extra), waiting)


def _open_ids(session: Session) -> set[str]:
    query = select(OutboxRow).where(
        OutboxRow.state.in_((PENDING, CLAIMED)), OutboxRow.handler.startswith(KEY)
    )
    return set(touched_ids([delivery_of(row) for row in session.scalars(query)]))


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    chunk: list[Item] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
