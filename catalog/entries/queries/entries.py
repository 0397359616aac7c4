"""Reads of entries: rows of lists, and everything that the page of one shows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, column, func, select, table
from sqlalchemy.orm import Session

from catalog.entries.models import Entry, EntryItem, EntryResource, EntryVersion
from catalog.entries.rules import timeliness
from catalog.entries.visibility import findable, may_open, may_see_work
from portal.kernel import clock
from portal.kernel.access import NOBODY, Actor
from portal.kernel.errors import NotFound, missing
from portal.kernel.paging import PAGE_SIZE, Page
from portal.kernel.text import _

# A unit's name for lists; its table belongs to another package.
_UNIT_COLUMNS = ("id", "name", "short_name", "region_code", "credit_code")
UNIT = table("unit", *map(column, _UNIT_COLUMNS))


GONE = ("suspended", "withdrawn")


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as lists show it."""

    id: str
    code: str | None
    title: str
    abstract: str | None
    unit_id: str
    unit_name: str
    region_code: str
    standing: str
    share_type: str | None
    open_type: str | None
    update_cycle: str | None
    formats: Sequence[str]
    data_updated_at: datetime | None
    soon_at: datetime | None
    overdue_at: datetime | None
    metadata_changed_at: datetime
    resource_count: int
    item_count: int

    @property
    def timeliness(self) -> str:
        """The verdict of this moment."""
        return timeliness(self.update_cycle, self.soon_at, self.overdue_at, clock.now())

    @property
    def overdue_days(self) -> int:
        """Whole days since the entry became overdue."""
        return (clock.now() - self.overdue_at).days if self.overdue_at else 0


@dataclass(frozen=True, slots=True)
class EntryView:
    """Everything that an entry's page shows of the published (or only) version."""

    entry: Entry
    unit_name: str
    unit_code: str | None
    version: EntryVersion
    document: Mapping[str, Any]
    items: Sequence[Row[Any]]
    resources: Sequence[Row[Any]]
    provider_names: Mapping[str, str]
    related: Mapping[str, tuple[str, str]]
    sees_work: bool
    open_version: EntryVersion | None

    @property
    def row(self) -> "EntryView":
        """What the macro of timeliness reads."""
        return self

    @property
    def data_updated_at(self) -> datetime | None:
        return self.entry.data_updated_at

    @property
    def update_cycle(self) -> str | None:
        return self.entry.update_cycle

    @property
    def timeliness(self) -> str:
        """The verdict of this moment."""
        e = self.entry
        return timeliness(e.update_cycle, e.soon_at, e.overdue_at, clock.now())


_ENTRY = Entry.__table__
# Plain columns in the order of `EntryRow`: a page of results reads twenty of them.
_ROW = [
    UNIT.c.name.label(name) if name == "unit_name" else _ENTRY.c[name]
    for name in EntryRow.__dataclass_fields__
]


def entry_rows() -> Select[Any]:
    """The statement behind every list of entries."""
    return select(*_ROW).select_from(_ENTRY.join(UNIT, UNIT.c.id == _ENTRY.c.unit_id))


def rows_by_ids(session: Session, actor: Actor, ids: Sequence[str]) -> list[EntryRow]:
    """The entries of these ids that the actor may find, in the order of the ids."""
    if not ids:
        return []
    nobody = actor.id is None and not actor.is_government
    query = _rows_for_everybody() if nobody else _rows_by_ids(actor)
    found = {row.id: EntryRow(*row) for row in session.execute(query, {"ids": ids})}
    return [found[i] for i in ids if i in found]


def _rows_by_ids(actor: Actor) -> Select[Any]:
    return entry_rows().where(_ENTRY.c.id.in_(bindparam("ids", expanding=True)), findable(actor))


@cache  # here and below: building a statement takes longer than asking it
def _rows_for_everybody() -> Select[Any]:
    return _rows_by_ids(NOBODY)


def listed(
    session: Session, query: Select[Any], *, page: int, size: int = PAGE_SIZE
) -> Page[EntryRow]:
    """One page of a list, with its total."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = session.execute(query.limit(size).offset((page - 1) * size))
    return Page([EntryRow(*row) for row in rows], page, size, total)


def entry_view(session: Session, actor: Actor, entry_id: str) -> EntryView:
    """One entry with its published version, or its draft for those who work on it.

    Raises NotFound for what the actor may not know of. Six statements at most.
    """
    found = session.execute(_entry_statement(), {"entry_id": entry_id}).first()
    if found is None or not may_open(actor, found[0]):
        raise missing_entry()
    entry, unit_name, unit_code, version = found
    if version is None:
        raise NotFound(_("这条目录没有可以显示的版本。"))
    document = json.loads(version.document)
    published = entry.current_version_id is not None
    return EntryView(
        entry=entry,
        unit_name=unit_name,
        unit_code=unit_code,
        version=version,
        document=document,
        items=_parts(session, EntryItem, entry_id)
        if published
        else _draft_parts(document, "items", EntryItem),
        resources=_parts(session, EntryResource, entry_id)
        if published
        else _draft_parts(document, "resources", EntryResource),
        provider_names=_unit_names(session, document.get("providers", ())),
        related=_related(session, actor, entry, document.get("related", ())),
        sees_work=may_see_work(actor, entry),
        open_version=_open_version(session, actor, entry, version),
    )


@cache
def _entry_statement() -> Select[Any]:
    wanted = func.coalesce(Entry.current_version_id, Entry.open_version_id)
    return (
        select(Entry, UNIT.c.name, UNIT.c.credit_code, EntryVersion)
        .join(UNIT, UNIT.c.id == Entry.unit_id)
        .outerjoin(EntryVersion, EntryVersion.id == wanted)
        .where(Entry.id == bindparam("entry_id"))
    )


def readable(session: Session, actor: Actor, entry_id: str) -> bool:
    """Whether the actor sees the work on an entry; raises NotFound where nothing of it is shown."""
    entry = session.get(Entry, entry_id)
    if entry is None or not may_open(actor, entry):
        raise missing_entry()
    sees_work = may_see_work(actor, entry)
    if entry.standing in GONE and not sees_work:
        raise missing_entry()
    return sees_work


def version_of(
    session: Session, actor: Actor, entry_id: str, number: int
) -> tuple[Entry, EntryVersion]:
    """One version of an entry; unpublished ones only for those who work on it."""
    entry = session.get(Entry, entry_id)
    if entry is None or not may_open(actor, entry):
        raise missing_entry()
    version = session.scalars(
        select(EntryVersion).where(EntryVersion.entry_id == entry_id, EntryVersion.number == number)
    ).first()
    if version is None or not _may_read(actor, entry, version):
        raise missing(_("这个版本"))
    return entry, version


def _may_read(actor: Actor, entry: Entry, version: EntryVersion) -> bool:
    """A version is as open as it was itself, whatever the entry has become since."""
    if may_see_work(actor, entry):
        return True
    withheld = json.loads(version.document).get("open_type") == "withheld"
    public = version.status in ("published", "superseded")
    return public and (actor.is_government or not withheld)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version as lists show it."""

    id: str
    number: int
    status: str
    created_by_name: str
    created_at: datetime
    saved_at: datetime
    decided_at: datetime | None
    summary: str | None


def versions(
    session: Session, *, entry_id: str, all_of_them: bool, actor: Actor, limit: int = 100
) -> list[VersionRow]:
    """The versions of an entry that the actor may read, newest first; drafts where asked for."""
    outside = not all_of_them and not actor.is_government
    query = _versions_statement(all_of_them=all_of_them, withheld=not outside)
    values = {"entry_id": entry_id, "most": limit}
    return [VersionRow(*row) for row in session.execute(query, values)]


@cache
def _versions_statement(*, all_of_them: bool, withheld: bool) -> Select[Any]:
    v = EntryVersion.__table__.c  # plain columns: the ORM would look at each row for nothing
    query = select(*(v[name] for name in VersionRow.__dataclass_fields__))
    query = query.where(v.entry_id == bindparam("entry_id"))
    if not all_of_them:
        query = query.where(v.status.in_(("published", "superseded")))
    if not withheld:  # see `_may_read`; canonical documents are written in one way only
        query = query.where(~v.document.contains('"open_type":"withheld"'))
    return query.order_by(v.number.desc()).limit(bindparam("most"))


def unit_name(session: Session, unit_id: str) -> str:
    """The name of one unit, for headings."""
    return session.scalar(select(UNIT.c.name).where(UNIT.c.id == unit_id)) or ""


def missing_entry() -> NotFound:
    """The refusal for an entry that is not there, or that the asker may not know of."""
    return missing(_("这条目录"))


def _open_version(
    session: Session, actor: Actor, entry: Entry, shown: EntryVersion
) -> EntryVersion | None:
    if entry.open_version_id is None or not may_see_work(actor, entry):
        return None
    return (
        shown
        if shown.id == entry.open_version_id
        else session.get(EntryVersion, entry.open_version_id)
    )


def _parts(session: Session, model: Any, entry_id: str) -> Sequence[Row[Any]]:
    return session.execute(_parts_statement(model), {"entry_id": entry_id}).all()


@cache
def _parts_statement(model: Any) -> Select[Any]:
    table = model.__table__
    columns = [column for column in table.columns if column.name != "entry_id"]
    owner = table.c.entry_id == bindparam("entry_id")
    return select(*columns).where(owner).order_by(table.c.position)


def _draft_parts(document: Mapping[str, Any], part: str, model: Any) -> Sequence[Any]:
    names = [c.name for c in model.__table__.columns if c.name != "entry_id"]
    return [
        Part({**dict.fromkeys(names), **row, "position": position})
        for position, row in enumerate(document.get(part, ()))
    ]


class Part:
    """An item or resource of a draft, read like a row of the published tables."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name) from None


def _unit_names(session: Session, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    query = select(UNIT.c.id, UNIT.c.name).where(UNIT.c.id.in_(ids))
    return {row.id: row.name for row in session.execute(query)}


def _related(
    session: Session, actor: Actor, entry: Entry, codes: Sequence[str]
) -> dict[str, tuple[str, str]]:
    if not codes:
        return {}
    query = select(Entry.code, Entry.id, Entry.title).where(
        Entry.region_code == entry.region_code, Entry.code.in_(codes), findable(actor)
    )
    return {str(code): (i, title) for code, i, title in session.execute(query)}
