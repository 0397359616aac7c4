"""Upgrade, downgrade and state of a database; no configuration file."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

FOLDER = Path(__file__).resolve().parent


def upgrade(engine: Engine, *, to: str = "head") -> None:
    """Brings a database up to a revision; several processes at once do it once."""
    _with_connection(engine, lambda config: command.upgrade(config, to))


def downgrade(engine: Engine, *, to: str) -> None:
    """Takes a database back to a revision; `base` empties it."""
    _with_connection(engine, lambda config: command.downgrade(config, to))


def current(connection: Connection) -> str | None:
    """The revision that a database stands at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The newest revision that this code brings."""
    return str(ScriptDirectory(str(FOLDER)).get_current_head())


def config(connection: Connection | None = None, metadata: Any = None) -> Config:
    """Alembic's configuration, made in code."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("version_path_separator", "os")
    made.attributes["connection"] = connection
    made.attributes["metadata"] = metadata
    return made


def _with_connection(engine: Engine, work: Any) -> None:
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(writing=True) as connection:
        if sqlite:  # tables are rebuilt; the references are checked afterwards
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        work(config(connection))
        if sqlite:
            _check_references(connection)
        connection.commit()
        if sqlite:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
            connection.exec_driver_sql("BEGIN")


def _check_references(connection: Connection) -> None:
    broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
    if broken:
        raise RuntimeError(f"migration left broken references: {broken[:5]}")
