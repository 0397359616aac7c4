"""Insert what is not there yet, alike on both databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.kernel.db import Base

CHUNK = 500


def insert_missing(
    session: Session,
    model: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    keys: Sequence[str],
    where: TextClause | None = None,
) -> int:
    """Inserts the rows whose unique key is free and leaves the others; returns how many were new.

    `keys` and `where` name the unique index that decides. Two that insert the same at once
    cannot both succeed, and neither fails.
    """
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    new = 0
    for start in range(0, len(rows), CHUNK):
        statement = insert(model).on_conflict_do_nothing(index_elements=keys, index_where=where)
        result = session.execute(statement.values(list(rows[start : start + CHUNK])))
        new += int(getattr(result, "rowcount", 0))
    return new
