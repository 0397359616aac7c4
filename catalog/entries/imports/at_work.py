"""What an import at work has: the process, who imports, which batch, and who listens."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.queries import unit as unit_of
from auth.queries import unit_index
from catalog.entries.imports.drafts import Owner, RecordDraft
from catalog.entries.imports.identity import owner_mark
from catalog.entries.imports.models import ImportBatch, ImportUnit
from catalog.entries.imports.reading import Options, Reading
from catalog.entries.imports.units import FoundUnit, UnitFinder
from portal.kernel.access import Actor
from portal.kernel.runtime import Runtime
from portal.kernel.text import Text

DRAFTS_AT_ONCE = 100

Item = TypeVar("Item")


class Monitor(Protocol):
    """Hears how far the import is and may stop it between two transactions."""

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None: ...
    def check_cancelled(self) -> None: ...


@dataclass(frozen=True, slots=True)
class AtWork:
    """An import at work; a dry run has no batch."""

    runtime: Runtime
    actor: Actor
    monitor: Monitor
    batch_id: str = ""


def options_of(batch: ImportBatch, scratch: Path | None = None) -> Options:
    """How the file of a batch is to be read."""
    return Options(
        overrides=dict(batch.overrides),
        has_unit=batch.default_unit_id is not None,
        scratch_folder=scratch,
    )


def finder_of(session: Session, batch: ImportBatch) -> UnitFinder:
    """The units of ours, with what people have said of those that the file names."""
    query = select(ImportUnit).where(
        ImportUnit.batch_id == batch.id, ImportUnit.unit_id.is_not(None)
    )
    chosen = {}
    for row in session.scalars(query):
        unit = _found(session, str(row.unit_id))
        chosen[owner_mark(Owner(row.name, row.credit_code, row.region))] = unit
    default = _found(session, batch.default_unit_id) if batch.default_unit_id else None
    return UnitFinder(unit_index(session), batch.region_code, chosen, default)


def _found(session: Session, unit_id: str) -> FoundUnit:
    unit = unit_of(session, unit_id)
    return FoundUnit(unit.id, unit.region_code, unit.name)


def pieces(reading: Reading, first: int = 0) -> Iterator[list[tuple[int, RecordDraft]]]:
    """The drafts with their numbers, as many as one transaction takes."""
    return chunks(enumerate(reading.drafts(first), start=first), DRAFTS_AT_ONCE)


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of so many items; the last may be shorter."""
    iterator = iter(items)
    while piece := list(islice(iterator, size)):
        yield piece
