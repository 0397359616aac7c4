"""Reads for the feed: published entries that everybody may find, the latest change first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, func, literal, select, tuple_, type_coerce
from sqlalchemy.orm import Session

from catalog.entries.models import Entry
from catalog.entries.queries.entries import UNIT
from catalog.entries.visibility import findable
from portal.kernel.access import NOBODY
from portal.kernel.errors import Invalid, missing
from portal.kernel.paging import decode_cursor, encode_cursor
from portal.kernel.text import _

SHOWN = 50
# What was public before: where it goes, a reader of the feed has something new to learn.
ONCE_PUBLIC = ("published", "suspended", "withdrawn")


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """What a feed is narrowed to, and after which entry it goes on."""

    unit_id: str | None = None
    theme: str | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class FeedRow:
    """An entry as the feed tells of it."""

    id: str
    code: str | None
    title: str
    abstract: str | None
    unit_id: str
    unit_name: str
    themes: Sequence[str]
    first_published_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One page of the feed; `changed_at` is when anything of the whole feed last changed."""

    rows: Sequence[FeedRow]
    unit_name: str | None
    changed_at: datetime | None
    next_cursor: str | None


def feed_page(session: Session, wanted: FeedFilter) -> FeedPage:
    """A page of what nobody in particular may find; two statements, a third for a unit's name.

    Raises NotFound for an unknown unit and Invalid for a cursor that is not one of ours.
    """
    unit_name = None
    if wanted.unit_id:
        unit_name = session.scalar(select(UNIT.c.name).where(UNIT.c.id == wanted.unit_id))
        if unit_name is None:
            raise missing(_("这个单位"))
    query = (
        select(
            Entry.id,
            Entry.code,
            Entry.title,
            Entry.abstract,
            Entry.unit_id,
            UNIT.c.name,
            Entry.themes,
            Entry.first_published_at,
            Entry.metadata_changed_at,
        )
        .join(UNIT, UNIT.c.id == Entry.unit_id)
        .where(Entry.standing == "published", findable(NOBODY), *_narrowed(wanted))
        .order_by(Entry.metadata_changed_at.desc(), Entry.id.desc())
        .limit(SHOWN + 1)
    )
    if wanted.cursor:
        query = query.where(_after(wanted.cursor))
    rows = [FeedRow(*row) for row in session.execute(query)]
    shown = rows[:SHOWN]
    return FeedPage(
        rows=shown,
        unit_name=unit_name,
        changed_at=_last_change(session, wanted),
        next_cursor=_cursor(shown[-1]) if len(rows) > SHOWN else None,
    )


def _narrowed(wanted: FeedFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.unit_id:
        found.append(Entry.unit_id == wanted.unit_id)
    if wanted.theme:  # a list kept as text: the key stands in it between quotes
        listed = type_coerce(Entry.themes, String)
        found.append(listed.contains(f'"{wanted.theme}"', autoescape=True))
    return found


def _last_change(session: Session, wanted: FeedFilter) -> datetime | None:
    """Also when an entry went: whoever asks whether the feed has changed must hear of that.

    What happens to an entry that is withheld nobody outside hears of, not even when it happens.
    """
    query = select(func.max(Entry.metadata_changed_at)).where(
        Entry.standing.in_(ONCE_PUBLIC), Entry.open_type.is_distinct_from("withheld")
    )
    if wanted.unit_id:
        query = query.where(Entry.unit_id == wanted.unit_id)
    return session.scalar(query)


def _cursor(row: FeedRow) -> str:
    return encode_cursor([row.changed_at.isoformat(), row.id])


def _after(cursor: str) -> ColumnElement[bool]:
    at, entry_id = decode_cursor(cursor, 2)
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(_("翻页标记不对。请从列表的第一页重新开始。"))
    place = tuple_(literal(moment, Entry.metadata_changed_at.type), literal(str(entry_id)))
    return tuple_(Entry.metadata_changed_at, Entry.id) < place
