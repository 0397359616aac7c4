"""Loads the sample data into an empty portal: units, people, categories, entries."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auth import queries as auth_queries
from auth.oidc import LOCAL_ISSUER
from auth.services import Identity, add_former_name, close_unit, create_unit, enrol, grant_role
from auth.unit_data import UnitData
from catalog.departments.rules import Appointment
from catalog.departments.services import record_representative
from catalog.entries.services.categories import add_node, ensure_category
from catalog.entries.services.codes import take_code
from catalog.entries.services.review import move_entry, move_version
from catalog.entries.services.writing import create_entry, edit_entry
from portal.demo import reader
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.runtime import Runtime
from portal.kernel.text import ENGLISH, language
from portal.kernel.uow import UnitOfWork, unit_of_work

FIRST = 1  # the revision of a version that nobody has edited
OPENING, WORKING_MINUTES = timedelta(hours=9), 8 * 60
VERSION_STEPS = ("submit", "publish", "return")
EVERYBODY = "public"  # nobody needs to be granted it


def load_sample(runtime: Runtime) -> dict[str, int]:
    """Fills an empty portal; empty when there is something in it already, which stays as it is.

    All of it or nothing: whoever is stopped in the middle starts from an empty portal again. The
    transaction is long, and nobody is there yet who could wait for it.
    """
    with runtime.database.reading() as session:
        if auth_queries.units(session, closed=True):
            return {}
    with unit_of_work(runtime, SYSTEM) as uow:
        units = _units(uow)
        _categories(uow, reader.categories(), parent=None)
        _people(uow)
        loaded = _entries(uow, units)
    return {"units": len(units), "entries": loaded}


def personas() -> list[tuple[str, str]]:
    """The people who can sign in, each with one line on who it is."""
    english = language() == ENGLISH
    return [
        (p.username, f"{p.name} {p.description_en if english else p.description}")
        for p in reader.personas().personas
    ]


def _units(uow: UnitOfWork) -> dict[str, reader.SampleUnit]:
    units = {unit.key: unit for unit in reader.units()}
    for unit in units.values():
        data = UnitData(
            name=unit.name,
            region_code=unit.region_code,
            kind=unit.kind,
            short_name=unit.short_name,
            credit_code=unit.credit_code,
            parent_id=units[unit.parent].id if unit.parent else None,
            duty=unit.duty,
            office_phone=unit.office_phone,
            position=unit.position,
            valid_from=unit.valid_from,
        )
        record = create_unit(uow, data, unit_id=unit.id)
        for former in unit.former_names:
            add_former_name(uow, record, name=former.name, valid_to=former.until)
    for unit in units.values():
        if unit.valid_to is not None:
            close_unit(uow, unit.id, on=unit.valid_to)
    return units


def _categories(uow: UnitOfWork, nodes: Sequence[reader.SampleCategory], *, parent: Any) -> None:
    for sample in nodes:
        node = add_node(uow.session, parent, segment=sample.segment, name=sample.name)
        _categories(uow, sample.children, parent=node)


def _people(uow: UnitOfWork) -> None:
    people = reader.personas()
    ids = {unit.key: unit.id for unit in reader.units()}
    users: dict[str, str] = {}
    for persona in people.personas:
        identity = Identity(LOCAL_ISSUER, persona.username, persona.username, persona.name)
        user = enrol(uow, identity)
        uow.session.flush()  # roles refer to the account
        users[persona.username] = user.id
        for role in (role for role in persona.roles if role != EVERYBODY):
            grant_role(uow, user.id, role=role, unit_id=ids.get(persona.unit or ""))
    for person in people.representatives:
        appointment = Appointment(
            name=person.name,
            post=person.post,
            office_phone=person.phone,
            appointing_document=person.document,
            term_from=person.term_from,
            term_to=person.term_to,
        )
        record_representative(uow, unit_id=ids[person.unit], appointment=appointment)


def _entries(uow: UnitOfWork, units: Mapping[str, reader.SampleUnit]) -> int:
    """The entries, as if each had been published on the day that it states."""
    now, codes = uow.at, dict[str, str]()
    drafts = []
    for sample in reader.entries():
        uow.at = _published_at(sample, now)
        drafts.append(_draft(uow, sample, units[sample.unit], codes))
    for draft in drafts:
        uow.at = _published_at(draft.sample, now)
        _publish(uow, draft, codes)
        uow.at = now  # what waits, was returned or taken away, was so today
        _move(uow, draft)
    return len(drafts)


def _published_at(sample: reader.SampleEntry, now: datetime) -> datetime:
    """An hour of work on the day of issue; now for what is not published yet."""
    if "publish" not in _steps(sample.standing):
        return now
    day = clock.local(now).date() - timedelta(days=sample.issued_age_days)
    minutes = zlib.crc32(sample.key.encode()) % WORKING_MINUTES
    return clock.day_start(day) + OPENING + timedelta(minutes=minutes)


def _draft(
    uow: UnitOfWork, sample: reader.SampleEntry, unit: reader.SampleUnit, codes: dict[str, str]
) -> "_Draft":
    """An entry's first draft; one that will be published has its code, for others to name."""
    document = sample.document(clock.today())
    entry = create_entry(uow, unit_id=unit.id, region_code=unit.region_code, document=document)
    uow.session.flush()  # the next steps look the rows up again
    if "publish" in _steps(sample.standing):
        category = ensure_category(uow.session, document["category"])
        entry.code = take_code(uow.session, region_code=entry.region_code, category=category)
        codes[sample.key] = entry.code
    return _Draft(sample, entry.id, str(entry.open_version_id), document)


def _publish(uow: UnitOfWork, draft: "_Draft", codes: Mapping[str, str]) -> None:
    """The draft with its relations, published where it is to be."""
    related = [codes[key] for key in draft.sample.related if key in codes]
    if related:
        document = {**draft.document, "related": related}
        edit_entry(uow, entry_id=draft.entry_id, document=document, revision=FIRST)
        uow.session.flush()  # as above
    if "publish" in _steps(draft.sample.standing):
        for step in ("submit", "publish"):
            move_version(uow, version_id=draft.version_id, key=step)


def _move(uow: UnitOfWork, draft: "_Draft") -> None:
    """The further steps to where the entry stands in the sample."""
    steps = _steps(draft.sample.standing)
    for step in steps[2:] if "publish" in steps else steps:
        if step in VERSION_STEPS:
            move_version(uow, version_id=draft.version_id, key=step, comment=draft.sample.reason)
        else:
            move_entry(uow, entry_id=draft.entry_id, key=step, comment=draft.sample.reason)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A sample entry that is in the portal, and not yet where it belongs."""

    sample: reader.SampleEntry
    entry_id: str
    version_id: str
    document: dict[str, Any]


def _steps(standing: str) -> Sequence[str]:
    """The steps from a draft to where an entry stands."""
    return {
        "draft": (),
        "bureau_review": ("submit",),
        "returned": ("submit", "return"),
        "published": ("submit", "publish"),
        "suspended": ("submit", "publish", "suspend"),
        "withdrawn": ("submit", "publish", "withdraw"),
    }[standing]
