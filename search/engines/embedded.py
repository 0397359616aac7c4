"""The embedded engine: a tantivy index in a folder, written by one process, read by all."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tantivy import (
    DocAddress,
    Index,
    Occur,
    Order,
    Query,
    Searcher,
)

from portal.kernel import clock
from portal.kernel.errors import Unavailable
from portal.kernel.text import _
from search import analysis, engine
from search.document import Removal, SearchDocument
from search.engine import FacetCounts, Health, Hit, Indexed, Result, Shape, State
from search.engines import embedded_query as terms
from search.engines.embedded_facets import Kept, facets
from search.engines.embedded_writing import (
    LIVE_HEAP,
    EmbeddedGeneration,
    Writing,
    count_of,
    open_writer,
    told_apart,
)
from search.engines.generations import About, Folder
from search.plan import plan

TRIES = 3


@dataclass(frozen=True, slots=True)
class _Reading:
    """A generation as this process has it open; `state` tells whether it has changed since."""

    pid: int
    name: str
    generation: terms.Generation
    state: tuple[int, int]
    kept: Kept = field(default_factory=Kept)


class EmbeddedEngine:
    """See `search.engine.Engine`; the folder is shared by all processes of one machine."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder = Folder(folder)
        self.shape = shape
        self._reading: _Reading | None = None
        self._writing: Writing | None = None
        self._held: dict[str, int] = {}  # versions written and not yet committed
        self._lost = False  # what was held since the last `flush` is not in the index
        self._lock = threading.RLock()

    def upsert(self, documents: Sequence[SearchDocument], *, at_once: bool = True) -> None:
        newest = {d.id: d for d in sorted(documents, key=lambda document: document.version)}
        with self._batch(at_once=at_once) as writing:
            known = _known_versions(writing, list(newest)) | self._held
            for document in newest.values():
                if document.version >= known.get(document.id, 0):
                    written = terms.written(document, writing.shape, writing.fields)
                    writing.put(document.id, written)
                    self._held[document.id] = document.version

    def delete(self, removals: Sequence[Removal], *, at_once: bool = True) -> None:
        newest = {r.id: r for r in sorted(removals, key=lambda removal: removal.version)}
        with self._batch(at_once=at_once) as writing:
            known = _known_versions(writing, list(newest)) | self._held
            for removal in newest.values():
                if removal.version >= known.get(removal.id, 0):
                    writing.put(removal.id, terms.removed(removal, writing.fields))
                    self._held[removal.id] = removal.version

    def flush(self) -> None:
        with self._batch(at_once=True):
            if self._lost:
                self._lost = False
                raise Unavailable(_("检索索引刚刚更换，或没有写成；会自动重写。"))

    def search(self, query: engine.Query) -> Result:
        engine.check(query, self.shape)
        after, words = engine.key_of(query), plan(query.text, loose=query.loose)
        if words.impossible:
            nothing = dict.fromkeys(query.facets, FacetCounts(()))
            return Result(0, (), nothing, loose=query.loose)
        with self._open() as reading:
            asked = terms.Translation(query, words, reading.generation)
            total, hits = _page(asked, after)
            return Result(total, hits, facets(asked, reading.kept), loose=query.loose)

    def suggest(
        self, text: str, *, audience: frozenset[str] | None, size: int = 8
    ) -> tuple[str, ...]:
        start = analysis.normalised(text)
        if not start:
            return ()
        with self._open() as reading:
            everybody = engine.Query("", audience, now=clock.now())
            asked = terms.Translation(everybody, plan(""), reading.generation)
            begins = Query.regex_query(asked.fields, "starts", f"{start}.*")
            query = Query.boolean_query([(Occur.Must, asked.query()), (Occur.Must, begins)])
            found = asked.searcher.search(
                query, size, count=False, order_by_field=terms.SORT + engine.NAME, order=Order.Asc
            )
            return tuple(_id(asked.searcher, address) for _key, address in found.hits)

    def exists(self) -> bool:
        name = self.folder.current()
        return name is not None and self.folder.index(name).exists()

    def begin_rebuild(self) -> "EmbeddedGeneration":
        with told_apart():
            lock = self.folder.claim_rebuild()
            try:
                self.folder.sweep()
                return EmbeddedGeneration(self.folder, self.shape, lock)
            except BaseException:
                lock.close()  # on a full disk, say: the next try must not find it taken
                raise

    def versions(self, *, page: int = 1_000) -> Iterator[tuple[Indexed, ...]]:
        last = None
        while True:
            with self._open() as reading:
                rows = _indexed(reading.generation, _after(reading.generation, last), page)
            if not rows:
                return
            yield rows
            last = rows[-1].id

    def known(self, ids: Sequence[str]) -> Mapping[str, Indexed]:
        with self._open() as reading:
            fields = reading.generation.index.schema
            named = Query.term_set_query(fields, "id", list(ids))
            live = Query.term_query(fields, "live", 1)
            query = Query.boolean_query([(Occur.Must, named), (Occur.Must, live)])
            rows = _indexed(reading.generation, query, len(ids) or 1)
        return {row.id: row for row in rows}

    def health(self) -> Health:
        name = self.folder.current()
        if name is None:
            return Health(State.EMPTY, "tantivy")
        try:
            with self._open() as reading:
                about = self.folder.about(name)
                generation = reading.generation
                live = Query.term_query(generation.index.schema, "live", 1)
                total = count_of(generation.searcher.search(live, 1))
            fresh = about == About(analysis.version(), self.shape)
            return Health(
                State.READY if fresh else State.OUTDATED,
                "tantivy",
                documents=total,
                generation=name,
                analysis=about.analysis,
                bytes_used=self.folder.bytes_used(name),
            )
        except Unavailable as error:
            return Health(State.DOWN, "tantivy", generation=name, problem=str(error.detail))

    def close(self) -> None:
        with self._lock:
            self._reading = None
            self._let_go()

    @contextmanager
    def _open(self) -> Iterator[_Reading]:
        with told_apart():
            yield self._reader()

    def _reader(self) -> _Reading:
        """The current generation as it is now; opened anew in a child and after a swap."""
        with self._lock:
            attempt = 0
            while True:
                name = self.folder.current()
                if name is None:
                    raise engine.not_built()
                try:
                    self._reading = self._refreshed(name)
                except (OSError, ValueError):
                    attempt += 1  # a swap may have taken the folder away just now
                    if attempt == TRIES or self.folder.current() == name:
                        raise
                    continue
                return self._reading

    def _refreshed(self, name: str) -> _Reading:
        state = self.folder.state(name)
        reading = self._reading
        if reading is None or (reading.name, reading.pid) != (name, os.getpid()):
            index = Index.open(str(self.folder.index(name)))
            index.config_reader("manual")
            about = self.folder.about(name)
            shape, same_words = about.shape, about.analysis == analysis.version()
        elif reading.state == state:
            return reading
        else:
            index, shape = reading.generation.index, reading.generation.shape
            same_words = reading.generation.same_words
        index.reload()
        generation = terms.Generation(index, index.searcher(), shape, same_words)
        return _Reading(os.getpid(), name, generation, state)

    @contextmanager
    def _batch(self, *, at_once: bool) -> Iterator[Writing]:
        """A commit, or a part of the next one.

        A failed one leaves the index as it was and the writer closed.
        """
        with self._lock, told_apart(), self.folder.writing():
            writing = self._writer()
            try:
                yield writing
                if at_once:
                    writing.commit()
                    self._held = {}
            except BaseException:
                self._let_go()
                with suppress(ValueError, OSError):
                    writing.writer.rollback()  # frees what was added even while the error is told
                raise

    def _let_go(self) -> None:
        """Closes the writer; what it held is not written."""
        self._writing = None
        self._lost = self._lost or bool(self._held)
        self._held = {}

    def _writer(self) -> Writing:
        name = self.folder.current() or self._first_generation()
        writing = self._writing
        if writing is None or (writing.name, writing.pid) != (name, os.getpid()):
            writing = None
            self._let_go()  # of the old one, before the new one is opened
            self._writing = writing = open_writer(self.folder, name, LIVE_HEAP)
        return writing

    def _first_generation(self) -> str:
        name = self.folder.create(About(analysis.version(), self.shape))
        Index(terms.schema(self.shape), path=str(self.folder.index(name)))
        self.folder.point_at(name)
        return name


def _known_versions(writing: Writing, ids: Sequence[str]) -> dict[str, int]:
    searcher = writing.index.searcher()
    query = Query.term_set_query(writing.fields, "id", ids)
    addresses = [a for _score, a in searcher.search(query, len(ids) or 1, count=False).hits]
    versions = searcher.fast_field_values("version", addresses)
    return {
        _id(searcher, address): int(version or 0)
        for address, version in zip(addresses, versions, strict=True)
    }


def _page(asked: terms.Translation, after: str | None) -> tuple[int, tuple[Hit, ...]]:
    """The number of all documents found and one page of them."""
    query, searcher = asked.asked, asked.searcher
    limit = max(1, query.size)
    if asked.sort == engine.RELEVANCE:
        found = searcher.search(asked.query(ranked=True), limit, offset=query.offset)
        hits = [Hit(_id(searcher, address), float(score)) for score, address in found.hits]
        return count_of(found), tuple(hits[: query.size])
    everything = asked.query()
    part = asked.behind(everything, after) if after else everything
    found = searcher.search(
        part,
        limit,
        offset=0 if after else query.offset,
        order_by_field=terms.SORT + asked.sort,
        order=Order.Asc,
    )
    total = count_of(searcher.search(everything, 1)) if after else count_of(found)
    named = query.sort != engine.RELEVANCE
    hits = [
        Hit(_id(searcher, address), 0.0, engine.cursor_after(asked.sort, key) if named else None)
        for key, address in found.hits
    ]
    return total, tuple(hits[: query.size])


def _after(generation: terms.Generation, last: str | None) -> Query:
    """Everything that can be found, behind an id where one is given."""
    query = Query.term_query(generation.index.schema, "live", 1)
    if last is None:
        return query
    behind = generation.index.parse_query(f"id:{{{last} TO *}}", ["id"])
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, behind)])


def _indexed(generation: terms.Generation, query: Query, page: int) -> tuple[Indexed, ...]:
    searcher = generation.searcher
    found = searcher.search(query, page, count=False, order_by_field="id", order=Order.Asc)
    addresses = [address for _key, address in found.hits]
    versions = searcher.fast_field_values("version", addresses)
    return tuple(
        Indexed(str(key), int(version or 0), str(searcher.doc(address).get_first("digest")))
        for (key, address), version in zip(found.hits, versions, strict=True)
    )


def _id(searcher: Searcher, address: DocAddress) -> str:
    return str(searcher.doc(address).get_first("id"))
