"""Reads of the units that an entry may name beside its owner."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, String, bindparam, column, select, table
from sqlalchemy.orm import Session

from catalog.entries.directory import Listed, UnitDirectory, directory_of

# The tables of units belong to another package.
_UNIT = table(
    "unit",
    column("id", String),
    column("name", String),
    column("short_name", String),
    column("region_code", String),
    column("credit_code", String),
    column("valid_to", Date),
    column("position"),
)
_NAME = table("unit_name", column("unit_id", String), column("name", String))
_COLUMNS = ("id", "name", "short_name", "region_code", "credit_code", "valid_to")


def unit_directory(session: Session) -> UnitDirectory:
    """All units, in the order of their numbering; two statements."""
    former: dict[str, list[str]] = {}
    for unit_id, name in session.execute(_former()):
        former.setdefault(unit_id, []).append(name)
    units = [Listed(*row) for row in session.execute(_all())]
    return directory_of([replace(u, former=tuple(former.get(u.id, ()))) for u in units])


def provider_names(
    session: Session, documents: Iterable[Mapping[str, Any] | None]
) -> dict[str, str]:
    """The names of the other providing units of documents, by id; one statement."""
    ids = {unit_id for document in documents for unit_id in (document or {}).get("providers", ())}
    return {row.id: row.name for row in session.execute(_named(), {"ids": list(ids)})}


@cache  # here and below: building a statement takes longer than asking it
def _all() -> Select[Any]:
    columns = [_UNIT.c[name] for name in _COLUMNS]
    return select(*columns).order_by(
        _UNIT.c.position, _UNIT.c.name, _UNIT.c.region_code, _UNIT.c.id
    )


@cache
def _former() -> Select[Any]:
    return select(_NAME.c.unit_id, _NAME.c.name).order_by(_NAME.c.unit_id, _NAME.c.name)


@cache
def _named() -> Select[Any]:
    return select(_UNIT.c.id, _UNIT.c.name).where(_UNIT.c.id.in_(bindparam("ids", expanding=True)))
