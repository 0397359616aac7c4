"""Reads around a search: what it finds for an actor, how far the index is behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel import clock
from portal.kernel.access import Actor
from portal.kernel.outbox import CLAIMED, PENDING, OutboxRow
from portal.kernel.runtime import Runtime
from search.declarations import Row
from search.engine import NEWEST, RELEVANCE, Query, Result
from search.indexer import KEY
from search.parts import Search

OWN_SHOWN = 5
VALUES_SHOWN = 30
MOST_VALUES = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a person or a program puts it; see `search.engine.Query`.

    `unfolded` names the facets whose values are all wanted (at most `MOST_VALUES`).
    """

    text: str = ""
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sort: str = ""
    page: int = 1
    cursor: str | None = None
    size: int = 20
    facets: bool = False
    unfolded: frozenset[str] = frozenset()

    @property
    def chosen_sort(self) -> str:
        """Relevance where there are words; without any, what is newest comes first."""
        if self.sort in ("", RELEVANCE):
            return RELEVANCE if self.text.strip() else NEWEST
        return self.sort


@dataclass(frozen=True, slots=True)
class Lag:
    """How many changes the index has not taken in yet, and since when the oldest waits."""

    waiting: int
    since: datetime | None


def tokens(search: Search, actor: Actor) -> frozenset[str]:
    """By what the actor finds documents, whatever their kind."""
    return frozenset().union(*(source.tokens(actor) for source in search.sources))


def find(runtime: Runtime, actor: Actor, asked: Asked) -> Result:
    """What the actor finds; word by word where the text as written finds nothing.

    Raises Invalid for what cannot be asked and Unavailable when the engine does not work.
    """
    search = runtime.part(Search)
    query = Query(
        asked.text,
        tokens(search, actor),
        clock.now(),
        filters=asked.filters,
        sort=asked.chosen_sort,
        page=asked.page,
        cursor=asked.cursor,
        size=asked.size,
        facets=tuple(facet.key for facet in search.facets) if asked.facets else (),
        values=MOST_VALUES if asked.unfolded else VALUES_SHOWN,
    )
    result = search.engine.search(query)
    if result.total or not asked.text.strip():
        return result
    loose = search.engine.search(replace(query, loose=True))
    return loose if loose.total else result


def suggested(runtime: Runtime, actor: Actor, text: str) -> tuple[str, ...]:
    """The ids of records that the text may be the beginning of."""
    search = runtime.part(Search)
    return search.engine.suggest(text, audience=tokens(search, actor))


def rows(
    session: Session, search: Search, actor: Actor, ids: Sequence[str], *, brief: bool = False
) -> list[Row]:
    """What the database shows the actor of these records, in the order given."""
    found = {
        row.id: row
        for source in search.sources
        for row in source.rows(session, actor, list(ids), brief=brief)
    }
    return [found[record_id] for record_id in ids if record_id in found]


def browsed(
    session: Session, search: Search, actor: Actor, *, page: int, size: int
) -> tuple[Sequence[Row], bool]:
    """A page of records of the first source without the index, and whether there are more."""
    return search.sources[0].browse(session, actor, page, size) if search.sources else ((), False)


def lag(session: Session) -> Lag:
    """How far the index is behind."""
    open_rows = OutboxRow.state.in_((PENDING, CLAIMED)) & OutboxRow.handler.startswith(KEY)
    count, since = session.execute(
        select(func.count(), func.min(OutboxRow.created_at)).where(open_rows)
    ).one()
    return Lag(count, since)


def own_waiting(session: Session, actor: Actor) -> list[str]:
    """The records that the actor changed last and that the index does not hold yet."""
    query = (
        select(OutboxRow.subject_id)
        .where(
            OutboxRow.state.in_((PENDING, CLAIMED)),
            OutboxRow.handler.startswith(f"{KEY}index."),
            OutboxRow.actor_id == actor.id,
        )
        .group_by(OutboxRow.subject_id)
        .order_by(func.max(OutboxRow.id).desc())
        .limit(OWN_SHOWN)
    )
    return list(session.scalars(query)) if actor.id is not None else []
