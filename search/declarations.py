"""What a feature declares so that its records can be found; this package knows no feature.

A feature lists its sources under `Feature.search_sources` and adds to those of others by
`Feature.document_parts`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from portal.kernel.access import Actor
from portal.kernel.outbox import Delivery
from portal.kernel.text import Text
from search.document import SearchDocument


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter by the values that documents carry under its key.

    `labels(session, values)` names values in at most one statement; a value that it leaves out is
    shown as it is. `order` holds the values that are to stand in this order, not by frequency.
    `nested` values are paths with slashes: below the top they appear when their parent is chosen.
    """

    key: str
    label: Text
    labels: Callable[[Session, Sequence[str]], Mapping[str, Text | str]]
    order: tuple[str, ...] = ()
    open: bool = True
    nested: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """One more order of the results, by the documents' own `sort_keys`, ascending."""

    key: str
    label: Text


@dataclass(frozen=True, slots=True)
class Row:
    """What the page of results shows of one record; read from the database, never the index.

    `state` and `state_words` are those of the clock macro, `state_at` the moment beside them.
    """

    id: str
    title: str
    path: str
    unit: str
    facts: tuple[Text | str, ...] = ()
    code: str = ""
    abstract: str = ""
    items: tuple[str, ...] = ()
    tags: tuple[Text | str, ...] = ()
    state: str = ""
    state_words: Text | str = ""
    state_at: datetime | None = None
    state_at_words: Text | str = ""


Touched = Callable[[Session, Delivery, str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Following:
    """An event after which documents are read again.

    `touched(session, delivery, after, limit)` gives the ids that it touches, in ascending order,
    those greater than `after`; None means the subject of the event itself. One that may touch many
    is worked off in the bulk lane.
    """

    event: str
    touched: Touched | None = None


class LoadDocuments(Protocol):
    """Reads the present documents of those of the ids that may be found by anybody at all."""

    def __call__(
        self, session: Session, ids: Sequence[str], versions: Mapping[str, int], /
    ) -> Sequence[SearchDocument]: ...


class LoadRows(Protocol):
    """Reads what the page shows of those of the ids that the actor may find.

    A `brief` row has no facts, items, tags and state: programs are told nothing of them.
    """

    def __call__(
        self, session: Session, actor: Actor, ids: Sequence[str], /, *, brief: bool = False
    ) -> Sequence[Row]: ...


class Browse(Protocol):
    """Reads a page of records without the index: (rows, whether there are more)."""

    def __call__(
        self, session: Session, actor: Actor, page: int, size: int, /
    ) -> tuple[Sequence[Row], bool]: ...


class PageIds(Protocol):
    """Ids in ascending order, those greater than `after`, at most `limit`."""

    def __call__(self, session: Session, after: str, limit: int, /) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """One kind of record that can be found.

    `ids` walks over every record that has a document now, `count` tells how many those are.
    `tokens` gives the audience tokens of an actor; a document is found when it holds one of them.
    `ways` are other ways to the records, as (label, endpoint), offered where nothing is found.
    """

    kind: str
    label: Text
    documents: LoadDocuments
    ids: PageIds
    count: Callable[[Session], int]
    follows: tuple[Following, ...]
    tokens: Callable[[Actor], frozenset[str]]
    rows: LoadRows
    browse: Browse
    facets: tuple[Facet, ...] = ()
    sorts: tuple[Sort, ...] = ()
    ways: tuple[tuple[Text, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Addition:
    """What another feature adds to one document."""

    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    other: tuple[str, ...] = ()
    sort_keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """Fields that one feature adds to the documents of another one's source.

    `read(session, ids)` gives additions by id in at most one statement. `follows` are the events
    after which the documents must be read again.
    """

    kind: str
    read: Callable[[Session, Sequence[str]], Mapping[str, Addition]]
    follows: tuple[Following, ...] = ()
    facets: tuple[Facet, ...] = ()
    sorts: tuple[Sort, ...] = ()
