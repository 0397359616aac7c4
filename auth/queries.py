"""Reads of units, people, roles and sessions. Units and their names are seen by everybody."""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from auth.models import RoleAssignment, Unit, UnitName, User, WebSession
from portal.kernel import clock
from portal.kernel.access import Assignment, Person
from portal.kernel.errors import Invalid, NotFound, missing
from portal.kernel.text import _


@dataclass(frozen=True, slots=True)
class UnitNode:
    """A unit in the tree, with the units below it."""

    unit: Unit
    depth: int
    children: tuple["UnitNode", ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A unit that bears the name, or bore it before."""

    unit: Unit
    former: bool


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person with the roles held in one unit, or all roles where no unit was asked for."""

    id: str
    username: str
    name: str
    email: str
    unit_id: str | None
    unit_name: str
    active: bool
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitIndex:
    """All units by code and by region and name, for those who look up thousands of them."""

    by_credit_code: dict[str, Unit]
    by_name: dict[tuple[str, str], tuple[Named, ...]]

    def find(
        self, *, credit_code: str | None = None, name: str = "", region_code: str = ""
    ) -> tuple[Named, ...]:
        """The units meant: by credit code, else by region and name or former name.

        Several when the name is not unique in the region; none when nobody bears it. Never
        guesses across regions.
        """
        if credit_code and credit_code in self.by_credit_code:
            return (Named(self.by_credit_code[credit_code], former=False),)
        return self.by_name.get((region_code, plain_name(name)), ())


def plain_name(name: str) -> str:
    """A name as it is compared: full-width forms folded, spaces left out."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


# Units


def unit(session: Session, unit_id: str) -> Unit:
    """One unit with its former names. Raises NotFound."""
    query = select(Unit).where(Unit.id == unit_id).options(selectinload(Unit.former_names))
    found = session.scalars(query).first()
    if found is None:
        raise missing(_("这个单位"))
    return found


def units(
    session: Session, *, region_code: str | None = None, closed: bool = False
) -> Sequence[Unit]:
    """Units in the order of the list, living ones unless asked; one statement."""
    query = select(Unit).order_by(Unit.position, Unit.name, Unit.id)
    if region_code is not None:
        query = query.where(Unit.region_code == region_code)
    if not closed:
        query = query.where(Unit.valid_to.is_(None))
    return session.scalars(query).all()


def unit_tree(session: Session, *, closed: bool = False) -> tuple[UnitNode, ...]:
    """The units as a tree; one whose parent is not shown stands at the top. One statement."""
    rows = units(session, closed=closed)
    shown = {row.id for row in rows}
    below: dict[str | None, list[Unit]] = {}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in shown else None, []).append(row)

    def nodes(parent: str | None, depth: int) -> tuple[UnitNode, ...]:
        return tuple(
            UnitNode(row, depth, nodes(row.id, depth + 1)) for row in below.get(parent, ())
        )

    return nodes(None, 0)


def unit_names(session: Session, unit_ids: Iterable[str]) -> dict[str, str]:
    """The present names of units by id; one statement."""
    query = select(Unit.id, Unit.name).where(Unit.id.in_(set(unit_ids)))
    return {row.id: row.name for row in session.execute(query)}


def former_names(session: Session, unit_ids: Iterable[str]) -> dict[str, list[str]]:
    """The names that units had before, by unit; those that never had another are left out."""
    query = select(UnitName.unit_id, UnitName.name).where(UnitName.unit_id.in_(set(unit_ids)))
    found: dict[str, list[str]] = {}
    for unit_id, name in session.execute(query.order_by(UnitName.unit_id, UnitName.name)):
        found.setdefault(unit_id, []).append(name)
    return found


def user_names(session: Session, user_ids: Iterable[str]) -> dict[str, str]:
    """The names of people by id; one statement."""
    query = select(User.id, User.name).where(User.id.in_(set(user_ids)))
    return {row.id: row.name for row in session.execute(query)}


def account_ids(username: str) -> Select[str]:
    """The ids of the accounts with a user name, for a condition of another statement."""
    return select(User.id).where(User.username == username)


def units_named(session: Session, name: str, *, region_code: str | None = None) -> list[Named]:
    """The units that bear or bore the name (or short name), in one region or in all of them."""
    wanted = " ".join(name.split())
    present = select(Unit).where(or_(Unit.name == wanted, Unit.short_name == wanted))
    former = select(Unit).join(UnitName, UnitName.unit_id == Unit.id).where(UnitName.name == wanted)
    if region_code is not None:
        present = present.where(Unit.region_code == region_code)
        former = former.where(Unit.region_code == region_code)
    found = [Named(row, former=False) for row in session.scalars(present.order_by(Unit.id))]
    known = {named.unit.id for named in found}
    found += [
        Named(row, former=True)
        for row in session.scalars(former.order_by(Unit.id)).unique()
        if row.id not in known
    ]
    return found


def unit_by_credit_code(session: Session, code: str) -> Unit | None:
    """The unit with that unified social credit code, or nothing."""
    return session.scalars(select(Unit).where(Unit.credit_code == code)).first()


def the_unit(session: Session, handle: str) -> Unit:
    """The one unit that a person at a command line means: by id, credit code or name.

    Raises NotFound when there is none and Invalid when several bear the name.
    """
    direct = session.scalars(
        select(Unit).where(or_(Unit.id == handle, Unit.credit_code == handle))
    ).first()
    found = [direct] if direct else [named.unit for named in units_named(session, handle)]
    if not found:
        raise NotFound(
            _("没有名为“%(name)s”的单位。请用全称、曾用名或统一社会信用代码。", name=handle)
        )
    if len(found) > 1:
        raise Invalid(
            _(
                "有 %(count)s 个单位名为“%(name)s”。请改用统一社会信用代码。",
                count=len(found),
                name=handle,
            )
        )
    return found[0]


def unit_index(session: Session) -> UnitIndex:
    """All units for lookups by the thousand; two statements."""
    by_id = {row.id: row for row in units(session, closed=True)}
    by_name: dict[tuple[str, str], dict[str, Named]] = {}

    def note(row: Unit, name: str, *, former: bool) -> None:
        if name:
            key = (row.region_code, plain_name(name))
            by_name.setdefault(key, {}).setdefault(row.id, Named(row, former))

    for row in by_id.values():
        note(row, row.name, former=False)
        note(row, row.short_name, former=False)
    for unit_id, name in session.execute(select(UnitName.unit_id, UnitName.name)):
        note(by_id[unit_id], name, former=True)
    return UnitIndex(
        by_credit_code={row.credit_code: row for row in by_id.values() if row.credit_code},
        by_name={key: tuple(found.values()) for key, found in by_name.items()},
    )


# People


def person(session: Session, user_id: str) -> Person:
    """An active person with roles, as `actor_for_session` gives it; two statements.

    Raises NotFound.
    """
    query = (
        select(User, Unit)
        .outerjoin(Unit, Unit.id == User.unit_id)
        .where(User.id == user_id, User.active.is_(True))
    )
    row = session.execute(query).first()
    if row is None:
        raise missing(_("这个用户"))
    return _as_person(session, row[0], row[1])


def the_user(session: Session, handle: str) -> User:
    """The one account that is meant: by id, user name or e-mail address.

    Raises NotFound when there is none and Invalid when several fit.
    """
    fits = or_(User.id == handle, User.username == handle, User.email == handle)
    found = session.scalars(select(User).where(fits).order_by(User.created_at).limit(2)).all()
    if not found:
        raise NotFound(
            _(
                "没有用户“%(name)s”。请本人先登录一次，再授予角色；也可用邮箱或编号查找。",
                name=handle,
            )
        )
    if len(found) > 1:
        raise Invalid(_("有几个用户都是“%(name)s”。请改用用户编号。", name=handle))
    return found[0]


def person_named(session: Session, handle: str) -> Person:
    """The person meant by a user name, e-mail address or id, for `--as USER`."""
    return person(session, the_user(session, handle).id)


def people_of_unit(session: Session, unit_id: str, *, role: str | None = None) -> list[Colleague]:
    """The active people who hold a role in the unit, or one certain role."""
    query = (
        select(User, RoleAssignment.role, Unit.name)
        .join(RoleAssignment, RoleAssignment.user_id == User.id)
        .outerjoin(Unit, Unit.id == User.unit_id)
        .where(RoleAssignment.unit_id == unit_id, User.active.is_(True), _in_force())
        .order_by(User.name, User.id, RoleAssignment.role)
    )
    if role is not None:
        query = query.where(RoleAssignment.role == role)
    return _colleagues(session.execute(query).all())


def people(session: Session, *, issuer: str | None = None) -> list[Colleague]:
    """All accounts in the order of their making, with their roles; of one issuer if asked."""
    query = (
        select(User, RoleAssignment.role, Unit.name)
        .outerjoin(RoleAssignment, and_(RoleAssignment.user_id == User.id, _in_force()))
        .outerjoin(Unit, Unit.id == User.unit_id)
        .order_by(User.created_at, User.id, RoleAssignment.granted_at, RoleAssignment.role)
    )
    if issuer is not None:
        query = query.where(User.issuer == issuer)
    return _colleagues(session.execute(query).all())


# Sessions


def digest(raw: str) -> str:
    """What is stored of a secret that only the browser has."""
    return hashlib.sha256(raw.encode()).hexdigest()


def actor_for_session(
    session: Session, raw_id: str, *, idle: timedelta
) -> tuple[Person, WebSession] | None:
    """Who sits at the browser with that cookie, by a session that lives; two statements."""
    row = _living(session, raw_id, idle=idle)
    return None if row is None else (_as_person(session, row[1], row[2]), row[0])


def living_session(
    session: Session, raw_id: str, *, idle: timedelta
) -> tuple[WebSession, User, Unit | None, Person] | None:
    """The same with the account and the unit, for what a page's head shows."""
    row = _living(session, raw_id, idle=idle)
    return None if row is None else (*row, _as_person(session, row[1], row[2]))


def sessions_of(session: Session, user_id: str, *, idle: timedelta) -> Sequence[WebSession]:
    """The living sessions of a person, the latest used first."""
    query = (
        select(WebSession)
        .where(WebSession.user_id == user_id, *_alive(idle))
        .order_by(WebSession.last_active_at.desc(), WebSession.id)
    )
    return session.scalars(query).all()


def _living(
    session: Session, raw_id: str, *, idle: timedelta
) -> tuple[WebSession, User, Unit | None] | None:
    query = (
        select(WebSession, User, Unit)
        .join(User, User.id == WebSession.user_id)
        .outerjoin(Unit, Unit.id == User.unit_id)
        .where(WebSession.digest == digest(raw_id), User.active.is_(True), *_alive(idle))
    )
    row = session.execute(query).first()
    return None if row is None else (row[0], row[1], row[2])


def _alive(idle: timedelta) -> tuple[ColumnElement[bool], ...]:
    moment = clock.now()
    return (WebSession.expires_at > moment, WebSession.last_active_at > moment - idle)


def _in_force(moment: datetime | None = None) -> ColumnElement[bool]:
    ends = RoleAssignment.ends_at
    return or_(ends.is_(None), ends > (moment or clock.now()))


def _as_person(session: Session, user: User, own: Unit | None) -> Person:
    query = (
        select(RoleAssignment.role, RoleAssignment.unit_id, Unit.region_code)
        .outerjoin(Unit, Unit.id == RoleAssignment.unit_id)
        .where(RoleAssignment.user_id == user.id, _in_force())
        .order_by(RoleAssignment.granted_at, RoleAssignment.role, RoleAssignment.unit_id)
    )
    return Person(
        id=user.id,
        name=user.name,
        unit_id=user.unit_id,
        assignments=tuple(Assignment(*row) for row in session.execute(query)),
        is_government=own is not None and own.is_government,
        username=user.username,
    )


def _colleagues(rows: Sequence[tuple[User, str | None, str | None]]) -> list[Colleague]:
    by_user: dict[str, tuple[User, str, list[str]]] = {}
    for user, held, unit_name in rows:
        entry = by_user.setdefault(user.id, (user, unit_name or "", []))
        if held:
            entry[2].append(held)
    return [
        Colleague(
            id=user.id,
            username=user.username,
            name=user.name,
            email=user.email,
            unit_id=user.unit_id,
            unit_name=unit_name,
            active=user.active,
            roles=tuple(held),
        )
        for user, unit_name, held in by_user.values()
    ]
