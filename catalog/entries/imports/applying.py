"""Writes what was decided on some entries of a file: one short transaction, whole or not at all."""

from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert, update

from catalog.entries.events import ENTRY, EntryChanged
from catalog.entries.imports.models import (
    CHANGED,
    NEW,
    OF_IMPORT,
    REFUSED,
    UNCHANGED,
    ImportBatch,
    ImportLink,
    ImportProblem,
    ImportRow,
)
from catalog.entries.imports.planning import Decision
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.services.codes import reserve_code
from catalog.entries.services.writing import new_version, rewrite, show
from portal.kernel.db import new_id
from portal.kernel.errors import Conflict
from portal.kernel.text import _
from portal.kernel.uow import UnitOfWork
from portal.kernel.upsert import insert_missing


def apply(uow: UnitOfWork, batch: ImportBatch, decisions: Sequence[Decision]) -> None:
    """Writes entries, versions, remembered rows and outcomes, and moves the batch on.

    Raises Conflict when an entry has changed since it was decided on; then nothing is written.
    """
    new = [d for d in decisions if d.outcome == NEW]
    ids = {d.seq: new_id() for d in new}
    _write_new(uow, batch, new, ids)
    for decision in decisions:
        if decision.outcome == CHANGED:
            _write_changed(uow, batch, decision)
    _remember(uow, batch, decisions, ids)
    rows = [_row(batch, d, ids) for d in decisions]
    uow.session.execute(insert(ImportRow.__table__), rows)  # type: ignore[arg-type]
    problems = [_problem(batch, d) for d in decisions if d.reason or d.note]
    if problems:
        uow.session.execute(insert(ImportProblem), problems)
    batch.problem_count += len(problems)
    _move_on(batch, decisions)


def _write_new(
    uow: UnitOfWork, batch: ImportBatch, decisions: Sequence[Decision], ids: dict[int, str]
) -> None:
    """New entries with their first drafts, in as few statements as there are tables."""
    if not decisions:
        return
    entries, versions = [], []
    for decision in decisions:
        entry, version = _new_rows(uow, batch, decision, ids[decision.seq])
        entries.append(entry)
        versions.append(version)
        if decision.code:
            reserve_code(uow.session, region_code=entry["region_code"], code=decision.code)
        uow.emit(EntryChanged(subject_id=entry["id"], bulk=True))
    uow.session.execute(insert(Entry.__table__), entries)  # type: ignore[arg-type]
    uow.session.execute(insert(EntryVersion.__table__), versions)  # type: ignore[arg-type]
    uow.audit("import.created", "import_batch", batch.id, {"entries": [e["id"] for e in entries]})


def _new_rows(
    uow: UnitOfWork, batch: ImportBatch, decision: Decision, entry_id: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    document, unit = decision.document, decision.unit
    if document is None or unit is None:
        raise AssertionError("a new entry has a document and a unit")
    entry: Any = SimpleNamespace(  # a mapped object costs more than the insert itself
        id=entry_id,
        unit_id=unit.unit_id,
        region_code=unit.region_code,
        code=decision.code,
        last_number=0,
        standing="unpublished",
        metadata_changed_at=uow.at,
        batch_id=batch.id,
        created_at=uow.at,
        created_by=uow.actor.id,
        revision=1,
    )
    show(entry, document)
    version = new_version(uow, entry, document, batch_id=batch.id)
    first = {"status": "draft", "revision": 1}
    return _values(Entry, entry), {**_values(EntryVersion, version), **first}


def _values(model: type[Entry] | type[EntryVersion], record: object) -> dict[str, Any]:
    """The columns of a record that is not in a session; what was not set is None."""
    stated = vars(record)
    return {column.name: stated.get(column.name) for column in model.__table__.columns}


def _write_changed(uow: UnitOfWork, batch: ImportBatch, decision: Decision) -> None:
    known, document = decision.known, decision.document
    if known is None or document is None:
        raise AssertionError("a changed entry is known and has a document")
    entry = uow.lock(Entry, known.entry_id)
    seen_id = entry.open_version_id or entry.current_version_id
    version = uow.lock(EntryVersion, str(seen_id))
    if version.id != known.version_id or version.revision != known.version_revision:
        raise Conflict(_("这条目录刚被别人改过，这一批将重新核对。"))
    if version.status == "published":
        version = new_version(uow, entry, document, batch_id=batch.id)
        uow.session.add(version)
    else:
        rewrite(uow, version, document)
        version.batch_id = batch.id
    if entry.standing == "unpublished":
        show(entry, document)
    entry.metadata_changed_at = uow.at
    uow.emit(EntryChanged(subject_id=entry.id, bulk=True))
    uow.audit("entry.imported", ENTRY, entry.id, {"batch": batch.id, "version": version.number})


def _remember(
    uow: UnitOfWork, batch: ImportBatch, decisions: Sequence[Decision], ids: dict[int, str]
) -> None:
    """Keeps which row became which entry, so that a later file finds it again."""
    rows = []
    for decision in decisions:
        entry_id = ids.get(decision.seq) or (decision.known.entry_id if decision.known else None)
        if not entry_id or decision.unit is None or decision.reason is not None:
            continue
        if decision.link is None:
            rows.append(
                {
                    "mark": decision.mark,
                    "unit_id": decision.unit.unit_id,
                    "entry_id": entry_id,
                    "content": decision.content,
                    "batch_id": batch.id,
                }
            )
        elif decision.link != decision.content:
            known = update(ImportLink).where(ImportLink.mark == decision.mark)
            uow.session.execute(known.values(content=decision.content, batch_id=batch.id))
    insert_missing(uow.session, ImportLink, rows, keys=("mark",))


def _row(batch: ImportBatch, decision: Decision, ids: dict[int, str]) -> dict[str, Any]:
    known = decision.known.entry_id if decision.known else None
    return {
        "batch_id": batch.id,
        "seq": decision.seq,
        "row": decision.draft.row,
        "row_count": len(decision.draft.rows),
        "outcome": decision.outcome,
        "title": decision.draft.title,
        "entry_id": ids.get(decision.seq, known),
        "unit_id": decision.unit.unit_id if decision.unit else None,
        "doubles": [str(row) for row in decision.draft.doubles],
        "kept": dict(decision.draft.kept),
    }


def _problem(batch: ImportBatch, decision: Decision) -> dict[str, Any]:
    return {
        "batch_id": batch.id,
        "origin": OF_IMPORT,
        "row": decision.draft.row,
        "column": "",
        "value": "",
        "reason": decision.reason or decision.note,
        "refused": decision.reason is not None,
        "secret": False,
    }


def _move_on(batch: ImportBatch, decisions: Sequence[Decision]) -> None:
    counts = Counter(decision.outcome for decision in decisions)
    batch.new_count += counts[NEW]
    batch.changed_count += counts[CHANGED]
    batch.unchanged_count += counts[UNCHANGED]
    batch.refused_count += counts[REFUSED]
    batch.next_seq = decisions[-1].seq + 1
