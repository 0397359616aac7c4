"""Inserts many rows by a statement that is made once and values that are converted by column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from portal.kernel.db import Base, Json
from portal.kernel.sentence import Sentence

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    """The text of an insert for one kind of database, and how it takes each column."""

    text: str
    converters: tuple[Callable[[Any], Any] | None, ...]
    comparable: tuple[bool, ...]
    by_place: bool


def insert_rows(
    session: Session,
    model: type[Base],
    names: Names,
    rows: Sequence[tuple[Any, ...]],
    *,
    unless: Names = (),
) -> None:
    """Inserts rows of the values of the named columns; an import has five for each record.

    `unless`: the columns of a unique index; a row whose key is there already is left out.
    """
    if not rows:
        return
    connection = session.connection()
    table = Base.metadata.tables[model.__tablename__]
    statement = _statement(table, names, unless, connection.dialect)
    columns = zip(*rows, strict=True)
    plain = [
        _converted(values, converter, comparable=comparable)
        for values, converter, comparable in zip(
            columns, statement.converters, statement.comparable, strict=True
        )
    ]
    ready: list[Any] = list(zip(*plain, strict=True))
    if not statement.by_place:
        ready = [dict(zip(names, row, strict=True)) for row in ready]
    connection.exec_driver_sql(statement.text, ready)


def _converted(
    values: tuple[Any, ...], converter: Callable[[Any], Any] | None, *, comparable: bool
) -> Sequence[Any]:
    if converter is None:
        return values
    if not comparable:
        return list(map(converter, values))
    once = {value: converter(value) for value in set(values)}
    return [once[value] for value in values]


@lru_cache(maxsize=64)
def _statement(table: Table, names: Names, unless: Names, dialect: Dialect) -> _Statement:
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    if unless:
        statement = statement.on_conflict_do_nothing(index_elements=unless)
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    columns = [table.c[name] for name in names]
    order = getattr(compiled, "positiontup", None)
    if order is not None and tuple(order) != names:
        raise AssertionError(f"the columns of {table.name} come in another order: {order}")
    return _Statement(
        text=str(compiled),
        converters=tuple(c.type.dialect_impl(dialect).bind_processor(dialect) for c in columns),
        comparable=tuple(not isinstance(c.type, Json | Sentence) for c in columns),
        by_place=order is not None,
    )
