"""Entries for tests: drafts, submitted and published ones, made through the services."""

import json
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from catalog.entries import forms
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.services.review import move_entry, move_version
from catalog.entries.services.writing import create_entry, edit_entry
from portal.kernel.uow import unit_of_work
from tests.world import World

DOCUMENT: dict[str, Any] = {
    "title": "泉水水位观测记录",
    "abstract": "每日观测。",
    "open_type": "unconditional",
    "share_type": "unconditional",
    "update_cycle": "daily",
    "items": [{"name": "水位", "field": "level", "type": "number"}, {"name": "观测日"}],
    "resources": [{"kind": "file", "name": "逐日水位", "format": "csv"}],
}


@dataclass(frozen=True, slots=True)
class Made:
    """An entry by its ids."""

    id: str
    version_id: str


def draft(world: World, username: str = "jinxian", **fields: Any) -> Made:
    """A new entry of the person's unit with its first draft."""
    editor = world.person(username)
    with unit_of_work(world.runtime, editor) as uow:
        entry = create_entry(
            uow,
            unit_id=str(editor.unit_id),
            region_code="370100",
            document={**DOCUMENT, **fields},
        )
        return Made(entry.id, str(entry.open_version_id))


def step(
    world: World, made: Made, key: str, username: str = "shuyu", comment: str = "因测试"
) -> None:
    """One transition of the version or, by its name, of the entry."""
    with unit_of_work(world.runtime, world.person(username)) as uow:
        if key in ("suspend", "resume", "withdraw"):
            move_entry(uow, entry_id=made.id, key=key, comment=comment)
        else:
            move_version(uow, version_id=made.version_id, key=key, comment=comment)


def submitted(world: World, username: str = "jinxian", **fields: Any) -> Made:
    made = draft(world, username, **fields)
    step(world, made, "submit", username)
    return made


def published(world: World, username: str = "jinxian", **fields: Any) -> Made:
    made = submitted(world, username, **fields)
    step(world, made, "publish")
    return made


def edited(world: World, made: Made, username: str = "jinxian", **fields: Any) -> Made:
    """The entry with its document changed in some fields."""
    version = version_of(world, made)
    with unit_of_work(world.runtime, world.person(username)) as uow:
        changed = edit_entry(
            uow,
            entry_id=made.id,
            document={**document_of(version), **fields},
            revision=version.revision,
        )
        return Made(made.id, changed.id)


def entry_of(world: World, made: Made) -> Entry:
    with world.runtime.database.reading() as session:
        found = session.get(Entry, made.id)
    assert found is not None
    return found


def version_of(world: World, made: Made) -> EntryVersion:
    with world.runtime.database.reading() as session:
        found = session.get(EntryVersion, made.version_id)
    assert found is not None
    return found


def document_of(version: EntryVersion) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(version.document)
    return found


def as_form(document: dict[str, Any]) -> MultiDict[str, str]:
    """What a browser sends when the form is sent back as it was shown."""
    return MultiDict((name, as_browser(value)) for name, value in forms.sent_of(document))


def as_browser(value: str) -> str:
    """A browser ends every line with CR LF."""
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
