"""A database with the kernel's tables, on both engines, and a runtime around it."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Table, text
from sqlalchemy.engine import make_url

from portal.kernel import calendar, files, jobs, messages, tasks, transitions
from portal.kernel.audit import AuditRow
from portal.kernel.db import Base, Database, new_id
from portal.kernel.feature import Feature
from portal.kernel.outbox import Handler, OutboxRow, wire
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.kernel.text import _
from tests.portal.kernel.notes import NoteBase
from tests.postgresql import drop_database

MODELS: tuple[type[Base], ...] = (
    AuditRow,
    OutboxRow,
    calendar.CalendarDay,
    calendar.CalendarYear,
    files.StoredFile,
    jobs.JobRun,
    messages.Message,
    messages.MessageRead,
    tasks.Task,
    transitions.TransitionRow,
)
PREFIX = "kernel_test_"
MakeRuntime = Callable[..., Runtime]


def _tables() -> list[Table]:
    return [model.__table__ for model in MODELS]


def _sorted_tables() -> list[Table]:
    return [table for table in Base.metadata.sorted_tables if table in _tables()]


def create_tables(database: Database) -> None:
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection, tables=_tables())
        NoteBase.metadata.create_all(connection)


@pytest.fixture(scope="session")
def kernel_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "kernel.sqlite"
    database = Database(f"sqlite:///{path}")
    create_tables(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.close()
    return path


@pytest.fixture(scope="session")
def kernel_postgresql() -> Iterator[str]:
    if "TEST_DATABASE_URL" not in os.environ:
        pytest.skip("TEST_DATABASE_URL is not set")
    server = make_url(os.environ["TEST_DATABASE_URL"]).set(drivername="postgresql+psycopg")
    name = PREFIX + new_id().replace("-", "")[:12]
    maker = Database(server.render_as_string(hide_password=False))
    admin = maker.engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.set(database=name).render_as_string(hide_password=False)
    database = Database(url)
    create_tables(database)
    database.close()
    yield url
    with admin.connect() as connection:
        drop_database(connection, name)
    maker.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def kernel_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of the kernel; every test that asks for it runs on both engines."""
    if request.param == "sqlite":
        path = tmp_path / "portal.sqlite"
        shutil.copy(request.getfixturevalue("kernel_template"), path)
        database = Database(f"sqlite:///{path}")
    else:
        database = Database(request.getfixturevalue("kernel_postgresql"))
    yield database
    if not database.is_sqlite:
        with database.engine.begin() as connection:
            for table in (*NoteBase.metadata.sorted_tables, *reversed(_sorted_tables())):
                connection.execute(table.delete())
    database.close()


@pytest.fixture
def make_runtime(kernel_database: Database, tmp_path: Path) -> MakeRuntime:
    """Makes a runtime of the parts of one feature, such as jobs or handlers."""

    def make(
        *, handlers: tuple[Handler, ...] = (), search_url: str = "", **parts: object
    ) -> Runtime:
        settings = replace(Settings(), data=tmp_path, search_url=search_url)
        feature = Feature("sample", _("示例"), "tests", handlers=handlers, **parts)
        return Runtime(settings, kernel_database, (feature,), wire(handlers))

    return make


@pytest.fixture
def sqlite_runtime(kernel_template: Path, tmp_path: Path) -> Iterator[Runtime]:
    """For long tables of cases whose rule does not depend on the engine."""
    path = tmp_path / "portal.sqlite"
    shutil.copy(kernel_template, path)
    database = Database(f"sqlite:///{path}")
    yield Runtime(replace(Settings(), data=tmp_path), database, (), {})
    database.close()
