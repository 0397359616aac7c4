"""Insert what is not there yet, alike on both databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.kernel.db import Base


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
    if not rows:
        return 0
    table = Base.metadata.tables[model.__tablename__]
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).on_conflict_do_nothing(index_elements=keys, index_where=where)
    # what comes back is what was written; counts of affected rows differ between the drivers
    new = session.execute(statement.returning(table.c[keys[0]]), list(rows))
    return len(new.all())
