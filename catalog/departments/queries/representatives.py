"""Reads of representatives: who is in office, who was, since when nobody is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from catalog.departments.models import Representative
from catalog.departments.queries.tables import UNIT
from catalog.departments.rules import Vacancy, vacancy
from portal.kernel import calendar, clock

FORMER_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Office:
    """The office of one unit as a list shows it: who is in it, or since when nobody is."""

    holder: str | None
    post: str
    vacant_since: date | None


@dataclass(frozen=True, slots=True)
class Holder:
    """A representative as pages and the API show one."""

    id: str
    unit_id: str
    name: str
    post: str
    office_phone: str
    appointing_document: str
    term_from: date
    term_to: date | None
    is_deputy: bool
    liaison: str | None
    state: str
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Holders:
    """Everybody who answers or answered for a unit; `vacancy` is there when no chief is."""

    chief: Holder | None
    deputies: tuple[Holder, ...]
    former: tuple[Holder, ...]
    vacancy: Vacancy | None

    @property
    def term_is_over(self) -> bool:
        """Whether the chief is still in office after the last day of the term."""
        chief = self.chief
        return bool(chief and chief.term_to and chief.term_to < clock.today())


def offices(session: Session, unit_ids: Sequence[str]) -> Mapping[str, Office]:
    """The offices of units by id, those never held left out; one statement."""
    found: dict[str, Office] = {}
    for unit_id, state, name, post, ended_on in session.execute(_OFFICES, {"unit_ids": unit_ids}):
        known = found.get(unit_id)
        if state == "active":
            found[unit_id] = Office(name, post, None)
        elif known is None or known.holder is None:
            found[unit_id] = Office(None, "", _later(ended_on, known))
    return found


def holders(session: Session, unit_id: str) -> Holders:
    """The chief, deputies and former chiefs of a unit; a second statement for a vacant office."""
    rows = [Holder(*row) for row in session.execute(_HOLDERS, {"unit_id": unit_id})]
    chief = next((row for row in rows if row.state == "active" and not row.is_deputy), None)
    former = tuple(row for row in rows if row.state != "active")
    return Holders(
        chief=chief,
        deputies=tuple(row for row in rows if row.state == "active" and row.is_deputy),
        former=former[:FORMER_SHOWN],
        vacancy=None if chief else _vacancy(session, former),
    )


def _vacancy(session: Session, former: Sequence[Holder]) -> Vacancy:
    since = max((row.ended_on for row in former if row.ended_on), default=None)
    days = calendar.PLAIN if since is None else calendar.load(session)
    return vacancy(days, since=since, today=clock.today())


def _later(ended_on: date | None, known: Office | None) -> date | None:
    if known is None or known.vacant_since is None or ended_on is None:
        return ended_on
    return max(ended_on, known.vacant_since)


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask about a unit's data; the holder is None where the office is vacant."""

    unit_id: str
    unit_name: str
    unit_phone: str
    holder: str | None
    post: str | None
    office_phone: str | None


def unit_contact(session: Session, unit_id: str) -> Contact | None:
    """The unit with its chief representative, for pages of what it answers for; one statement."""
    row = session.execute(_CONTACT, {"unit_id": unit_id}).first()
    return Contact(*row) if row else None


# Statements are built once: building one takes longer than asking it.

_R = Representative
_OFFICES = (
    select(_R.unit_id, _R.state, _R.name, _R.post, _R.ended_on)
    .where(_R.unit_id.in_(bindparam("unit_ids", expanding=True)), _R.is_deputy.is_(False))
    .order_by(_R.term_from)
)
_HOLDERS = (
    select(*(getattr(_R, name) for name in Holder.__dataclass_fields__))
    .where(_R.unit_id == bindparam("unit_id"), or_(_R.state == "active", _R.is_deputy.is_(False)))
    .order_by(_R.state, _R.is_deputy, _R.term_from.desc(), _R.id)
    .limit(100)
)
_HELD = Representative.__table__  # plain columns: every entry's page asks this
_IN_OFFICE = and_(
    _HELD.c.unit_id == UNIT.c.id, _HELD.c.state == "active", _HELD.c.is_deputy.is_(False)
)
_CONTACT = (
    select(
        *(UNIT.c.id, UNIT.c.name, UNIT.c.office_phone),
        *(_HELD.c.name, _HELD.c.post, _HELD.c.office_phone),
    )
    .select_from(UNIT.outerjoin(_HELD, _IN_OFFICE))
    .where(UNIT.c.id == bindparam("unit_id"))
)
