"""A small city for the tests of the import: units, people, a database, files to import."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Unit, User
from auth.services import add_former_name, create_unit, grant_role
from auth.unit_data import UnitData
from catalog.entries.imports.at_work import AtWork
from catalog.entries.imports.examining import examine
from catalog.entries.imports.jobs import run_batch
from catalog.entries.imports.models import ImportBatch
from catalog.entries.imports.queries import all_problems
from catalog.entries.imports.running import counts_in, run
from catalog.entries.imports.services import BatchOptions, SentFile, new_batch
from catalog.entries.models import Entry, EntryVersion
from portal.kernel import clock
from portal.kernel.access import SYSTEM, Actor
from portal.kernel.db import new_id
from portal.kernel.files import keep, receive
from portal.kernel.jobs import Cancelled
from portal.kernel.runtime import Runtime
from portal.kernel.text import Text
from portal.kernel.uow import unit_of_work

UNITS = (
    ("济南市城市管理局", "370100", "11370100004188946Y"),
    ("济南市教育局", "370100", None),
    ("历下区教育局", "370102", None),
    ("市中区教育局", "370103", None),
    ("济南市公安局", "370100", None),
)


class Silent:
    """A monitor that only counts, and stops the import after so many rows read or drafts done."""

    def __init__(self, stop_after: int | None = None, *, stop_reading: int | None = None) -> None:
        self.read: list[int] = [0]
        self.done: list[int] = []
        self.words: list[str] = []
        self._stop_after, self._stop_reading = stop_after, stop_reading

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None:
        (self.read if total is None else self.done).append(done)
        self.words.append(str(words))

    def check_cancelled(self) -> None:
        if self._stop_after is not None and self.done and self.done[-1] >= self._stop_after:
            raise Cancelled
        if self._stop_reading is not None and self.read[-1] >= self._stop_reading:
            raise Cancelled


@dataclass
class Office:
    """A portal that imports."""

    runtime: Runtime
    folder: Path
    units: dict[str, str] = field(default_factory=dict)

    def person(self, role: str, unit: str = "济南市城市管理局") -> Actor:
        """A person with an account, a role and a unit."""
        from auth.queries import person

        with unit_of_work(self.runtime, SYSTEM) as uow:
            user = User(
                id=new_id(),
                issuer="test",
                subject=new_id(),
                username=f"{role}-{len(self.units)}-{new_id()[:4]}",
                name=f"示例·{role}",
                created_at=clock.now(),
            )
            uow.session.add(user)
            uow.session.flush()
            grant_role(uow, user.id, role=role, unit_id=self.units[unit])
            user_id = user.id
        with self.reading() as session:
            return person(session, user_id)

    def reading(self) -> Any:
        return self.runtime.database.reading()

    def send(self, path: Path, actor: Actor = SYSTEM, **options: Any) -> str:
        """A batch for a file that the portal keeps; returns its id."""
        with path.open("rb") as stream:
            received = receive(self.runtime.settings.file_folder, stream, limit=10**8)
        with unit_of_work(self.runtime, actor) as uow:
            stored = keep(uow, received=received, name=path.name)
            uow.session.flush()
            sent = SentFile(path.name, received.size, stored.id)
            return new_batch(uow, sent, BatchOptions(**{"region_code": "370100", **options})).id

    def at_work(self, batch_id: str, actor: Actor = SYSTEM, monitor: Any = None) -> AtWork:
        return AtWork(self.runtime, actor, monitor or Silent(), batch_id)

    def bring_in(self, path: Path, actor: Actor = SYSTEM, **options: Any) -> ImportBatch:
        """Imports a file at once; the counts must account for every row."""
        batch = run(self.at_work(self.send(path, actor, **options), actor), path)
        counts_in(batch)
        return batch

    def examined(self, path: Path, actor: Actor = SYSTEM, **options: Any) -> tuple[str, Any]:
        batch_id = self.send(path, actor, **options)
        return batch_id, examine(self.at_work(batch_id, actor), path)

    def job(self, batch_id: str, actor: Actor | None = None, **changes: Any) -> Any:
        """Runs the job of a batch as the scheduler would."""
        context = Context(self.runtime, batch_id, actor)
        for name, value in changes.items():
            setattr(context, name, value)
        run_batch(context)
        return context

    def entries(self) -> list[Entry]:
        with self.reading() as session:
            return list(session.scalars(select(Entry).order_by(Entry.title, Entry.created_at)))

    def versions(self, entry_id: str) -> list[EntryVersion]:
        with self.reading() as session:
            query = select(EntryVersion).where(EntryVersion.entry_id == entry_id)
            return list(session.scalars(query.order_by(EntryVersion.number)))

    def problems(self, batch_id: str) -> list[str]:
        return [f"{p.row} {p.reason}" for p in all_problems(self.runtime.database, batch_id)]

    def batch(self, batch_id: str) -> ImportBatch:
        with self.reading() as session:
            return session.get_one(ImportBatch, batch_id)


@dataclass
class Context:
    """What the scheduler gives a job."""

    runtime: Runtime
    batch_id: str
    actor: Actor | None = None
    counts: dict[str, Any] = field(default_factory=dict)
    run_id: str = "run"
    resume_of: str | None = None
    interrupted: bool = False
    stop: bool = False

    @property
    def arguments(self) -> dict[str, Any]:
        return {"batch": self.batch_id}

    @property
    def planned_at(self) -> Any:
        return clock.now()

    @property
    def requested_by(self) -> str | None:
        return self.actor.id if self.actor else None

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None:
        pass

    def check_cancelled(self) -> None:
        if self.stop:
            raise Cancelled


def build(runtime: Runtime, folder: Path) -> Office:
    office = Office(runtime, folder)
    with unit_of_work(runtime, SYSTEM) as uow:
        for name, region, code in UNITS:
            unit: Unit = create_unit(uow, UnitData(name, region, "government", credit_code=code))
            office.units[name] = unit.id
            if name == "济南市城市管理局":
                add_former_name(uow, unit, name="济南市市容局")
    return office


def one(session: Session, query: Any) -> Any:
    return session.scalars(query).one()
