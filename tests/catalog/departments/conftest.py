"""A small city with units, representatives and entries, and an app with their pages."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from auth.feature import FEATURE as AUTH  # noqa: F401  its tables are referred to
from catalog.entries.models import Entry  # noqa: F401  the same
from portal.kernel.db import Base, Database, new_id
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from tests.catalog.departments.app import FEATURES, Visitors, make_app
from tests.catalog.departments.city import City, build
from tests.postgresql import drop_database


@pytest.fixture(scope="session")
def postgresql_database_url() -> Iterator[str]:
    address = os.environ.get("TEST_DATABASE_URL")
    if not address:
        pytest.skip("TEST_DATABASE_URL is not set")
    server = make_url(address).set(drivername="postgresql+psycopg")
    name = "departments_test_" + new_id().replace("-", "")[:12]
    maker = Database(server.render_as_string(hide_password=False))
    admin = maker.engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.set(database=name).render_as_string(hide_password=False)
    database = Database(url)
    Base.metadata.create_all(database.engine)
    database.close()
    yield url
    with admin.connect() as connection:
        drop_database(connection, name)
    maker.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables, copied for each test: far quicker than making them."""
    path = tmp_path_factory.mktemp("template") / "portal.sqlite"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database; every test that asks for it runs on both engines."""
    if request.param == "sqlite":
        path = tmp_path / "portal.sqlite"
        shutil.copy(request.getfixturevalue("template"), path)
        database = Database(f"sqlite:///{path}")
    else:
        database = Database(request.getfixturevalue("postgresql_database_url"))
    yield database
    if not database.is_sqlite:
        names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        with database.engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    database.close()


@pytest.fixture
def runtime(database: Database, tmp_path: Path) -> Runtime:
    settings = Settings(data=tmp_path, secret_key="k" * 48)
    return Runtime(settings, database, FEATURES, {})


@pytest.fixture
def city(runtime: Runtime) -> City:
    """Units of a city and a district, with people and representatives; no entries yet."""
    return build(runtime)


@pytest.fixture
def visitors(city: City) -> Visitors:
    """Browsers of people of the city."""
    return Visitors(city, make_app(city.runtime))
