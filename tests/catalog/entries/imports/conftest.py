"""An office that imports, on either database."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from auth.feature import FEATURE as AUTH
from catalog.departments.feature import FEATURE as DEPARTMENTS
from catalog.entries.feature import FEATURE as ENTRIES
from catalog.entries.imports.feature import FEATURE as IMPORTS
from portal.kernel.db import Base, Database, new_id
from portal.kernel.outbox import wire
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.pages.feature import FEATURE as PAGES
from portal.web import shell
from portal.web.access import refuse_undeclared
from search.feature import FEATURE as SEARCH
from tests.catalog.entries.imports.office import Office, build
from tests.catalog.entries.imports.visitors import Store
from tests.postgresql import drop_database

FEATURES = (PAGES, IMPORTS, ENTRIES, DEPARTMENTS, SEARCH, AUTH)


@pytest.fixture(scope="session")
def empty_database_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and nothing in them, made once and copied by tests."""
    path = tmp_path_factory.mktemp("imports") / "portal.sqlite"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def sqlite(empty_database_file: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "portal.sqlite"
    path.write_bytes(empty_database_file.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[tuple[Database, URL, str]]:
    """A database with all tables and nothing in it; each test gets a copy."""
    address = os.environ.get("TEST_DATABASE_URL")
    if not address:
        pytest.skip("TEST_DATABASE_URL is not set")
    server = make_url(address).set(drivername="postgresql+psycopg")
    maker = Database(server.render_as_string(hide_password=False))
    name = "imports_template_" + new_id().replace("-", "")[:12]
    _say(maker, f"CREATE DATABASE {name}")
    database = Database(server.set(database=name).render_as_string(hide_password=False))
    Base.metadata.create_all(database.engine)
    database.close()
    yield maker, server, name
    _drop(maker, name)
    maker.close()


def _say(database: Database, statement: str) -> None:
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(statement))


def _drop(database: Database, name: str) -> None:
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        drop_database(connection, name)


@pytest.fixture
def postgresql(postgresql_template: tuple[Database, URL, str]) -> Iterator[Database]:
    maker, server, template = postgresql_template
    name = "imports_test_" + new_id().replace("-", "")[:12]
    _say(maker, f"CREATE DATABASE {name} TEMPLATE {template}")
    database = Database(server.set(database=name).render_as_string(hide_password=False))
    yield database
    database.close()
    _drop(maker, name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Office:
    """Units of a city and two districts; every test that asks for it runs on both databases."""
    database = request.getfixturevalue(request.param)
    handlers = wire([handler for feature in FEATURES for handler in feature.handlers])
    settings = Settings(data=tmp_path / "data", secret_key="k" * 48)
    return build(Runtime(settings, database, FEATURES, handlers), tmp_path)


@pytest.fixture
def app(office: Office) -> Flask:
    """The pages and the API over the office."""
    store = Store()
    runtime: Runtime = office.runtime
    app = shell.make_app(runtime, store)
    app.extensions["test.store"] = store
    for feature in runtime.features:
        for blueprint in feature.blueprints:
            app.register_blueprint(blueprint)
    refuse_undeclared(app)
    return app
