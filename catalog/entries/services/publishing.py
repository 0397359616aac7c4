"""Publishing: a version becomes what everybody reads; one, or the drafts of an import together."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from catalog.entries.events import EntryChanged
from catalog.entries.models import Category, Entry, EntryItem, EntryResource, EntryVersion
from catalog.entries.services.categories import ensure_category
from catalog.entries.services.codes import code_prefix, take_codes
from catalog.entries.services.writing import refuse_withdrawn, show
from catalog.entries.visibility import may_see_work
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel.errors import Conflict, missing
from portal.kernel.text import _
from portal.kernel.transitions import fire
from portal.kernel.uow import UnitOfWork

Document = Mapping[str, Any]
_PARTS = ((EntryItem, "items"), (EntryResource, "resources"))
_LISTS = ("inputs", "outputs")  # of an interface; never unknown, only empty
_COLUMNS: Mapping[type[Any], Sequence[tuple[str, Any]]] = {
    model: [
        (c.name, [] if c.name in _LISTS else None)
        for c in model.__table__.columns
        if c.name not in ("entry_id", "position")
    ]
    for model, _part in _PARTS
}


@dataclass(slots=True)
class Categories:
    """Nodes of the tree by their path, so that many entries of one node ask for it once.

    Nodes are never taken away; those of a transaction that failed must be forgotten.
    """

    known: dict[tuple[str, ...], Category | None] = field(default_factory=dict)

    def node(self, session: Session, path: Sequence[str]) -> Category | None:
        """The node of a path, made where it is missing."""
        place = tuple(path)
        if place not in self.known:
            self.known[place] = ensure_category(session, path)
        return self.known[place]


@dataclass(frozen=True, slots=True)
class _Shown:
    """An entry that everybody reads now, what it says, and where its code belongs."""

    entry: Entry
    document: Document
    category: Category | None


def publish_version(
    uow: UnitOfWork, entry: Entry, version: EntryVersion, *, bulk: bool = False
) -> None:
    """What follows when a version is published: the former steps back, everybody reads this one."""
    document = json.loads(version.document)
    former_id = entry.current_version_id
    if former_id is not None and former_id != version.id:
        former = uow.lock(EntryVersion, former_id)
        fire(uow.follow_up(), VERSION_WORKFLOW, former, "supersede", bulk=bulk)
    category = ensure_category(uow.session, document.get("category", ()))
    _show_version(uow, entry, version, document=document, category=category, bulk=bulk)
    _take_codes(uow.session, [_Shown(entry, document, category)])
    for model, _part in _PARTS:
        uow.session.execute(delete(model).where(model.entry_id == entry.id))
    _insert_parts(uow.session, [(entry, document)])


def publish_drafts(uow: UnitOfWork, version_ids: Sequence[str], categories: Categories) -> None:
    """Submits and publishes first drafts, all or none, each by the same steps as alone.

    They are read together and their parts written together, which `move_version` one by one does
    not. Raises as that does, and Conflict for one whose entry has been published before.
    """
    session = uow.session
    versions = _held(session, EntryVersion, version_ids)
    entries = _held(session, Entry, [version.entry_id for version in versions.values()])
    shown: list[_Shown] = []
    with session.no_autoflush:  # nothing is read again before all is written
        for version_id in version_ids:
            version = versions[version_id]
            entry = entries[version.entry_id]
            if entry.current_version_id is not None:
                raise Conflict(_("这条目录已经发布过。请单独发布新的版本。"))
            shown.append(_published(uow, entry, version, categories))
        _take_codes(session, shown)
    session.flush()  # parts refer to their entries
    _insert_parts(session, [(one.entry, one.document) for one in shown])


def _take_codes(session: Session, shown: Sequence[_Shown]) -> None:
    """Codes for those that have none, asked for once a place."""
    places: dict[tuple[str, str], list[Entry]] = {}
    for one in shown:
        if one.entry.code is None:
            place = (one.entry.region_code, code_prefix(one.category))
            places.setdefault(place, []).append(one.entry)
    for (region_code, prefix), entries in sorted(places.items()):  # in one order: no deadlock
        codes = take_codes(session, region_code=region_code, prefix=prefix, count=len(entries))
        for entry, code in zip(entries, codes, strict=True):
            entry.code = code


def _held(session: Session, model: type[Any], ids: Iterable[str]) -> dict[str, Any]:
    """The records by id, held in one order so that two never wait for each other."""
    wanted = sorted(set(ids))
    query = select(model).where(model.id.in_(wanted)).order_by(model.id).with_for_update()
    found = {r.id: r for r in session.scalars(query.execution_options(populate_existing=True))}
    if len(found) < len(wanted):
        raise missing(_("这个版本"))
    return found


def _published(
    uow: UnitOfWork, entry: Entry, version: EntryVersion, categories: Categories
) -> _Shown:
    if not may_see_work(uow.actor, entry):
        raise missing(_("这个版本"))
    refuse_withdrawn(entry)
    for key in ("submit", "publish"):
        fire(uow, VERSION_WORKFLOW, version, key, bulk=True)
    version.submitted_at = version.decided_at = uow.at
    document: Document = json.loads(version.document)
    category = categories.node(uow.session, document.get("category", ()))
    _show_version(uow, entry, version, document=document, category=category, bulk=True)
    uow.emit(EntryChanged(subject_id=entry.id, bulk=True))
    return _Shown(entry, document, category)


def _show_version(
    uow: UnitOfWork,
    entry: Entry,
    version: EntryVersion,
    *,
    document: Any,
    category: Category | None,
    bulk: bool,
) -> None:
    show(entry, document)
    entry.category_id = category.id if category else None
    entry.current_version_id, entry.open_version_id = version.id, None
    entry.metadata_changed_at = uow.at
    if entry.standing == "unpublished":
        entry.first_published_at = uow.at
        fire(uow.follow_up(), STANDING_WORKFLOW, entry, "appear", bulk=bulk)


def _insert_parts(session: Session, shown: Sequence[tuple[Entry, Document]]) -> None:
    """Items and resources of some entries, in one statement for each kind."""
    for model, part in _PARTS:
        rows = [
            {
                "entry_id": entry.id,
                "position": place,
                **{c: row.get(c, empty) for c, empty in _COLUMNS[model]},
            }
            for entry, document in shown
            for place, row in enumerate(document.get(part, ()))
        ]
        if rows:
            session.execute(insert(cast("Table", model.__table__)), rows)
