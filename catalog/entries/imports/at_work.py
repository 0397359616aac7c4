"""What an import at work has: the process, who imports, which batch, and who listens."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from auth.permissions import UNITS_REGISTER
from auth.queries import Named, unit_index
from auth.queries import unit as unit_of
from catalog.entries.imports.drafts import Owner, RecordDraft
from catalog.entries.imports.identity import owner_mark
from catalog.entries.imports.models import ImportBatch, ImportUnit
from catalog.entries.imports.monitor import Monitor
from catalog.entries.imports.reading import Options, Reading
from catalog.entries.imports.units import FoundUnit, UnitFinder
from catalog.entries.imports.workplace import scratch_folder
from portal.kernel.access import Actor
from portal.kernel.runtime import Runtime

DRAFTS_AT_ONCE = 100
_FEWEST, _STEP, _MOST = 20, 50, 400
_SHORT_SECONDS, _LONG_SECONDS = 0.06, 0.09
_MOST_TOLD = 5000

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class AtWork:
    """An import at work; a dry run has no batch."""

    runtime: Runtime
    actor: Actor
    monitor: Monitor
    batch_id: str = ""


def options_of(work: AtWork, batch: ImportBatch) -> Options:
    """How the file of a batch is to be read."""
    return Options(
        overrides=dict(batch.overrides),
        has_unit=batch.default_unit_id is not None,
        scratch_folder=scratch_folder(work.runtime.settings),
        monitor=work.monitor,
    )


def finder_of(session: Session, batch: ImportBatch, actor: Actor) -> UnitFinder:
    """The units of ours, with what people of the same unit have said of those that files name.

    `actor`: who imports; who may not enter new units is told who may.
    """
    sender: ColumnElement[bool] = ImportBatch.unit_id.is_(None)
    if batch.unit_id is not None:
        sender = ImportBatch.unit_id == batch.unit_id
    told = (
        select(ImportUnit)
        .join(ImportBatch, ImportBatch.id == ImportUnit.batch_id)
        .where(ImportUnit.unit_id.is_not(None), ImportBatch.region_code == batch.region_code)
        .where(or_(ImportBatch.id == batch.id, sender))
        .order_by(ImportBatch.created_at.desc(), ImportUnit.position)
        .limit(_MOST_TOLD)
    )
    index = unit_index(session)
    by_id = {unit.id: unit for named in index.by_name.values() for unit in _units_in(named)}
    chosen: dict[tuple[str, str, str], FoundUnit] = {}
    zones: dict[str, str] = {}
    for row in session.scalars(told):
        unit = by_id.get(str(row.unit_id))
        if unit is not None and not unit.is_closed:
            mark = owner_mark(Owner(row.name, row.credit_code, row.region))
            chosen.setdefault(mark, FoundUnit(unit.id, unit.region_code, unit.name))
        if row.region and row.region_code:
            zones.setdefault(row.region, row.region_code)
    default = _found(session, batch.default_unit_id) if batch.default_unit_id else None
    register = actor.may(UNITS_REGISTER, FoundUnit("", batch.region_code, ""))
    return UnitFinder(index, batch.region_code, chosen, default, zones, may_register=register)


def _units_in(named: Iterable[Named]) -> Iterator[Any]:
    return (one.unit for one in named)


def _found(session: Session, unit_id: str) -> FoundUnit:
    unit = unit_of(session, unit_id)
    return FoundUnit(unit.id, unit.region_code, unit.name)


@dataclass(slots=True)
class Pace:
    """How many drafts one transaction takes: as many as let others wait no longer than agreed.

    Many rows touch hardly more pages of the indexes than few, so that larger transactions are
    cheaper; but who saves something meanwhile waits for their end.
    """

    size: int = DRAFTS_AT_ONCE
    fewest: int = _FEWEST
    _began: float = 0.0

    def begin(self) -> None:
        """The transaction may write from now on; the wait for others before does not count."""
        self._began = time.monotonic()

    def end(self) -> None:
        """The transaction is over; its time sets the size of the next."""
        seconds = time.monotonic() - self._began
        if seconds > _LONG_SECONDS:
            self.size = max(self.fewest, self.size * 2 // 3)
        elif seconds < _SHORT_SECONDS:
            self.size = min(_MOST, self.size + _STEP)


def pieces(
    reading: Reading, first: int = 0, pace: Pace | None = None
) -> Iterator[list[tuple[int, RecordDraft]]]:
    """The drafts with their numbers, as many as one transaction takes."""
    steady = pace or Pace()
    drafts = enumerate(reading.drafts(first), start=first)
    while piece := list(islice(drafts, steady.size)):
        yield piece


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of so many items; the last may be shorter."""
    iterator = iter(items)
    while piece := list(islice(iterator, size)):
        yield piece
