"""Enters units that only a file names, some at a time, so that nobody else waits for long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.permissions import UNITS_REGISTER
from auth.queries import UnitIndex, unit_index
from auth.queries import units as all_units
from auth.services import create_unit
from auth.unit_data import UnitData
from catalog.entries.imports.at_work import chunks
from catalog.entries.imports.ending import SUBJECT
from catalog.entries.imports.models import ImportBatch, ImportUnit
from catalog.entries.imports.planning import Owned
from catalog.entries.imports.queries import batch_view
from catalog.entries.imports.regions import zone_code
from catalog.entries.imports.services import held_batch, named_units
from catalog.entries.imports.units import full_and_short
from portal.kernel.access import Actor
from portal.kernel.errors import Conflict, Refused
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from portal.kernel.uow import UnitOfWork, unit_of_work

ENTERED_AT_ONCE = 20
_UNIT_KIND = "government"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A named unit of a file, and the unit of ours that it is to become."""

    row_id: str
    data: UnitData


def enter_units(
    runtime: Runtime, actor: Actor, batch_id: str, import_unit_ids: Sequence[str] = ()
) -> int:
    """Enters the named units that we do not have as new ones; all of them where none is named.

    Returns how many are new. Each few are kept at once, units and what the file's names mean
    together: after a break the rest is entered by calling again. A functional zone that only the
    file names gets a local code. Left out are those whose region belongs to another city, and
    those without a name. Raises NotFound for a batch or named units that are not there, and
    Refused, before anything is written, for who may not manage units of one of the regions.
    """
    with runtime.database.reading() as session:
        wanted = list(_wanted(session, actor, batch_id, import_unit_ids))
    for region in {one.data.region_code for one in wanted}:
        if not actor.may(UNITS_REGISTER, Owned(None, region)):
            raise Refused(_("您没有新建单位的权限。请联系系统管理员。"))
    return sum(_enter(runtime, actor, batch_id, some) for some in chunks(wanted, ENTERED_AT_ONCE))


def _wanted(session: Session, actor: Actor, batch_id: str, ids: Sequence[str]) -> Iterator[_Wanted]:
    batch = batch_view(session, actor, batch_id).batch
    used = {unit.region_code for unit in all_units(session, closed=True)}
    zones = _zones(session, batch)
    for row in named_units(session, batch, ids):
        if row.unit_id is not None or not row.name:
            continue
        code = row.region_code or zones.get(row.region)
        if code is None:
            code = zone_code(row.region, batch.region_code, frozenset(used))
        if code is None:
            continue
        if row.region:
            zones[row.region] = code
        used.add(code)
        full, short = full_and_short(row.name, row.other_name)
        data = UnitData(
            full, code, _UNIT_KIND, short_name=short, credit_code=row.credit_code or None
        )
        yield _Wanted(row.id, data)


def _zones(session: Session, batch: ImportBatch) -> dict[str, str]:
    """The codes of regions that units of the file have got already, before a break."""
    query = select(ImportUnit.region, ImportUnit.region_code).where(
        ImportUnit.batch_id == batch.id,
        ImportUnit.region != "",
        ImportUnit.region_code.is_not(None),
    )
    return {region: str(code) for region, code in session.execute(query)}


def _enter(runtime: Runtime, actor: Actor, batch_id: str, wanted: Sequence[_Wanted]) -> int:
    """One transaction; looks again when somebody else has entered one of them meanwhile."""
    for attempt in range(_TRIES):
        with runtime.database.reading() as session:
            index = unit_index(session)
        try:
            with unit_of_work(runtime, actor) as uow:
                return _written(uow, batch_id, wanted, index=index)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _written(uow: UnitOfWork, batch_id: str, wanted: Sequence[_Wanted], *, index: UnitIndex) -> int:
    batch = held_batch(uow.session, uow.actor, batch_id)
    rows = {row.id: row for row in named_units(uow.session, batch, [w.row_id for w in wanted])}
    made: dict[tuple[str, str], str] = {}
    entered = 0
    for one in wanted:
        row, data = rows[one.row_id], one.data
        if row.unit_id is not None:
            continue  # said by somebody else meanwhile
        place, code = (data.region_code, data.name), ("", data.credit_code or "")
        unit_id = made.get(place) or made.get(code) or _known(index, data)
        if unit_id is None:
            unit_id, entered = create_unit(uow, data).id, entered + 1
        made[place] = unit_id
        if data.credit_code:
            made[code] = unit_id
        row.unit_id, row.region_code, row.reason = unit_id, data.region_code, None
    uow.audit("import.units", SUBJECT, batch.id, {"entered": entered})
    return entered


def _known(index: UnitIndex, data: UnitData) -> str | None:
    """The unit that bears the credit code, else the name in the region."""
    found = index.find(credit_code=data.credit_code, name=data.name, region_code=data.region_code)
    living = [named.unit.id for named in found if not named.unit.is_closed]
    return living[0] if len(living) == 1 else None
