"""A runtime with the search feature over the small feature of `records`."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Table

from portal.kernel.access import SYSTEM
from portal.kernel.audit import AuditRow
from portal.kernel.db import Base, Database
from portal.kernel.delivery import Courier
from portal.kernel.outbox import OutboxRow, wire
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.kernel.uow import UnitOfWork, unit_of_work
from search.feature import FEATURE
from search.parts import Search
from tests.search.records import RECORDS, RecordBase

Change = Callable[[Callable[[UnitOfWork], None]], None]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "portal.sqlite"
    database = Database(f"sqlite:///{path}")
    tables: list[Table] = [OutboxRow.__table__, AuditRow.__table__]  # type: ignore[list-item]
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection, tables=tables)
        RecordBase.metadata.create_all(connection)
    database.close()
    return path


@pytest.fixture
def runtime(template: Path, tmp_path: Path) -> Iterator[Runtime]:
    for name in (template.name, f"{template.name}-wal"):
        if (template.parent / name).exists():
            shutil.copy(template.parent / name, tmp_path / name)
    database = Database(f"sqlite:///{tmp_path / template.name}")
    features = (RECORDS, FEATURE)
    made = Runtime(
        replace(Settings(), data=tmp_path),
        database,
        features,
        wire([handler for feature in features for handler in feature.handlers]),
    )
    assert FEATURE.on_start is not None
    FEATURE.on_start(made)
    yield made
    made.part(Search).engine.close()
    database.close()


@pytest.fixture
def change(runtime: Runtime) -> Change:
    """Does something in a unit of work of its own; the outbox keeps what follows."""

    def do(work: Callable[[UnitOfWork], None]) -> None:
        with unit_of_work(runtime, SYSTEM) as uow:
            work(uow)

    return do


@pytest.fixture
def deliver(runtime: Runtime) -> Callable[[], str]:
    """Empties the outbox; returns the courier's counts."""

    def run() -> str:
        courier = Courier(runtime)
        while courier.step():
            pass
        return str(courier.counts)

    return run
