"""Writing the embedded index: one generation open for writing, and a new one being filled."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from tantivy import Document, Index, IndexWriter, Query, Schema, SearchResult

from portal.kernel.errors import Conflict, Unavailable
from portal.kernel.text import _
from search import analysis, engine
from search.document import Removal, SearchDocument
from search.engine import Shape
from search.engines import embedded_query as terms
from search.engines.generations import About, Folder

LIVE_HEAP = 30_000_000
FILL_HEAP = 120_000_000
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Writing:
    """A generation as the one writing process has it open."""

    pid: int
    name: str
    shape: Shape
    index: Index
    writer: IndexWriter

    @property
    def fields(self) -> Schema:
        return self.index.schema

    def put(self, document_id: str, document: Document) -> None:
        """Replaces what is there of the id; readers never see both or neither."""
        self.writer.delete_documents_by_term("id", document_id)
        self.writer.add_document(document)

    def commit(self) -> None:
        self.writer.commit()
        self.index.reload()


class EmbeddedGeneration:
    """See `search.engine.Generation`; a folder of its own, so any process may fill it."""

    def __init__(self, folder: Folder, shape: Shape, lock: IO[bytes]) -> None:
        self._folder = folder
        self._catching_up = False
        self._lock = lock
        self.name = folder.create(About(analysis.version(), shape))
        Index(terms.schema(shape), path=str(folder.index(self.name)))
        self._writing: Writing | None = open_writer(folder, self.name, FILL_HEAP)

    def fill(self, documents: Iterable[SearchDocument]) -> int:
        count = 0
        with told_apart():
            writing = self._open()
            for count, document in enumerate(documents, 1):  # noqa: B007  counted on purpose
                written = terms.written(document, writing.shape, writing.fields)
                if self._catching_up:
                    writing.put(document.id, written)
                else:
                    writing.writer.add_document(written)
        return count

    def remove(self, removals: Sequence[Removal]) -> None:
        with told_apart():
            writing = self._open()
            for removal in removals:
                writing.put(removal.id, terms.removed(removal, writing.fields))

    def finish(self, catch_up: Callable[[], int]) -> None:
        with told_apart():
            self._open().commit()
            self._catching_up = True
            self._close()  # lets the segments be merged before anybody waits for the swap
            self._writing = open_writer(self._folder, self.name, LIVE_HEAP)
            catch_up()
            with self._folder.swapping():
                self._refuse_short(catch_up())
                self._folder.point_at(self.name)
                self._writing = None  # frees the index for the process that writes from now on
            self._folder.sweep()
        self._lock.close()

    def abandon(self) -> None:
        self._close()
        self._folder.sweep()
        self._lock.close()

    def _open(self) -> Writing:
        if self._writing is None:
            raise Conflict(_("这次重建已经结束或放弃，请重新开始。"))
        return self._writing

    def _refuse_short(self, at_least: int) -> None:
        writing = self._open()
        writing.commit()
        live = Query.term_query(writing.fields, "live", 1)
        found = count_of(writing.index.searcher().search(live, 1))
        if found < at_least:
            raise engine.too_short(found, at_least)

    def _close(self) -> None:
        if self._writing is not None:
            self._writing.writer.wait_merging_threads()
            self._writing = None


def open_writer(folder: Folder, name: str, heap: int) -> Writing:
    """Opens a generation for writing; waits a while for another process to let go of it."""
    index = Index.open(str(folder.index(name)))
    index.config_reader("manual")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            writer = index.writer(heap, 1)
        except ValueError as error:
            if "LockBusy" not in str(error):
                raise
            if time.monotonic() > deadline:
                raise Unavailable(
                    _("另一个进程正在写入检索索引。请等它结束，或由分发进程来写入。")
                ) from error
            time.sleep(0.05)
        else:
            return Writing(os.getpid(), name, folder.about(name).shape, index, writer)


def count_of(found: SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]  # there, but not in its stub


@contextmanager
def told_apart() -> Iterator[None]:
    """What tantivy and the disk refuse becomes one sentence; our own refusals pass."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise engine.away(error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # tantivy's, of files that are damaged
            raise
        raise engine.away(error) from error
