"""Generated entries written straight into the database, each as publishing leaves it."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, inspect, select

from auth.models import Unit
from auth.unit_kinds import GOVERNMENT_KINDS
from catalog.entries.models import (
    Category,
    CodeSequence,
    Entry,
    EntryItem,
    EntryResource,
    EntryVersion,
)
from catalog.entries.rules import canonical, fingerprint
from catalog.entries.services.categories import ensure_category
from catalog.entries.services.codes import code_prefix
from catalog.entries.services.writing import show
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import new_id
from portal.kernel.runtime import Runtime
from portal.kernel.transitions import TransitionRow
from portal.kernel.uow import UnitOfWork, unit_of_work
from tests.benchmarks.generator import Generator, Made, Owner

BATCH = 1_000
STEPS = (
    ("entry_version", "entry_version", "submit", "draft", "bureau_review"),
    ("entry_version", "entry_version", "publish", "bureau_review", "published"),
    ("entry", "entry_standing", "appear", "unpublished", "published"),
)


def owners(runtime: Runtime) -> list[Owner]:
    """The living government units, in a fixed order."""
    query = (
        select(Unit.id, Unit.name, Unit.region_code)
        .where(Unit.valid_to.is_(None), Unit.kind.in_(GOVERNMENT_KINDS))
        .order_by(Unit.region_code, Unit.name)
    )
    with runtime.database.reading() as session:
        return [Owner(*row) for row in session.execute(query)]


def fill(runtime: Runtime, number: int) -> int:
    """Adds generated, published entries until there are `number`; returns how many were added."""
    with runtime.database.reading() as session:
        present = session.scalar(select(func.count()).select_from(Entry)) or 0
    made = Generator(owners(runtime), clock.today()).entries(max(0, number - present))
    writer = _Writer()
    for batch in _batches(made):
        with unit_of_work(runtime, SYSTEM) as uow:
            writer.write(uow, batch)
    with unit_of_work(runtime, SYSTEM) as uow:
        writer.keep_numbering(uow)
    with runtime.database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return max(0, number - present)


class _Writer:
    """Remembers categories and code numbers over the batches."""

    def __init__(self) -> None:
        self._categories: dict[tuple[str, ...], Category] = {}
        self._numbers: dict[tuple[str, str], int] = {}

    def write(self, uow: UnitOfWork, batch: list[Made]) -> None:
        rows: dict[Any, list[dict[str, Any]]] = {
            model: [] for model in (Entry, EntryVersion, EntryItem, EntryResource, TransitionRow)
        }
        for number, made in enumerate(batch):
            at = uow.at - timedelta(minutes=number)
            self._add(uow, made, at, rows)
        for model, its_rows in rows.items():
            if its_rows:
                uow.session.execute(insert(model), its_rows)

    def keep_numbering(self, uow: UnitOfWork) -> None:
        """Tells the numbering what was given away."""
        for (region_code, prefix), last in self._numbers.items():
            uow.session.merge(CodeSequence(region_code=region_code, prefix=prefix, last=last))

    def _add(
        self, uow: UnitOfWork, made: Made, at: datetime, rows: dict[Any, list[dict[str, Any]]]
    ) -> None:
        document = made.document
        written = canonical(document)
        category = self._category(uow, tuple(document["category"]))
        entry = Entry(id=new_id(), unit_id=made.owner.id, region_code=made.owner.region_code)
        show(entry, document)
        version_id = new_id()
        entry.code = self._code(uow, entry.region_code, category)
        rows[Entry].append(
            {
                **_values(entry),
                "standing": "published",
                "category_id": category.id if category else None,
                "current_version_id": version_id,
                "last_number": 1,
                "first_published_at": at,
                "metadata_changed_at": at,
                "created_at": at,
                "revision": 1,
            }
        )
        rows[EntryVersion].append(
            {
                "id": version_id,
                "entry_id": entry.id,
                "unit_id": entry.unit_id,
                "region_code": entry.region_code,
                "number": 1,
                "status": "published",
                "document": written,
                "sha256": fingerprint(written),
                "created_at": at,
                "created_by_name": SYSTEM.name,
                "saved_at": at,
                "submitted_at": at,
                "decided_at": at,
                "revision": 1,
            }
        )
        for model, part in ((EntryItem, "items"), (EntryResource, "resources")):
            rows[model] += [
                {"entry_id": entry.id, "position": position, **_part_values(model, part_row)}
                for position, part_row in enumerate(document.get(part, ()))
            ]
        rows[TransitionRow] += _steps(entry.id, version_id, at)

    def _category(self, uow: UnitOfWork, names: tuple[str, ...]) -> Category | None:
        if names not in self._categories:
            made = ensure_category(uow.session, names)
            if made is None:
                return None
            self._categories[names] = made
        return self._categories[names]

    def _code(self, uow: UnitOfWork, region_code: str, category: Category | None) -> str:
        key = (region_code, code_prefix(category))
        if key not in self._numbers:
            kept = uow.session.get(CodeSequence, key)
            self._numbers[key] = kept.last if kept else 0
        self._numbers[key] += 1
        return f"{key[1]}/{self._numbers[key]:06d}"


_PART_COLUMNS = {
    model: [c.name for c in model.__table__.columns if c.name not in ("entry_id", "position")]
    for model in (EntryItem, EntryResource)
}


def _part_values(model: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {column: row.get(column) for column in _PART_COLUMNS[model]}


def _values(entry: Entry) -> dict[str, Any]:
    return {
        attribute.key: attribute.value
        for attribute in inspect(entry).attrs
        if attribute.key not in ("standing", "revision")
    }


def _steps(entry_id: str, version_id: str, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "at": at,
            "workflow": workflow,
            "subject_kind": kind,
            "subject_id": entry_id if kind == "entry" else version_id,
            "transition": key,
            "from_state": start,
            "to_state": end,
            "actor_name": SYSTEM.name,
            "comment": "",
        }
        for kind, workflow, key, start, end in STEPS
    ]


def _batches(made: Iterable[Made]) -> Iterator[list[Made]]:
    remaining = iter(made)
    while batch := list(islice(remaining, BATCH)):
        yield batch
