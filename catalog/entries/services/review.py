"""Decisions on versions and entries: all through `fire()`, one or many."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.entries.events import EntryChanged
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.queries.entries import missing_entry
from catalog.entries.services.publishing import publish_version
from catalog.entries.services.writing import refuse_withdrawn
from catalog.entries.visibility import may_open, may_see_work
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel.access import Actor
from portal.kernel.errors import Conflict, Invalid, PortalError, missing
from portal.kernel.runtime import Runtime
from portal.kernel.text import Text, _
from portal.kernel.transitions import fire
from portal.kernel.uow import UnitOfWork, unit_of_work

MOST_AT_ONCE = 200
DECISIONS = ("publish", "return")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record of a bulk decision; `error` None means done."""

    id: str
    title: str
    error: Text | None


def move_version(
    uow: UnitOfWork,
    *,
    version_id: str,
    key: str,
    comment: str = "",
    seen: str | None = None,
    bulk: bool = False,
) -> EntryVersion:
    """Submits, publishes or returns a version; publishing copies it to what everybody reads.

    `seen` is the SHA-256 of the document that who decides has read; None where nobody reads, as
    in a command. Raises Conflict when it has changed since, Invalid when it is empty, and NotFound
    also for who may not know of the version.
    """
    uow.session.flush()  # a version that was written just now is locked again
    version = uow.lock(EntryVersion, version_id)
    entry = uow.lock(Entry, version.entry_id)
    if not may_see_work(uow.actor, entry):
        raise missing(_("这个版本"))
    refuse_withdrawn(entry)
    fire(uow, VERSION_WORKFLOW, version, key, comment=comment, bulk=bulk)
    if seen is not None and key in DECISIONS:
        _refuse_unread(version, seen)
    if key == "submit":
        version.submitted_at = uow.at
    else:
        version.decided_at = uow.at
    if key == "publish":
        publish_version(uow, entry, version, bulk=bulk)
    if key == "publish" or entry.standing == "unpublished":  # else others find what they found
        uow.emit(EntryChanged(subject_id=entry.id, bulk=bulk))
    return version


def move_entry(uow: UnitOfWork, *, entry_id: str, key: str, comment: str = "") -> Entry:
    """Suspends, resumes or withdraws an entry; NotFound also for who may not know of it."""
    entry = uow.lock(Entry, entry_id)
    if not (may_open(uow.actor, entry) or may_see_work(uow.actor, entry)):
        raise missing_entry()
    fire(uow, STANDING_WORKFLOW, entry, key, comment=comment)
    if key == "withdraw" and entry.open_version_id:
        _hand_back(uow, entry.open_version_id, comment)
    entry.metadata_changed_at = uow.at
    uow.emit(EntryChanged(subject_id=entry.id))
    return entry


def _refuse_unread(version: EntryVersion, seen: str) -> None:
    """Nobody decides on a text that he has not read."""
    if not seen:
        wrong = _("请写明所读内容的 sha256：它随目录一起给出。内容改过时不会误发布。")
        raise Invalid(wrong, fields={"sha256": [wrong]})
    if seen != version.sha256:
        raise Conflict(_("您打开之后，送审内容改过了，没有处理。请看过现在的内容再作结论。"))


def _hand_back(uow: UnitOfWork, version_id: str, comment: str) -> None:
    """What still waits for a decision is returned when its entry is withdrawn."""
    version = uow.lock(EntryVersion, version_id)
    if version.status == "bureau_review":
        fire(uow.follow_up(), VERSION_WORKFLOW, version, "return", comment=comment)
        version.decided_at = uow.at


def move_versions(
    runtime: Runtime,
    actor: Actor,
    *,
    version_ids: Sequence[str],
    key: str,
    comment: str = "",
    seen: Mapping[str, str] | None = None,
) -> list[Outcome]:
    """The same decision on many versions, each in a unit of work of its own.

    `seen` holds what was read of each, see `move_version`; None where nobody reads.
    """
    return [
        _attempt(
            runtime,
            actor,
            move_version,
            version_id=version_id,
            key=key,
            comment=comment,
            seen=None if seen is None else seen.get(version_id, ""),
        )
        for version_id in version_ids
    ]


def move_entries(
    runtime: Runtime, actor: Actor, *, entry_ids: Sequence[str], key: str, comment: str = ""
) -> list[Outcome]:
    """The same decision on many entries, each in a unit of work of its own."""
    return [
        _attempt(runtime, actor, move_entry, entry_id=i, key=key, comment=comment)
        for i in entry_ids
    ]


def _attempt(runtime: Runtime, actor: Actor, service: Any, **values: Any) -> Outcome:
    identifier = values.get("version_id") or values["entry_id"]
    try:
        with unit_of_work(runtime, actor) as uow:
            record = service(uow, **values)
            return Outcome(identifier, _title(record), None)
    except PortalError as error:
        with runtime.database.reading() as session:
            record = session.get(EntryVersion, identifier) or session.get(Entry, identifier)
        known = record is not None and may_see_work(actor, record)
        return Outcome(identifier, _title(record) if record and known else "", error.message)


def _title(record: Entry | EntryVersion) -> str:
    if isinstance(record, Entry):
        return record.title
    return str(json.loads(record.document)["title"])
