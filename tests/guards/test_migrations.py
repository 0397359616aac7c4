"""The migrations make what the models say, both ways, also where there is data."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    CheckConstraint,
    Column,
    Engine,
    MetaData,
    Table,
    Text,
    func,
    inspect,
    make_url,
    select,
    text,
)

from migrations import run as migrations
from portal import app as portal_app
from portal.kernel.db import Base, Database, new_id
from tests.postgresql import drop_database
from tests.world import settings_in


def differences(engine: Engine, metadata: MetaData = Base.metadata) -> list[object]:
    """What Alembic would have to change for the database to be as the models say."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[object] = compare_metadata(context, metadata)
        return found


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    migrations.upgrade(database.engine)
    yield database
    database.close()


@pytest.fixture
def postgresql() -> Iterator[Database]:
    """A database of its own on the server of the suite."""
    server = make_url(os.environ["TEST_DATABASE_URL"]).set(drivername="postgresql+psycopg")
    name = f"migrations_test_{new_id()[:8]}"
    maker = Database(server.render_as_string(hide_password=False))
    admin = maker.engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = Database(server.set(database=name).render_as_string(hide_password=False))
    migrations.upgrade(database.engine)
    yield database
    database.close()
    with admin.connect() as connection:
        drop_database(connection, name)
    maker.close()


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    assert differences(database.engine) == []


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_a_forgotten_migration_is_seen(database: Database) -> None:
    metadata = MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(metadata)
    metadata.tables["unit"].append_column(Column("planted", Text))
    Table("planted_table", metadata, Column("id", Text, primary_key=True))
    assert len(differences(database.engine, metadata)) == 2


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_the_checks_of_the_database_are_those_of_the_workflows(database: Database) -> None:
    portal_app.load_translations()
    workflows = {w.subject_kind: w for f in portal_app.FEATURES for w in f.workflows}
    assert len(workflows) >= 3
    checks = inspect(database.engine)
    for kind, workflow in workflows.items():
        found = [
            check["sqltext"]
            for check in checks.get_check_constraints(kind)
            if check["name"] == f"ck_{kind}_{workflow.attribute}"
        ]
        assert len(found) == 1, f"no check of {kind}.{workflow.attribute}: a migration is missing"
        assert set(re.findall(r"'([a-z_]+)'", found[0])) == {s.key for s in workflow.states}


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_every_check_of_the_models_is_in_the_database(database: Database) -> None:
    """Alembic does not compare checks, so their names are compared here."""
    checks = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        names = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        held = {str(check["name"]) for check in checks.get_check_constraints(table.name)}
        assert names <= held, table.name


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_an_empty_database_goes_up_down_and_up(database: Database) -> None:
    migrations.downgrade(database.engine, to="base")
    left = set(inspect(database.engine).get_table_names()) - {"alembic_version"}
    assert left == set()
    migrations.upgrade(database.engine)
    assert differences(database.engine) == []


def test_a_filled_database_goes_up_down_and_up(sample_folder: Path, tmp_path: Path) -> None:
    """Step by step, so that every migration meets rows; what stays keeps its rows."""
    shutil.copytree(sample_folder, tmp_path / "data")
    database = Database(settings_in(tmp_path / "data").database)
    before = _counts(database)
    assert before["entry"] > 300
    with database.engine.connect() as connection:
        newest = migrations.current(connection)
    assert newest == migrations.newest()
    migrations.downgrade(database.engine, to="-1")
    migrations.upgrade(database.engine)
    after = _counts(database)
    assert after.keys() == before.keys()
    migrations.downgrade(database.engine, to="base")
    migrations.upgrade(database.engine)
    assert differences(database.engine) == []
    assert set(_counts(database).values()) == {0}
    database.close()


def _counts(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }
