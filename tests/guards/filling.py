"""The sample portal with few or many records, by plain SQL: what pages cost must not follow."""

import sqlite3
import uuid
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

Value = str | bytes | int | float | None
NAMESPACE = uuid.UUID("0b4c6dd8-3bb2-5d8a-9a57-1d1f0b5a7c11")
OF_ENTRIES = ("entry", "entry_version", "entry_item", "entry_resource")
BESIDE = ("task", "message", "job_run", "transition_log", "audit", "outbox")
OF_IMPORTS = ("import_batch", "import_row", "import_unit", "import_problem")
OF_UNITS = ("unit", "unit_name", "representative")
# What a copy must not share with its original.
OWN = {
    ("unit", "name"): "numbered",
    ("unit", "credit_code"): "nothing",
    ("entry", "code"): "nothing",
    ("message", "key"): "numbered",
    ("task", "key"): "numbered",
    ("job_run", "planned_at"): "earlier",
}
KEPT = """
SELECT id FROM entry WHERE id IN (SELECT entry_id FROM entry_version WHERE status = 'bureau_review'
                                  LIMIT 3)
UNION SELECT id FROM (SELECT id FROM entry WHERE standing = 'published'
                      AND open_type = 'unconditional' ORDER BY title_key, id LIMIT 7)"""


def trim(path: Path) -> None:
    """Leaves ten entries, the units and people that they need, and little of all else."""
    with closing(sqlite3.connect(path)) as connection, connection:
        kept = [row[0] for row in connection.execute(KEPT)]
        marks = ",".join("?" * len(kept))
        connection.execute(f"DELETE FROM entry WHERE id NOT IN ({marks})", kept)
        for table in ("entry_version", "entry_item", "entry_resource"):
            connection.execute(f"DELETE FROM {table} WHERE entry_id NOT IN ({marks})", kept)
        for table in ("task", "message", "job_run", "transition_log", "audit"):
            connection.execute(
                f"DELETE FROM {table} WHERE rowid NOT IN (SELECT rowid FROM {table} LIMIT 10)"
            )
        connection.execute(
            """DELETE FROM unit WHERE id NOT IN (SELECT unit_id FROM entry)
               AND id NOT IN (SELECT unit_id FROM user_account WHERE unit_id IS NOT NULL)
               AND id NOT IN (SELECT unit_id FROM role_assignment WHERE unit_id IS NOT NULL)"""
        )
        connection.execute("DELETE FROM representative WHERE unit_id NOT IN (SELECT id FROM unit)")
        connection.execute("DELETE FROM unit_name WHERE unit_id NOT IN (SELECT id FROM unit)")
        connection.execute("UPDATE unit SET parent_id = NULL")


def multiply(path: Path, copies: int) -> None:
    """Every record so many times more; entries stay with their units, units stand by themselves."""
    with closing(sqlite3.connect(path)) as connection, connection:
        _family(connection, (*OF_ENTRIES, *BESIDE), copies)
        _family(connection, OF_IMPORTS, copies)
        _family(connection, OF_UNITS, copies)


def _family(connection: sqlite3.Connection, tables: Sequence[str], copies: int) -> None:
    ids = {
        row[0]
        for table in tables
        if '"id"' in _columns(connection, table)
        for row in connection.execute(f"SELECT id FROM {table}")
        if isinstance(row[0], str)
    }

    def copy_of(value: Value, number: int) -> Value:
        return str(uuid.uuid5(NAMESPACE, f"{value}-{number}")) if value in ids else value

    connection.create_function("copy_of", 2, copy_of, deterministic=True)
    connection.create_function("earlier", 2, _earlier, deterministic=True)
    for table in tables:
        columns = _columns(connection, table)
        chosen = ", ".join(_expression(table, column) for column in columns)
        connection.execute(f"CREATE TEMP TABLE originals AS SELECT * FROM {table}")
        for number in range(1, copies + 1):
            connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) "
                f"SELECT {chosen.replace(':number', str(number))} FROM originals"
            )
        connection.execute("DROP TABLE originals")


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """All columns but a number that the database gives."""
    rows: Iterable[tuple[int, str, str]] = (
        row[:3] for row in connection.execute(f"PRAGMA table_info({table})")
    )
    return [f'"{name}"' for _cid, name, kind in rows if (name, kind) != ("id", "INTEGER")]


def _expression(table: str, column: str) -> str:
    way = OWN.get((table, column.strip('"')))
    if way == "nothing":
        return "NULL"
    if way == "numbered":
        return f"{column} || '-:number'"
    if way == "earlier":
        return f"earlier({column}, :number)"
    return f"copy_of({column}, :number)"


def _earlier(value: str, number: int) -> str:
    moment = datetime.fromisoformat(value) - timedelta(seconds=number)
    return moment.isoformat(sep=" ", timespec="microseconds")
