"""How an entry becomes a search document: always the state of this moment."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from auth.queries import former_names
from catalog.entries.codelists import INDUSTRIES, THEMES
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.queries.entries import UNIT
from catalog.entries.rules import audience, has_period
from catalog.entries.vocabulary import CLASSES
from portal.kernel.outbox import Delivery
from search.document import Dating, SearchDocument, milliseconds

FINDABLE = ("published", "unpublished")


def documents(
    session: Session, ids: Sequence[str], versions: Mapping[str, int]
) -> list[SearchDocument]:
    """The documents of those of the entries that can be found; the others must be removed."""
    found, rows = [], session.execute(_STATEMENT, {"ids": ids}).all()
    former = former_names(session, {row.unit_id for row in rows})
    for row in rows:
        tokens = audience(
            standing=row.standing,
            open_type=row.open_type,
            unit_id=row.unit_id,
            region_code=row.region_code,
        )
        if tokens:
            version, names = versions.get(row.id, 0), former.get(row.unit_id, ())
            found.append(_document(row, frozenset(tokens), version, names))
    return found


def page_ids(session: Session, after: str, limit: int) -> list[str]:
    """Ids of the entries that can be found, in ascending order, those greater than `after`."""
    query = select(Entry.id).where(Entry.standing.in_(FINDABLE), Entry.id > after)
    return list(session.scalars(query.order_by(Entry.id).limit(limit)))


def count(session: Session) -> int:
    """How many entries can be found by somebody."""
    query = select(func.count()).select_from(Entry).where(Entry.standing.in_(FINDABLE))
    return session.scalar(query) or 0


def of_unit(session: Session, delivery: Delivery, after: str, limit: int) -> list[str]:
    """The entries of a unit that was renamed: its name stands in their documents."""
    query = select(Entry.id).where(Entry.unit_id == delivery.subject_id, Entry.id > after)
    return list(session.scalars(query.order_by(Entry.id).limit(limit)))


def _document(
    entry: Row[Any], tokens: frozenset[str], version: int, former: Sequence[str]
) -> SearchDocument:
    """One entry as it is found; also by the names that its unit had before."""
    document = json.loads(entry.document)
    dated = entry.soon_at is not None and entry.overdue_at is not None
    items = document.get("items", ())
    category = document.get("category", ())
    if category and category[0] not in CLASSES:  # said by a file, and no place in the tree
        category = ()
    return SearchDocument(
        id=entry.id,
        kind="entry",
        version=version,
        title=entry.title,
        audience=tokens,
        name_key=entry.title_key,
        newest_at_ms=milliseconds(entry.data_updated_at or entry.metadata_changed_at),
        code=entry.code or "",
        unit=entry.unit_name,
        abstract=entry.abstract or "",
        items=tuple(item["name"] for item in items),
        fields=tuple(item["field"] for item in items if item.get("field")),
        tags=tuple(document.get("tags", ())),
        other=tuple(
            filter(None, (entry.unit_short_name, *former, *_other(document, entry.formats)))
        ),
        codes=tuple(c for c in (document.get("source_code"), document.get("source_key")) if c),
        facets={
            "unit": (entry.unit_id,),
            "category": tuple("/".join(category[: n + 1]) for n in range(len(category))),
            "theme": tuple(entry.themes),
            "share_type": _one(entry.share_type),
            "open_type": _one(entry.open_type),
            "format": tuple(entry.formats),
            "update_cycle": _one(entry.update_cycle),
            "region": (entry.region_code,),
        },
        dating=Dating.DATED
        if dated
        else Dating.UNKNOWN
        if has_period(entry.update_cycle)
        else Dating.NONE,
        due_at_ms=milliseconds(entry.soon_at) if dated and entry.soon_at else None,
        overdue_at_ms=milliseconds(entry.overdue_at) if dated and entry.overdue_at else None,
    )


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _other(document: dict[str, Any], formats: Sequence[str]) -> list[str]:
    found = [
        str(document[key]) for key in ("provider_office", "source_system") if document.get(key)
    ]
    found += document.get("matters", ())
    found += [str(r["name"]) for r in document.get("resources", ())]
    found += (name for name in document.get("category", ()) if name not in CLASSES)
    found += formats
    if document.get("source_topics"):
        return found + list(document["source_topics"])
    for name, code_list in _LABELLED.items():
        labels = (code_list.values.get(key) for key in document.get(name, ()))
        found += [label.message for label in labels if label is not None]
    return found


# Whoever types the name of a theme finds what is filed under it: in the words of the file that an
# entry came from, else in those of the code list.
_LABELLED = {"themes": THEMES, "industries": INDUSTRIES}


def _statement() -> Select[Any]:
    """Plain columns, for a rebuild reads a hundred thousand rows."""
    entry, version = Entry.__table__.c, EntryVersion.__table__.c
    wanted = func.coalesce(entry.current_version_id, entry.open_version_id)
    return (
        select(
            *(entry[name] for name in _READ),
            UNIT.c.name.label("unit_name"),
            UNIT.c.short_name.label("unit_short_name"),
            version.document,
        )
        .join(UNIT, UNIT.c.id == entry.unit_id)
        .join(EntryVersion.__table__, version.id == wanted)
        .where(entry.id.in_(bindparam("ids", expanding=True)))
    )


_READ = (
    *("id", "standing", "title", "title_key", "abstract", "code", "unit_id", "region_code"),
    *("open_type", "share_type", "update_cycle", "themes", "formats"),
    *("data_updated_at", "metadata_changed_at", "soon_at", "overdue_at"),
)
_STATEMENT = _statement()
