"""Reads of units: the list with its filters, and the page of one. Everybody sees units."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from catalog.departments.figures import UnitFigures
from catalog.departments.queries.representatives import Office, offices
from catalog.departments.queries.tables import UNIT, UNIT_NAME
from catalog.departments.rules import WITHOUT_OFFICE
from portal.kernel.errors import missing
from portal.kernel.paging import PAGE_SIZE, Page
from portal.kernel.text import _

DEEPEST = 8
CHILDREN_SHOWN = 12


@dataclass(frozen=True, slots=True)
class UnitFilter:
    """What a list of units is narrowed to; empty means everything that lives."""

    q: str = ""
    regions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    parent_id: str | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit as lists show it; `former_name` is the one that the search found it by."""

    id: str
    name: str
    short_name: str
    credit_code: str | None
    region_code: str
    kind: str
    parent_id: str | None
    valid_from: date | None
    valid_to: date | None
    former_name: str | None = None


@dataclass(frozen=True, slots=True)
class UnitList:
    """One page of units with the counts of both filters, each under all but its own."""

    page: Page[UnitLine]
    offices: Mapping[str, Office]
    regions: Mapping[str, int]
    kinds: Mapping[str, int]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(row.id for row in self.page.rows)


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """Everything that is stated of a unit; as a record of the access rules it is its own."""

    id: str
    name: str
    short_name: str
    credit_code: str | None
    region_code: str
    kind: str
    parent_id: str | None
    duty: str
    office_phone: str
    valid_from: date | None
    valid_to: date | None

    @property
    def unit_id(self) -> str:
        return self.id

    @property
    def is_closed(self) -> bool:
        return self.valid_to is not None

    @property
    def has_office(self) -> bool:
        """Whether somebody should answer for its data."""
        return self.valid_to is None and self.kind not in WITHOUT_OFFICE


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name that a unit bore before."""

    name: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Named:
    """A unit by name, for links."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit with what stands around it in the tree; `successors` only of a closed one."""

    unit: UnitRecord
    above: tuple[Named, ...]
    former_names: tuple[FormerName, ...]
    below: tuple[Named, ...]
    below_count: int
    successors: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class UnitSubject:
    """What panels on a unit's page are told: the unit, its figures, and which list is asked for."""

    unit_id: str
    region_code: str
    name: str
    is_closed: bool
    figures: UnitFigures
    show: str = ""
    page: int = 1


_LINE = ("id", "name", "short_name", "credit_code", "region_code", "kind", "parent_id")
_LINE_COLUMNS = [UNIT.c[name] for name in (*_LINE, "valid_from", "valid_to")]
_RECORD = (*_LINE, "duty", "office_phone", "valid_from", "valid_to")


def unit_list(session: Session, wanted: UnitFilter, *, page: int) -> UnitList:
    """One page of units in the order of the tree's own numbering, then by name.

    Three statements, and one more where a name is searched.
    """
    values = _values(wanted)
    statements = _statements(frozenset(name for name, value in values.items() if value))
    cross = session.execute(statements.counts, values).all()
    skip = {"most": PAGE_SIZE, "skip": (page - 1) * PAGE_SIZE}
    rows = session.execute(statements.rows, {**values, **skip}).all()
    ids = [row.id for row in rows]
    formers = _former_matches(session, ids, values) if wanted.q else {}
    return UnitList(
        page=Page(
            [UnitLine(**row._asdict(), former_name=formers.get(row.id)) for row in rows],
            page,
            PAGE_SIZE,
            sum(n for region, kind, n in cross if _within(wanted, region, kind)),
        ),
        offices=offices(session, ids),
        regions=_sums((r, n) for r, k, n in cross if not wanted.kinds or k in wanted.kinds),
        kinds=_sums((k, n) for r, k, n in cross if not wanted.regions or r in wanted.regions),
    )


def unit_view(session: Session, unit_id: str) -> UnitView:
    """One unit; three statements, and one more for a closed one. Raises NotFound."""
    chain = session.execute(_CHAIN, {"unit_id": unit_id}).all()
    if not chain:
        raise missing(_("这个单位"))
    unit = UnitRecord(*chain[0][: len(_RECORD)])
    formers = session.execute(_FORMERS, {"unit_id": unit_id})
    below = session.execute(_BELOW, {"unit_id": unit_id}).all()
    return UnitView(
        unit=unit,
        above=tuple(Named(row.id, row.name) for row in reversed(chain[1:])),
        former_names=tuple(FormerName(*row) for row in formers),
        below=tuple(Named(row[0], row[1]) for row in below),
        below_count=below[0][2] if below else 0,
        successors=_successors(session, unit) if unit.is_closed else (),
    )


def unit_name(session: Session, unit_id: str) -> str | None:
    """The name of a unit, or nothing."""
    return session.scalar(select(UNIT.c.name).where(UNIT.c.id == unit_id))


def _successors(session: Session, unit: UnitRecord) -> tuple[Named, ...]:
    """The living units of the region that bore the closed one's name before."""
    bore = exists().where(UNIT_NAME.c.unit_id == UNIT.c.id, UNIT_NAME.c.name == unit.name)
    query = select(UNIT.c.id, UNIT.c.name).where(
        UNIT.c.region_code == unit.region_code,
        UNIT.c.valid_to.is_(None),
        UNIT.c.id != unit.id,
        bore,
    )
    return tuple(Named(*row) for row in session.execute(query.order_by(UNIT.c.name)))


def _values(wanted: UnitFilter) -> dict[str, Any]:
    return {
        "pattern": _pattern(wanted.q) if wanted.q else "",
        "credit_code": wanted.q.upper(),
        "parent_id": wanted.parent_id,
        "regions": list(wanted.regions),
        "kinds": list(wanted.kinds),
        "closed": wanted.closed,
    }


def _pattern(q: str) -> str:
    escaped = q.lower().replace("/", "//").replace("%", "/%").replace("_", "/_")
    return f"%{escaped}%"


def _within(wanted: UnitFilter, region: str, kind: str) -> bool:
    in_region = not wanted.regions or region in wanted.regions
    return in_region and (not wanted.kinds or kind in wanted.kinds)


def _former_matches(
    session: Session, ids: Sequence[str], values: Mapping[str, Any]
) -> dict[str, str]:
    rows = session.execute(_FORMER_MATCHES, {"ids": ids, "pattern": values["pattern"]})
    return {row.unit_id: row.name for row in rows}


def _sums(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, number in pairs:
        found[key] = found.get(key, 0) + number
    return found


# Statements are built once: building one takes longer than asking it.


@dataclass(frozen=True, slots=True)
class _Statements:
    """What a list asks: the counts by region and kind under the other filters, and its rows."""

    counts: Select[Any]
    rows: Select[Any]


@cache
def _statements(given: frozenset[str]) -> _Statements:
    scope: list[ColumnElement[bool]] = [] if "closed" in given else [UNIT.c.valid_to.is_(None)]
    if "parent_id" in given:
        scope.append(UNIT.c.parent_id == bindparam("parent_id"))
    if "pattern" in given:
        former = exists().where(UNIT_NAME.c.unit_id == UNIT.c.id, _bears(UNIT_NAME.c.name))
        by_code = UNIT.c.credit_code == bindparam("credit_code")
        scope.append(or_(_bears(UNIT.c.name), _bears(UNIT.c.short_name), by_code, former))
    narrowed = list(scope)
    if "regions" in given:
        narrowed.append(UNIT.c.region_code.in_(bindparam("regions", expanding=True)))
    if "kinds" in given:
        narrowed.append(UNIT.c.kind.in_(bindparam("kinds", expanding=True)))
    both = (UNIT.c.region_code, UNIT.c.kind)
    rows = select(*_LINE_COLUMNS).where(*narrowed).limit(bindparam("most"))
    return _Statements(
        counts=select(*both, func.count()).where(*scope).group_by(*both),
        rows=rows.offset(bindparam("skip")).order_by(*_ORDER),
    )


def _bears(names: ColumnElement[str]) -> ColumnElement[bool]:
    return func.lower(names).like(bindparam("pattern"), escape="/")


def _chain() -> Select[Any]:
    """A unit and, in rising order, those above it; bounded, for a tree could be broken by hand."""
    columns = [UNIT.c[name] for name in _RECORD]
    start = select(*columns, literal(0).label("height")).where(UNIT.c.id == bindparam("unit_id"))
    chain = start.cte("chain", recursive=True)
    above = select(*columns, chain.c.height + 1).join(chain, UNIT.c.id == chain.c.parent_id)
    chain = chain.union_all(above.where(chain.c.height < DEEPEST))
    return select(chain).order_by(chain.c.height)


_ORDER = (UNIT.c.position, UNIT.c.name, UNIT.c.id)
_CHAIN = _chain()
_FORMERS = (
    select(UNIT_NAME.c.name, UNIT_NAME.c.valid_from, UNIT_NAME.c.valid_to)
    .where(UNIT_NAME.c.unit_id == bindparam("unit_id"))
    .order_by(UNIT_NAME.c.valid_to.desc(), UNIT_NAME.c.name)
)
_BELOW = (
    select(UNIT.c.id, UNIT.c.name, func.count().over())
    .where(UNIT.c.parent_id == bindparam("unit_id"), UNIT.c.valid_to.is_(None))
    .order_by(*_ORDER)
    .limit(CHILDREN_SHOWN)
)
_FORMER_MATCHES = (
    select(UNIT_NAME.c.unit_id, UNIT_NAME.c.name)
    .where(UNIT_NAME.c.unit_id.in_(bindparam("ids", expanding=True)), _bears(UNIT_NAME.c.name))
    .order_by(UNIT_NAME.c.name)
)
