"""Writes on units, people and roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.exc import IntegrityError

from auth import roles, rules
from auth.events import (
    RoleGranted,
    RoleRevoked,
    UnitChanged,
    UnitClosed,
    UnitCreated,
    UnitRenamed,
    UserChanged,
    UserEnrolled,
)
from auth.models import SCHEMES, RoleAssignment, Unit, UnitName, User
from auth.permissions import UNITS_MANAGE, UNITS_REGISTER, USERS_MANAGE
from auth.unit_data import UnitData, column_values, unit_name
from portal.kernel import clock
from portal.kernel.access import Owned, Permission
from portal.kernel.db import new_id
from portal.kernel.errors import Conflict, Invalid, NotFound, Refused
from portal.kernel.text import LANGUAGES, Text, _
from portal.kernel.uow import UnitOfWork
from portal.kernel.upsert import insert_missing


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an identity provider says that a person is; roles are never taken from it."""

    issuer: str
    subject: str
    username: str
    name: str
    email: str = ""


# Units


def create_unit(uow: UnitOfWork, data: UnitData, *, unit_id: str | None = None) -> Unit:
    """Enters a unit; `unit_id` only where the id is known from elsewhere.

    Raises Refused without the right for the region, Invalid with the wrong fields, Conflict when
    a living unit of the region has the name or any unit has the credit code.
    """
    unit = Unit(id=unit_id or new_id(), **column_values(data))
    _require(uow, UNITS_REGISTER, unit)
    _check_parent(uow, unit, data.parent_id)
    _check_free(uow, unit)
    uow.session.add(unit)
    _flush(uow)
    uow.emit(UnitCreated(subject_id=unit.id))
    uow.audit("unit.create", "unit", unit.id, {"kind": unit.kind, "region": unit.region_code})
    return unit


def change_unit(uow: UnitOfWork, unit_id: str, data: UnitData) -> Unit:
    """Changes everything but the name; a new name is a renaming. Raises as `create_unit`."""
    unit = _living(uow, unit_id)
    values = column_values(data)
    del values["name"]
    _require(uow, UNITS_MANAGE, unit)
    for key, value in values.items():
        setattr(unit, key, value)
    _require(uow, UNITS_MANAGE, unit)  # in the region that the unit goes to, as well
    _check_parent(uow, unit, data.parent_id)
    _check_free(uow, unit)
    _flush(uow)
    uow.emit(UnitChanged(subject_id=unit.id))
    uow.audit("unit.change", "unit", unit.id)
    return unit


def rename_unit(uow: UnitOfWork, unit_id: str, *, name: str, on: date | None = None) -> Unit:
    """Gives a unit a new name from a day on; the old one is kept as a former name."""
    unit = _living(uow, unit_id)
    _require(uow, UNITS_MANAGE, unit)
    new_name, former = unit_name(name), unit.name
    if new_name == former:
        objection = _("新名称与现用名称相同。")
        raise Invalid(objection, fields={"name": [objection]})
    add_former_name(uow, unit, name=former, valid_to=on or clock.today())
    unit.name = new_name
    _check_free(uow, unit)
    _flush(uow)
    uow.emit(UnitRenamed(subject_id=unit.id, former_name=former, new_name=new_name))
    uow.audit("unit.rename", "unit", unit.id, {"from": former, "to": new_name})
    return unit


def add_former_name(
    uow: UnitOfWork,
    unit: Unit,
    *,
    name: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> UnitName:
    """Notes a name that the unit had before, as the lists of earlier years print it."""
    _require(uow, UNITS_MANAGE, unit)
    row = UnitName(unit_id=unit.id, name=unit_name(name), valid_from=valid_from, valid_to=valid_to)
    uow.session.add(row)
    uow.emit(UnitChanged(subject_id=unit.id))
    return row


def close_unit(uow: UnitOfWork, unit_id: str, *, on: date | None = None) -> Unit:
    """Ends a unit. Raises Refused while it has living units below it."""
    unit = _living(uow, unit_id)
    _require(uow, UNITS_MANAGE, unit)
    below = select(Unit.id).where(Unit.parent_id == unit.id, Unit.valid_to.is_(None)).limit(1)
    if uow.session.scalars(below).first() is not None:
        raise Refused(_("“%(name)s”还有下属单位，不能撤销。先撤销或改挂下属单位。", name=unit.name))
    day = on or clock.today()
    if unit.valid_from and day < unit.valid_from:
        objection = _("撤销日期早于设立日期。")
        raise Invalid(objection, fields={"valid_to": [objection]})
    unit.valid_to = day
    uow.emit(UnitClosed(subject_id=unit.id))
    uow.audit("unit.close", "unit", unit.id, {"on": day.isoformat()})
    return unit


# People


def enrol(uow: UnitOfWork, identity: Identity, *, language: str = "zh") -> User:
    """The account of the person; a new one is public and has no unit.

    Name and address follow what the provider says at each sign-in; unit and roles never do.
    """
    query = select(User).where(User.issuer == identity.issuer, User.subject == identity.subject)
    user = uow.session.scalars(query).first()
    if user is None:
        _enter(uow, identity, language)
        user = uow.session.scalars(query).one()
    user.username = identity.username or identity.subject
    user.name, user.email = identity.name or user.username, identity.email
    return user


def place(uow: UnitOfWork, user_id: str, *, unit_id: str | None) -> User:
    """Says to which unit a person belongs; None for no unit. Needs the right at both ends."""
    user = uow.lock(User, user_id)
    ends: list[Owned] = [uow.lock(Unit, end) for end in (user.unit_id, unit_id) if end is not None]
    for end in ends or [rules.Nowhere()]:
        _require_for(uow, user, end)
    _not_oneself(uow, user, _("不能改变自己所属的单位。请由另一位管理员办理。"))
    user.unit_id = unit_id
    uow.emit(UserChanged(subject_id=user.id))
    uow.audit("user.place", "user", user.id, {"unit": unit_id})
    return user


def switch_user(uow: UnitOfWork, user_id: str, *, active: bool) -> User:
    """Switches an account off, with which its sessions are worth nothing, or on again."""
    user = uow.lock(User, user_id)
    _require_for(uow, user, rules.Nowhere())
    _not_oneself(uow, user, _("不能停用自己的账号。请由另一位管理员办理。"))
    user.active = active
    uow.emit(UserChanged(subject_id=user.id))
    uow.audit("user.on" if active else "user.off", "user", user.id)
    return user


def set_preferences(uow: UnitOfWork, *, language: str, scheme: str) -> User:
    """The actor's own language and colour scheme. Raises Invalid for unknown ones."""
    if language not in LANGUAGES or scheme not in SCHEMES:
        raise Invalid(_("没有这种语言或配色。请从列出的几种中选择。"))
    user = uow.lock(User, uow.actor.id or "")
    user.language, user.scheme = language, scheme
    uow.emit(UserChanged(subject_id=user.id))
    return user


# Roles


def grant_role(
    uow: UnitOfWork,
    user_id: str,
    *,
    role: str,
    unit_id: str | None = None,
    ends_at: datetime | None = None,
) -> RoleAssignment:
    """Gives a person a role; one who has no unit yet is placed in the given one.

    Raises Invalid for an unknown role, a missing or unfitting unit, a role already held; Refused
    without the right there, for oneself, and for roles that exclude one another.
    """
    found = _role(role)
    user = uow.lock(User, user_id)  # two grants at once must not slip past the exclusions
    unit = _get(uow, unit_id)
    objection = rules.unit_objection(found, unit=unit, own=_get(uow, user.unit_id))
    if objection is not None:
        raise Invalid(objection, fields={"unit": [objection]})
    _require_for(uow, user, unit if unit is not None and found.needs_unit else rules.Nowhere())
    _not_oneself(uow, user, _("不能给自己授予角色。请由另一位管理员办理。"))
    held_in = unit_id if found.needs_unit else None
    _check_held(uow, user, found, held_in)
    user.unit_id = user.unit_id or unit_id
    row = RoleAssignment(
        user_id=user.id,
        role=role,
        unit_id=held_in,
        granted_by=uow.actor.id,
        granted_at=uow.at,
        ends_at=ends_at,
    )
    uow.session.add(row)
    uow.emit(RoleGranted(subject_id=user.id, role=role, unit_id=held_in))
    uow.audit("role.grant", "user", user.id, {"role": role, "unit": held_in})
    return row


def revoke_role(uow: UnitOfWork, user_id: str, *, role: str, unit_id: str | None = None) -> None:
    """Takes a role away, in one unit or wherever it is held. Raises Invalid if it is not held.

    Who has no role left leaves the unit as well, and sees no more than the public.
    """
    user = uow.lock(User, user_id)
    held = _assignments(uow, user)
    rows = [row for row in held if row.role == role and unit_id in (None, row.unit_id)]
    if not rows:
        raise Invalid(_("“%(name)s”没有这个角色，无须撤销。", name=user.name))
    for row in rows:
        _require_for(uow, user, _get(uow, row.unit_id) or rules.Nowhere())
        uow.session.delete(row)
        uow.emit(RoleRevoked(subject_id=user.id, role=role, unit_id=row.unit_id))
        uow.audit("role.revoke", "user", user.id, {"role": role, "unit": row.unit_id})
    user.unit_id = _unit_after(user, [row for row in held if row not in rows])


def _unit_after(user: User, left: Sequence[RoleAssignment]) -> str | None:
    """The unit of a person with these roles left: the present one while any role holds there."""
    kept = [row for row in left if row.role != roles.PUBLIC]
    units = [row.unit_id for row in kept if row.unit_id is not None]
    if not kept or (units and user.unit_id not in units):
        return units[0] if units else None
    return user.unit_id


# Checks that need the database


def _require(uow: UnitOfWork, permission: Permission, unit: Unit) -> None:
    if not uow.actor.may(permission, unit):
        raise Refused(
            _("您没有在“%(name)s”%(right)s的权限。", name=unit.name, right=permission.label)
        )


def _require_for(uow: UnitOfWork, user: User, where: Owned) -> None:
    if not uow.actor.may(USERS_MANAGE, where):
        raise Refused(_("您没有管理用户“%(name)s”的权限。请联系市级管理员。", name=user.name))


def _not_oneself(uow: UnitOfWork, user: User, objection: Text) -> None:
    if uow.actor.id == user.id:
        raise Refused(objection)


def _role(key: str) -> roles.Role:
    found = roles.role(key)
    if found is None:
        known = "、".join(role.key for role in roles.ROLES)
        raise Invalid(_("没有“%(role)s”这个角色。可用：%(known)s。", role=key, known=known))
    return found


def _get(uow: UnitOfWork, unit_id: str | None) -> Unit | None:
    if unit_id is None:
        return None
    unit = uow.session.get(Unit, unit_id)
    if unit is None:
        raise NotFound(_("没有这个单位。请核对后重新选择。"))
    return unit


def _check_held(uow: UnitOfWork, user: User, role: roles.Role, unit_id: str | None) -> None:
    rows = _assignments(uow, user)
    if any(row.role == role.key and row.unit_id == unit_id for row in rows):
        raise Invalid(_("“%(name)s”已经是%(role)s。", name=user.name, role=role.label))
    objection = rules.exclusion(role, frozenset(row.role for row in rows), name=user.name)
    if objection is not None:
        raise Refused(objection)


def _assignments(uow: UnitOfWork, user: User) -> list[RoleAssignment]:
    """The roles in force; those that have ended are cleared away."""
    query = select(RoleAssignment).where(RoleAssignment.user_id == user.id)
    rows = list(uow.session.scalars(query.order_by(RoleAssignment.granted_at)))
    ended = [row for row in rows if row.ends_at is not None and row.ends_at <= uow.at]
    for row in ended:
        uow.session.delete(row)
    if ended:
        uow.session.flush()  # before a new one takes the place that the unique index guards
    return [row for row in rows if row not in ended]


def _enter(uow: UnitOfWork, identity: Identity, language: str) -> None:
    """A new account, unless another sign-in of the same person has just made it."""
    account = {
        "id": new_id(),
        "issuer": identity.issuer,
        "subject": identity.subject,
        "username": identity.username or identity.subject,
        "name": identity.name or identity.username or identity.subject,
        "email": identity.email,
        "unit_id": None,
        "active": True,
        "language": language if language in LANGUAGES else LANGUAGES[0],
        "scheme": SCHEMES[0],
        "created_at": uow.at,
        "last_seen_at": None,
    }
    if not insert_missing(uow.session, User, [account], keys=("issuer", "subject")):
        return
    user_id = str(account["id"])
    uow.session.add(RoleAssignment(user_id=user_id, role=roles.PUBLIC, granted_at=uow.at))
    uow.emit(UserEnrolled(subject_id=user_id))
    uow.audit("user.enrol", "user", user_id)


def _living(uow: UnitOfWork, unit_id: str) -> Unit:
    unit = uow.lock(Unit, unit_id)
    if unit.is_closed:
        raise Refused(_("“%(name)s”已撤销，不能再改。", name=unit.name))
    return unit


def _check_parent(uow: UnitOfWork, unit: Unit, parent_id: str | None) -> None:
    """No unit stands above itself, however far up."""
    above = parent_id
    with uow.session.no_autoflush:
        while above is not None:
            parent = uow.session.get(Unit, above)
            if parent is None or above == unit.id:
                objection = _("上级单位不对：它不存在，或就在这个单位之下。")
                raise Invalid(objection, fields={"parent_id": [objection]})
            above = parent.parent_id


def _check_free(uow: UnitOfWork, unit: Unit) -> None:
    """A sentence for what the database's own constraints would refuse."""
    same: list[ColumnElement[bool]] = [
        and_(
            Unit.region_code == unit.region_code,
            Unit.name == unit.name,
            Unit.valid_to.is_(None),
        )
    ]
    if unit.credit_code:
        same.append(Unit.credit_code == unit.credit_code)
    with uow.session.no_autoflush:
        for condition in same:
            taken = select(Unit.id).where(condition, Unit.id != unit.id).limit(1)
            if uow.session.scalars(taken).first() is not None:
                raise _taken()


def _flush(uow: UnitOfWork) -> None:
    try:
        uow.session.flush()  # turns what a parallel change has just taken into a sentence
    except IntegrityError as error:
        raise _taken() from error


def _taken() -> Conflict:
    return Conflict(_("同一区划已有同名单位，或这个信用代码已属于另一单位。请核对后再存。"))
