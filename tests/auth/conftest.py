"""A database with the tables of `auth`, on both engines, and people in it."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Table, text
from sqlalchemy.engine import make_url

from auth import models, views
from auth.feature import FEATURE, put_in_client
from auth.provider.app import create_provider
from auth.provider.keys import signing_key
from auth.provider.personas import personas_of
from auth.provider.serve import listen
from auth.sessions import SessionStore
from portal.kernel.audit import AuditRow
from portal.kernel.db import Base, Database, new_id
from portal.kernel.outbox import OutboxRow
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.web.shell import make_app
from tests.auth.browser import Browser
from tests.auth.city import City, build
from tests.postgresql import drop_database

MODELS: tuple[type[Base], ...] = (
    AuditRow,
    OutboxRow,
    models.Unit,
    models.UnitName,
    models.User,
    models.RoleAssignment,
    models.WebSession,
    models.UsedSignIn,
)
PREFIX = "auth_test_"


def _tables() -> list[Table]:
    return [model.__table__ for model in MODELS]  # type: ignore[misc]


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    address = os.environ.get("TEST_DATABASE_URL")
    if not address:
        pytest.skip("TEST_DATABASE_URL is not set")
    server = make_url(address).set(drivername="postgresql+psycopg")
    name = PREFIX + new_id().replace("-", "")[:12]
    maker = Database(server.render_as_string(hide_password=False))
    admin = maker.engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.set(database=name).render_as_string(hide_password=False)
    database = Database(url)
    Base.metadata.create_all(database.engine, tables=_tables())
    database.close()
    yield url
    with admin.connect() as connection:
        drop_database(connection, name)
    maker.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables, to be copied: making them anew for each test takes long."""
    path = tmp_path_factory.mktemp("template") / "auth.sqlite"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine, tables=_tables())
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database; every test that asks for it runs on both engines."""
    if request.param == "sqlite":
        path = tmp_path / "portal.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        database = Database(f"sqlite:///{path}")
    else:
        database = Database(request.getfixturevalue("postgresql_url"))
    yield database
    if not database.is_sqlite:
        names = ", ".join(f'"{table.name}"' for table in _tables())
        with database.engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    database.close()


@pytest.fixture(scope="session")
def provider_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a signing key."""
    folder = tmp_path_factory.mktemp("key")
    signing_key(folder)
    return folder / "provider-key.json"


@pytest.fixture
def settings(tmp_path: Path, provider_key: Path) -> Settings:
    """A demo's settings on ports that are free now."""
    shutil.copy(provider_key, tmp_path)  # making one takes long
    port = free_ports()
    return replace(
        Settings(),
        data=tmp_path,
        bind=f"127.0.0.1:{port}",
        secret_key="k" * 48,
        oidc_client_secret="client-secret-of-the-test",
    )


@pytest.fixture
def runtime(database: Database, settings: Settings) -> Runtime:
    runtime = Runtime(settings, database, (FEATURE,), {})
    put_in_client(runtime)
    return runtime


@pytest.fixture
def city(runtime: Runtime) -> City:
    """Two city units, a district with a unit, a firm; and people with roles there."""
    return build(runtime)


def free_ports() -> int:
    """A port that is free together with the next one, where the provider listens."""
    for _attempt in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
    raise RuntimeError("no two free ports in a row")


@pytest.fixture
def provider(city: City) -> Iterator[Flask]:
    """The real provider, serving on loopback in a thread."""
    settings = city.runtime.settings
    app = create_provider(settings, personas_of(city.runtime.database))
    server = listen(app, settings)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["provider"].storage.close()


@pytest.fixture
def portal(city: City) -> Flask:
    app = make_app(city.runtime, SessionStore(city.runtime))
    app.register_blueprint(views.bp)
    return app


@pytest.fixture
def browser(portal: Flask, city: City) -> Browser:
    return Browser(portal, city.runtime.settings)
