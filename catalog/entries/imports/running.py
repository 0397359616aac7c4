"""An import at work: reads the file, decides, writes in short transactions, goes on after a break."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from auth.queries import unit as unit_of
from auth.queries import unit_index
from catalog.entries.imports.applying import apply
from catalog.entries.imports.drafts import Owner, Problem, RecordDraft
from catalog.entries.imports.identity import owner_mark
from catalog.entries.imports.models import (
    DONE,
    EXAMINED,
    IMPORTING,
    OF_FILE,
    REFUSED,
    ImportBatch,
    ImportLink,
    ImportProblem,
    ImportRow,
    ImportUnit,
)
from catalog.entries.imports.planning import Decision, Planner
from catalog.entries.imports.reading import Options, Reading, read_file
from catalog.entries.imports.report import Counts, as_json, counts_of
from catalog.entries.imports.units import FoundUnit, NotFoundUnit, UnitFinder
from catalog.entries.models import EntryVersion
from catalog.entries.services.review import move_version
from portal.kernel import clock
from portal.kernel.access import SYSTEM, Actor
from portal.kernel.db import new_id
from portal.kernel.errors import Conflict, PortalError
from portal.kernel.runtime import Runtime
from portal.kernel.text import Text
from portal.kernel.uow import UnitOfWork, unit_of_work

DRAFTS_AT_ONCE = 100
PROBLEMS_AT_ONCE = 500
PUBLISHED_AT_ONCE = 10
_TRIES = 3
_MOST_VALUES_KEPT = 60

Item = TypeVar("Item")


class Monitor(Protocol):
    """Hears how far the import is and may stop it between two transactions."""

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None: ...
    def check_cancelled(self) -> None: ...


@dataclass(slots=True)
class _Owners:
    """The units that a file names: in the order of the file, with how many entries each has."""

    known: dict[tuple[str, str, str], list[Any]] = field(default_factory=dict)

    def note(self, draft: RecordDraft, found: FoundUnit | NotFoundUnit) -> None:
        mark = owner_mark(draft.owner)
        if mark not in self.known:
            self.known[mark] = [draft.owner, found, 0, draft.row]
        self.known[mark][2] += 1


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an import would do, found out without writing an entry."""

    counts: Counts
    problems: tuple[Problem, ...]
    unknown: tuple[tuple[Owner, NotFoundUnit, int], ...]
    report: dict[str, Any]


def options_of(batch: ImportBatch, scratch: Path | None = None) -> Options:
    """How the file of a batch is to be read."""
    return Options(
        overrides=dict(batch.overrides),
        has_unit=batch.default_unit_id is not None,
        scratch_folder=scratch,
    )


def finder_of(session: Session, batch: ImportBatch) -> UnitFinder:
    """The units of ours, with what people have said of those that the file names."""
    rows = session.scalars(
        select(ImportUnit).where(ImportUnit.batch_id == batch.id, ImportUnit.unit_id.is_not(None))
    )
    index = unit_index(session)
    chosen = {}
    for row in rows:
        owner = Owner(row.name, row.credit_code, row.region)
        unit = unit_of(session, str(row.unit_id))
        chosen[owner_mark(owner)] = FoundUnit(unit.id, unit.region_code, unit.name)
    default = None
    if batch.default_unit_id is not None:
        unit = unit_of(session, batch.default_unit_id)
        default = FoundUnit(unit.id, unit.region_code, unit.name)
    return UnitFinder(index, batch.region_code, chosen, default)


def look_ahead(
    runtime: Runtime, actor: Actor, reading: Reading, finder: UnitFinder, monitor: Monitor
) -> tuple[Outlook, _Owners]:
    """What an import of the file would do now; unknown units count as if they were confirmed."""
    planner = Planner(actor, finder, pending=True)
    owners = _Owners()
    outcomes: dict[str, int] = {}
    problems: list[Problem] = []
    told: set[tuple[str, str, str]] = set()
    for drafts in _pieces(reading):
        monitor.check_cancelled()
        with runtime.database.reading() as session:
            decisions = planner.plan(session, drafts)
        for decision in decisions:
            owners.note(decision.draft, finder.find(decision.draft.owner))
            outcomes[decision.outcome] = outcomes.get(decision.outcome, 0) + 1
            mark = owner_mark(decision.draft.owner)
            if decision.reason is not None and (decision.outcome == REFUSED or mark not in told):
                refused = decision.outcome == REFUSED
                problems.append(Problem(decision.draft.row, decision.reason, refused=refused))
                told.update(() if refused else (mark,))
        monitor.progress(decisions[-1].seq + 1, reading.drafts_count)
    counts = counts_of(
        reading,
        changed=outcomes.get("changed", 0),
        unchanged=outcomes.get("unchanged", 0),
        refused=outcomes.get("refused", 0),
    )
    unknown = tuple(
        (owner, found, number)
        for owner, found, number, _row in owners.known.values()
        if isinstance(found, NotFoundUnit)
    )
    return Outlook(counts, tuple(problems), unknown, as_json(reading, counts, problems)), owners


def examine(runtime: Runtime, actor: Actor, batch_id: str, path: Path, monitor: Monitor) -> Outlook:
    """Reads the file of a batch: mapping, problems, units and what would become of it."""
    with runtime.database.reading() as session:
        batch = session.get_one(ImportBatch, batch_id)
        finder = finder_of(session, batch)
    with read_file(path, options_of(batch)) as reading:
        outlook, owners = look_ahead(runtime, actor, reading, finder, monitor)
        _keep_problems(runtime, batch_id, reading, monitor)
        with unit_of_work(runtime, actor) as uow:
            held = uow.lock(ImportBatch, batch_id)
            _note_reading(held, reading, outlook)
            _keep_units(uow, held, owners)
            held.stage = EXAMINED
    return outlook


def run(runtime: Runtime, actor: Actor, batch_id: str, path: Path, monitor: Monitor) -> ImportBatch:
    """Imports the file of a batch from where it stands; a broken run is gone on with."""
    with runtime.database.reading() as session:
        batch = session.get_one(ImportBatch, batch_id)
        planner = Planner(actor, finder_of(session, batch), batch_id)
    with read_file(path, options_of(batch)) as reading:
        first = batch.next_seq
        if first == 0:
            _begin(runtime, actor, batch_id, reading, monitor)
        monitor.progress(first, reading.drafts_count)
        for drafts in _pieces(reading, first):
            monitor.check_cancelled()
            decisions = _import(runtime, actor, planner, drafts)
            monitor.progress(decisions[-1].seq + 1, reading.drafts_count)
        if batch.publish:
            publish(runtime, actor, batch_id, monitor)
        return _finish(runtime, actor, batch_id)


def _begin(
    runtime: Runtime, actor: Actor, batch_id: str, reading: Reading, monitor: Monitor
) -> None:
    _keep_problems(runtime, batch_id, reading, monitor)
    with unit_of_work(runtime, actor) as uow:
        batch = uow.lock(ImportBatch, batch_id)
        _note_reading(batch, reading, None)
        batch.stage = IMPORTING


def _import(
    runtime: Runtime, actor: Actor, planner: Planner, drafts: Sequence[tuple[int, RecordDraft]]
) -> list[Decision]:
    """Decides outside the transaction and writes inside; decides anew when somebody was faster."""
    for attempt in range(_TRIES):
        with runtime.database.reading() as session:
            decisions = planner.plan(session, drafts)
        try:
            with unit_of_work(runtime, actor) as uow:
                apply(uow, uow.lock(ImportBatch, planner.batch_id), decisions)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
        else:
            return decisions
    raise AssertionError("the loop returns or raises")


def _pieces(reading: Reading, first: int = 0) -> Iterator[list[tuple[int, RecordDraft]]]:
    return _chunks(enumerate(reading.drafts(first), start=first), DRAFTS_AT_ONCE)


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while piece := list(islice(iterator, size)):
        yield piece


def _note_reading(batch: ImportBatch, reading: Reading, outlook: Outlook | None) -> None:
    batch.read_count, batch.draft_count = reading.read, reading.drafts_count
    batch.merged_count, batch.refused_count = reading.merged, reading.refused
    batch.columns = list(reading.source.names())
    batch.found = {
        "columns": [
            {"source": m.source, "field": m.field, "confidence": m.confidence}
            for m in reading.mappings
        ],
        "values": {
            name: dict(list(values.items())[:_MOST_VALUES_KEPT])
            for name, values in reading.values.items()
        },
        "notes": [[note.message, dict(note.values)] for note in reading.notes],
        "kind": reading.source.kind,
        "encoding": reading.source.encoding,
        "expected": outlook.counts.as_dict() if outlook else batch.found.get("expected"),
    }


def _keep_problems(runtime: Runtime, batch_id: str, reading: Reading, monitor: Monitor) -> None:
    """The problems of the file itself, written anew; those of earlier readings fall away."""
    with unit_of_work(runtime, SYSTEM) as uow:
        uow.session.execute(
            delete(ImportProblem).where(
                ImportProblem.batch_id == batch_id, ImportProblem.origin == OF_FILE
            )
        )
    count = 0
    for piece in _chunks(reading.problems(), PROBLEMS_AT_ONCE):
        monitor.check_cancelled()
        with unit_of_work(runtime, SYSTEM) as uow:
            uow.session.execute(insert(ImportProblem), [_problem_row(batch_id, p) for p in piece])
        count += len(piece)
    with unit_of_work(runtime, SYSTEM) as uow:
        uow.lock(ImportBatch, batch_id).problem_count = count


def _problem_row(batch_id: str, problem: Problem) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "origin": OF_FILE,
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "reason": problem.reason,
        "refused": problem.refused,
        "secret": problem.secret,
    }


def _keep_units(uow: UnitOfWork, batch: ImportBatch, owners: _Owners) -> None:
    uow.session.execute(delete(ImportUnit).where(ImportUnit.batch_id == batch.id))
    rows = []
    for position, (owner, found, number, first_row) in enumerate(owners.known.values()):
        unknown = isinstance(found, NotFoundUnit)
        rows.append(
            {
                "id": new_id(),
                "batch_id": batch.id,
                "position": position,
                "name": owner.name,
                "credit_code": owner.credit_code,
                "region": owner.region,
                "region_code": found.region_code,
                "entries": number,
                "first_row": first_row,
                "unit_id": None if unknown else found.unit_id,
                "reason": found.reason if unknown else None,
            }
        )
    if rows:
        uow.session.execute(insert(ImportUnit), rows)


def publish(runtime: Runtime, actor: Actor, batch_id: str, monitor: Monitor) -> int:
    """Submits and publishes the drafts of a batch through the workflow; returns how many went.

    What the rules forbid stays a draft, with its reason among the problems.
    """
    done, after = 0, ""
    while True:
        monitor.check_cancelled()
        with runtime.database.reading() as session:
            query = (
                select(EntryVersion.id)
                .where(EntryVersion.batch_id == batch_id, EntryVersion.status == "draft")
                .where(EntryVersion.id > after)
                .order_by(EntryVersion.id)
                .limit(PUBLISHED_AT_ONCE)
            )
            ids = list(session.scalars(query))
        if not ids:
            return done
        done += _publish_some(runtime, actor, batch_id, ids)
        after = ids[-1]
        monitor.progress(done)


def _publish_some(runtime: Runtime, actor: Actor, batch_id: str, ids: Sequence[str]) -> int:
    """Together if they all may go, else one by one."""
    try:
        with unit_of_work(runtime, actor) as uow:
            for version_id in ids:
                _publish_one(uow, version_id)
            uow.lock(ImportBatch, batch_id).published_count += len(ids)
    except PortalError as error:
        if len(ids) > 1:
            return sum(_publish_some(runtime, actor, batch_id, [one]) for one in ids)
        _note_unpublished(runtime, batch_id, ids[0], error.message)
        return 0
    return len(ids)


def _publish_one(uow: UnitOfWork, version_id: str) -> None:
    move_version(uow, version_id=version_id, key="submit", bulk=True)
    move_version(uow, version_id=version_id, key="publish", bulk=True)


def _note_unpublished(runtime: Runtime, batch_id: str, version_id: str, reason: Text) -> None:
    with unit_of_work(runtime, SYSTEM) as uow:
        query = (
            select(ImportRow.row)
            .join(EntryVersion, EntryVersion.entry_id == ImportRow.entry_id)
            .where(ImportRow.batch_id == batch_id, EntryVersion.id == version_id)
        )
        row = uow.session.scalar(query.limit(1)) or 0
        values = _problem_row(batch_id, Problem(row, reason)) | {"origin": "import"}
        uow.session.execute(insert(ImportProblem), [values])
        uow.lock(ImportBatch, batch_id).problem_count += 1


def _finish(runtime: Runtime, actor: Actor, batch_id: str) -> ImportBatch:
    with unit_of_work(runtime, actor) as uow:
        batch = uow.lock(ImportBatch, batch_id)
        batch.missing_count = missing_count(uow.session, batch_id)
        batch.stage, batch.finished_at = DONE, clock.now()
        uow.audit("import.done", "import_batch", batch_id, counts_in(batch).as_dict())
        return batch


def counts_in(batch: ImportBatch) -> Counts:
    """The counts of a batch that is done; they account for every row."""
    return Counts(
        read=batch.read_count,
        new=batch.new_count,
        changed=batch.changed_count,
        unchanged=batch.unchanged_count,
        merged=batch.merged_count,
        refused=batch.refused_count,
    )


def missing_entries(batch_id: str) -> Any:
    """Entries of the units in this file that earlier files had and this one has not."""
    units = select(ImportRow.unit_id).where(
        ImportRow.batch_id == batch_id, ImportRow.unit_id.is_not(None)
    )
    here = select(ImportRow.seq).where(
        ImportRow.batch_id == batch_id, ImportRow.entry_id == ImportLink.entry_id
    )
    return (
        select(ImportLink.entry_id).where(ImportLink.unit_id.in_(units), ~here.exists()).distinct()
    )


def missing_count(session: Session, batch_id: str) -> int:
    """How many entries the file no longer has; they are reported, never withdrawn."""
    query = select(func.count()).select_from(missing_entries(batch_id).subquery())
    return session.scalar(query) or 0
