"""From outbox rows to the index: every delivery reads the present state of its records.

A feature that declares a source adds `handlers(SOURCE)` to its own handlers; one that adds to the
documents of others adds `handlers(PART)`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from portal.kernel.access import SYSTEM
from portal.kernel.outbox import Delivery, Handler, HandlerFunction, last_sequence
from portal.kernel.runtime import Runtime
from portal.kernel.uow import unit_of_work
from search.declarations import DocumentPart, DocumentSource, Touched
from search.document import Removal, SearchDocument
from search.events import DocumentsStale
from search.parts import Search

KEY = "search."
BATCH = 400  # people's changes are looked for between two of them
STALE_IDS = 100


def handlers(declared: DocumentSource | DocumentPart) -> tuple[Handler, ...]:
    """What a feature adds to its handlers so that the index follows its records."""
    direct = tuple(follow.event for follow in declared.follows if follow.touched is None)
    key = f"{KEY}index.{declared.kind}"
    made = [Handler(key, direct, index_subjects, batch=BATCH, finish=finish)]
    for follow in declared.follows:
        if follow.touched is not None:
            key = f"{KEY}follow.{follow.event}.{declared.kind}"
            made.append(Handler(key, (follow.event,), _follower(declared.kind, follow.touched)))
    return tuple(handler for handler in made if handler.events)


def index_subjects(runtime: Runtime, deliveries: Sequence[Delivery]) -> None:
    """Brings the subjects of events up to date in the index; those of an import at `finish`."""
    index(runtime, touched_ids(deliveries), at_once=not all(each.bulk for each in deliveries))


def index_stale(runtime: Runtime, deliveries: Sequence[Delivery]) -> None:
    """Brings the records named by `DocumentsStale` up to date in the index."""
    index(runtime, touched_ids(deliveries))


def finish(runtime: Runtime) -> None:
    """Makes searchable what several batches of an import have written: one commit for all."""
    runtime.part(Search).engine.flush()


def touched_ids(deliveries: Sequence[Delivery]) -> dict[str, int]:
    """The records that deliveries name, each with the highest sequence."""
    touched: dict[str, int] = {}
    for delivery in deliveries:
        stale = delivery.event == DocumentsStale.name
        for record_id in delivery.payload["ids"] if stale else (delivery.subject_id,):
            touched[record_id] = max(delivery.id, touched.get(record_id, 0))
    return touched


def index(runtime: Runtime, touched: Mapping[str, int], *, at_once: bool = True) -> None:
    """Reads the records as they are now and writes them, or their absence, into the index.

    Raises Unavailable when the engine does not work; the outbox then keeps the deliveries.
    """
    search = runtime.part(Search)
    if not search.engine.exists():
        # An index that begins with a single change would look whole and lack all the rest.
        from search.upkeep import rebuild  # noqa: PLC0415  it needs this module

        rebuild(runtime)
    with runtime.database.reading() as session:
        documents, removals = present(session, search, touched)
    if documents:
        search.engine.upsert(documents, at_once=at_once)
    if removals:
        search.engine.delete(removals, at_once=at_once)


def present(
    session: Session, search: Search, touched: Mapping[str, int]
) -> tuple[list[SearchDocument], list[Removal]]:
    """The records as they are now; their version is the newest sequence that could be seen.

    The sequence is read before the records, so that a version never claims more than was read.
    """
    seen = last_sequence(session)
    versions = {record_id: max(sequence, seen) for record_id, sequence in touched.items()}
    documents = [
        document
        for source in search.sources
        for document in read_documents(session, search, source, versions)
    ]
    found = {document.id for document in documents}
    return documents, [Removal(i, version) for i, version in versions.items() if i not in found]


def read_documents(
    session: Session, search: Search, source: DocumentSource, versions: Mapping[str, int]
) -> list[SearchDocument]:
    """The documents of one source with all that other features add to them."""
    documents = list(source.documents(session, list(versions), versions))
    for part in search.parts_of(source.kind):
        additions = part.read(session, [document.id for document in documents])
        documents = [
            replace(
                document,
                facets={**document.facets, **added.facets},
                other=(*document.other, *added.other),
                sort_keys={**document.sort_keys, **added.sort_keys},
            )
            if (added := additions.get(document.id))
            else document
            for document in documents
        ]
    return documents


def mark_stale(runtime: Runtime, kind: str, ids: Sequence[str]) -> None:
    """Asks, by the outbox, that records are read again; behind what people do meanwhile."""
    with unit_of_work(runtime, SYSTEM) as uow:
        for start in range(0, len(ids), STALE_IDS):
            some = tuple(ids[start : start + STALE_IDS])
            uow.emit(DocumentsStale(subject_id=kind, ids=some, bulk=True))


def _follower(kind: str, touched: Touched) -> HandlerFunction:
    """A handler that finds what an event touches, page by page, and marks it as stale."""

    def mark(runtime: Runtime, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            for ids in _pages(runtime, touched, delivery):
                mark_stale(runtime, kind, ids)

    return mark


def _pages(runtime: Runtime, touched: Touched, delivery: Delivery) -> Iterator[Sequence[str]]:
    last, limit = "", 20 * STALE_IDS
    while True:
        with runtime.database.reading() as session:
            ids = touched(session, delivery, last, limit)
        if ids:
            yield ids
        if len(ids) < limit:
            return
        last = ids[-1]
