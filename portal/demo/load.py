"""Loads the sample data into an empty portal: units, people, categories, entries."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from auth import queries as auth_queries
from auth.oidc import LOCAL_ISSUER
from auth.services import Identity, add_former_name, close_unit, create_unit, enrol, grant_role
from auth.unit_data import UnitData
from catalog.departments.rules import Appointment
from catalog.departments.services import record_representative
from catalog.entries.services.categories import add_node
from catalog.entries.services.review import move_entry, move_version
from catalog.entries.services.writing import create_entry
from portal.demo import reader
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.runtime import Runtime
from portal.kernel.text import ENGLISH, language
from portal.kernel.uow import UnitOfWork, unit_of_work

BATCH = 25
EVERYBODY = "public"  # nobody needs to be granted it


def load_sample(runtime: Runtime) -> dict[str, int]:
    """Fills an empty portal; empty when there is something in it already, which stays as it is."""
    with runtime.database.reading() as session:
        if auth_queries.units(session):
            return {}
    with unit_of_work(runtime, SYSTEM) as uow:
        units = _units(uow)
        _categories(uow, reader.categories(), parent=None)
        _people(uow)
    loaded = 0
    codes: dict[str, str] = {}
    entries = iter(reader.entries())
    while batch := list(islice(entries, BATCH)):
        with unit_of_work(runtime, SYSTEM) as uow:
            for sample in batch:
                codes[sample.key] = _entry(uow, sample, units[sample.unit], codes)
        loaded += len(batch)
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


def _entry(
    uow: UnitOfWork, sample: reader.SampleEntry, unit: reader.SampleUnit, codes: dict[str, str]
) -> str:
    document = sample.document(clock.today())
    related = [codes[key] for key in sample.related if codes.get(key)]
    if related:
        document["related"] = related
    entry = create_entry(uow, unit_id=unit.id, region_code=unit.region_code, document=document)
    uow.session.flush()  # the review looks the rows up again
    version_id = str(entry.open_version_id)
    for step in _steps(sample.standing):
        if step in ("submit", "publish", "return"):
            move_version(uow, version_id=version_id, key=step, comment=sample.reason)
        else:
            move_entry(uow, entry_id=entry.id, key=step, comment=sample.reason)
    return entry.code or ""


def _steps(standing: str) -> Iterator[str]:
    if standing == "draft":
        return
    yield "submit"
    if standing == "bureau_review":
        return
    if standing == "returned":
        yield "return"
        return
    yield "publish"
    if standing in ("suspended", "withdrawn"):
        yield "suspend" if standing == "suspended" else "withdraw"
