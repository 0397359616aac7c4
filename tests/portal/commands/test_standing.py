"""Whether the database belongs to this code: told before anything is started on it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from migrations import run as migrations
from portal.commands import standing
from portal.commands.setting_up import migrate
from portal.kernel.db import Database
from portal.kernel.errors import Unavailable
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """On an empty folder."""
    settings = replace(Settings(), data=tmp_path)
    database = Database(settings.database)
    yield Runtime(settings, database, (), {})
    database.close()


def stand_at(runtime: Runtime, revision: str) -> None:
    with runtime.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
        session.commit()


def test_the_newest_revision_is_what_alembic_says() -> None:
    assert standing.newest() == migrations.newest()


def test_without_a_database_it_names_the_command_and_makes_no_file(runtime: Runtime) -> None:
    with pytest.raises(Unavailable, match="portal init"):
        standing.refuse_unready(runtime)
    assert list(runtime.settings.data.iterdir()) == []


def test_an_empty_database_is_none(runtime: Runtime) -> None:
    with runtime.database.reading() as session:
        session.execute(text("SELECT 1"))
    with pytest.raises(Unavailable, match="portal init"):
        standing.refuse_unready(runtime)


def test_one_of_this_release_is_taken(runtime: Runtime) -> None:
    migrate(runtime)
    standing.refuse_unready(runtime)


def test_an_older_one_names_the_upgrade(runtime: Runtime) -> None:
    migrate(runtime)
    stand_at(runtime, "0001")
    with pytest.raises(Unavailable, match=r"0001.*portal upgrade"):
        standing.refuse_unready(runtime)


def test_a_newer_one_is_left_alone_by_upgrade_too(runtime: Runtime) -> None:
    migrate(runtime)
    stand_at(runtime, "9999")
    for attempt in (standing.refuse_unready, migrate):
        with pytest.raises(Unavailable, match="9999 比程序"):
            attempt(runtime)
    assert standing.current(runtime) == "9999"
