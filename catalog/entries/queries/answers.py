"""Entries as the API gives them: columns and the stored document, in one statement."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from catalog.entries.models import Entry, EntryVersion
from catalog.entries.queries.entries import GONE, UNIT, missing_entry
from catalog.entries.queries.gone import gone
from catalog.entries.rules import timeliness
from catalog.entries.visibility import may_open, may_see_work
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel import clock
from portal.kernel.access import Actor
from portal.kernel.transitions import available


@dataclass(frozen=True, slots=True)
class EntryAndVersion:
    """The columns and the stored document of one entry, as the API gives them."""

    id: str
    code: str | None
    unit_id: str
    unit_name: str
    region_code: str
    standing: str
    open_type: str | None
    update_cycle: str | None
    soon_at: datetime | None
    overdue_at: datetime | None
    metadata_changed_at: datetime
    version_id: str
    number: int
    status: str
    revision: int
    sha256: str
    document: str

    @property
    def timeliness(self) -> str:
        """The verdict of this moment."""
        return timeliness(self.update_cycle, self.soon_at, self.overdue_at, clock.now())

    def actions(self, actor: Actor) -> list[str]:
        """The steps that the actor may take on the version and on the entry."""
        if actor.id is None:
            return []
        return [
            choice.key
            for workflow in (VERSION_WORKFLOW, STANDING_WORKFLOW)
            for choice in available(workflow, self, actor)
        ]


def entry_and_version(
    session: Session, actor: Actor, entry_id: str, *, version_id: str | None = None
) -> EntryAndVersion:
    """One entry with its published version, else its draft, or the version named; one statement.

    Raises NotFound for what the actor may not know of, Gone for what was taken from everybody.
    """
    query = _statement(named=version_id is not None)
    values = {"entry_id": entry_id} | ({"version_id": version_id} if version_id else {})
    row = session.execute(query, values).first()
    found = EntryAndVersion(*row) if row else None
    if found is None or not may_open(actor, found):
        raise missing_entry()
    if found.standing in GONE and not may_see_work(actor, found):
        raise gone(session, found.id, found.standing)
    return found


@cache  # building a statement takes longer than asking it
def _statement(*, named: bool) -> Select[Any]:
    shown = func.coalesce(Entry.current_version_id, Entry.open_version_id)
    wanted: Any = bindparam("version_id") if named else shown
    columns = (
        Entry.id,
        Entry.code,
        Entry.unit_id,
        UNIT.c.name,
        Entry.region_code,
        Entry.standing,
        Entry.open_type,
        Entry.update_cycle,
        Entry.soon_at,
        Entry.overdue_at,
        Entry.metadata_changed_at,
        EntryVersion.id,
        EntryVersion.number,
        EntryVersion.status,
        EntryVersion.revision,
        EntryVersion.sha256,
        EntryVersion.document,
    )
    return (
        select(*columns)
        .join(UNIT, UNIT.c.id == Entry.unit_id)
        .join(EntryVersion, EntryVersion.id == wanted)
        .where(Entry.id == bindparam("entry_id"), EntryVersion.entry_id == Entry.id)
    )
