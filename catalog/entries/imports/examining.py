"""Looks at a file without importing it: mapping, problems, units, and what would become of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, insert

from catalog.entries.imports.at_work import AtWork, finder_of, options_of, pieces
from catalog.entries.imports.drafts import Owner, Problem
from catalog.entries.imports.filing import drop_secret_file, keep_report, unreadable_dropped
from catalog.entries.imports.identity import owner_mark
from catalog.entries.imports.models import (
    CHANGED,
    EXAMINED,
    OF_IMPORT,
    REFUSED,
    UNCHANGED,
    ImportBatch,
    ImportUnit,
)
from catalog.entries.imports.noting import note_columns, note_disagreements, note_reading
from catalog.entries.imports.planning import Decision, Planner
from catalog.entries.imports.problems import forget_problems, keep_problems
from catalog.entries.imports.reading import NoTitle, Reading, read_file
from catalog.entries.imports.report import Counts, Waiting, counts_of
from catalog.entries.imports.units import FoundUnit, NotFoundUnit, UnitFinder
from portal.kernel.db import new_id
from portal.kernel.text import _
from portal.kernel.uow import UnitOfWork, unit_of_work


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an import would do if all units were entered; `waiting`: what hangs on that."""

    counts: Counts
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A unit that a file names, and what we know of it."""

    owner: Owner
    entries: int
    first_row: int
    found: FoundUnit | NotFoundUnit

    @property
    def is_unknown(self) -> bool:
        return isinstance(self.found, NotFoundUnit)


def named_units(reading: Reading, finder: UnitFinder) -> list[NamedUnit]:
    """The units that a file names, in its order."""
    return [
        NamedUnit(owner, entries, row, finder.find(owner))
        for owner, entries, row in reading.owners()
    ]


def waiting_for(units: Sequence[NamedUnit]) -> Waiting:
    """The units of a file that wait for confirmation, with their entries."""
    unknown = [unit.entries for unit in units if unit.is_unknown]
    return Waiting(len(unknown), sum(unknown))


def look_ahead(work: AtWork, reading: Reading, finder: UnitFinder) -> Outlook:
    """What an import of the file would do now; unknown units count as if they were entered.

    What the portal finds of the rows is added to the problems of the reading.
    """
    note_disagreements(reading, finder)
    planner = Planner(work.actor, finder, pending=True)
    outcomes: Counter[str] = Counter()
    told: set[tuple[str, str, str]] = set()
    for drafts in pieces(reading):
        work.monitor.check_cancelled()
        with work.runtime.database.reading() as session:
            decisions = planner.plan(session, drafts)
        outcomes.update(decision.outcome for decision in decisions)
        for problem in _told_once(decisions, told):
            reading.add_problem(problem)
        done, total = decisions[-1].seq + 1, reading.drafts_count
        words = _("已核对 %(done)s 条，共 %(total)s 条", done=f"{done:,}", total=f"{total:,}")
        work.monitor.progress(done, total, words)
    counts = counts_of(
        reading,
        changed=outcomes[CHANGED],
        unchanged=outcomes[UNCHANGED],
        refused=outcomes[REFUSED],
    )
    return Outlook(counts, waiting_for(named_units(reading, finder)))


def _told_once(decisions: list[Decision], told: set[tuple[str, str, str]]) -> Iterator[Problem]:
    """Each refusal, and each unknown unit at its first row."""
    for decision in decisions:
        refused = decision.outcome == REFUSED
        if decision.note is not None:
            yield Problem(decision.draft.row, decision.note)
        mark = owner_mark(decision.draft.owner)
        if decision.reason is None or (mark in told and not refused):
            continue
        if not refused:
            told.add(mark)
        yield Problem(decision.draft.row, decision.reason, refused=refused)


def examine(work: AtWork, path: Path) -> Outlook:
    """Reads the file of a batch and notes what it holds and what would become of it.

    Raises Invalid when it cannot be read; where only the title is not found, its columns are noted.
    """
    with work.runtime.database.reading() as session:
        batch = session.get_one(ImportBatch, work.batch_id)
        finder = finder_of(session, batch, work.actor)
    with ExitStack() as held:
        try:
            with unreadable_dropped(work):
                reading = held.enter_context(read_file(path, options_of(work, batch)))
        except NoTitle as error:
            if error.may_be_kept:
                with unit_of_work(work.runtime, work.actor) as uow:
                    note_columns(uow.lock(ImportBatch, work.batch_id), error.mappings)
            raise
        return _looked_at(work, path, reading, finder)


def _looked_at(work: AtWork, path: Path, reading: Reading, finder: UnitFinder) -> Outlook:
    outlook = look_ahead(work, reading, finder)
    forget_problems(work, OF_IMPORT)
    keep_problems(work, reading)
    with unit_of_work(work.runtime, work.actor) as uow:
        held = uow.lock(ImportBatch, work.batch_id)
        note_reading(held, reading)
        held.found = {**held.found, "expected": outlook.counts.as_dict()}
        keep_units(uow, held, named_units(reading, finder))
        held.stage = EXAMINED
    if reading.secret_rows():  # the rest comes back without them, to be sent again
        keep_report(work, path, reading)
        drop_secret_file(work, reading)
    return outlook


def keep_units(uow: UnitOfWork, batch: ImportBatch, units: list[NamedUnit]) -> None:
    """The units that the file names, with what is known of each."""
    uow.session.execute(delete(ImportUnit).where(ImportUnit.batch_id == batch.id))
    rows = [
        {
            "id": new_id(),
            "batch_id": batch.id,
            "position": position,
            "name": unit.owner.name,
            "other_name": next(iter(unit.owner.aliases), ""),
            "credit_code": unit.owner.credit_code,
            "region": unit.owner.region,
            "region_code": unit.found.region_code,
            "entries": unit.entries,
            "first_row": unit.first_row,
            "unit_id": unit.found.unit_id if isinstance(unit.found, FoundUnit) else None,
            "reason": unit.found.reason if isinstance(unit.found, NotFoundUnit) else None,
        }
        for position, unit in enumerate(units)
    ]
    if rows:
        uow.session.execute(insert(ImportUnit), rows)
