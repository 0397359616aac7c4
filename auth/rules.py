"""Access rules with two faces, and the rules of who may hold which role."""

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, false, or_, true

from auth import roles
from portal.kernel.access import Actor, Permission, Scope, System
from portal.kernel.text import Text, _


@dataclass(frozen=True, slots=True)
class Nowhere:
    """A record of no unit and no region: only rights over everything reach it."""

    unit_id: str | None = None
    region_code: str | None = None


class Placed(Protocol):
    """As much of a unit as the rules of roles look at."""

    @property
    def name(self) -> str: ...
    @property
    def is_closed(self) -> bool: ...
    @property
    def is_government(self) -> bool: ...


def clause(actor: Actor, model: Any, permission: Permission) -> ColumnElement[bool]:
    """`actor.may(permission, record)` as a condition on the model's unit_id and region_code."""
    if isinstance(actor, System):
        return true()
    held = [
        (scope, assignment)
        for assignment in actor.assignments
        if (scope := permission.grants.get(assignment.role)) is not None
    ]
    if any(scope is Scope.ALL for scope, _assignment in held):
        return true()
    units = {a.unit_id for scope, a in held if scope is Scope.OWN_UNIT and a.unit_id is not None}
    regions = {
        a.region_code for scope, a in held if scope is Scope.REGION and a.region_code is not None
    }
    ways: list[ColumnElement[bool]] = []
    if units:
        ways.append(model.unit_id.in_(sorted(units)))
    if regions:
        ways.append(model.region_code.in_(sorted(regions)))
    return or_(*ways) if ways else false()


def unit_objection(role: roles.Role, *, unit: Placed | None, own: Placed | None) -> Text | None:
    """Why the role cannot be held in the unit by a person of the own unit, or nothing."""
    if unit is not None and unit.is_closed:
        return _("“%(name)s”已撤销，不能在那里授予角色。", name=unit.name)
    if role.needs_unit and unit is None:
        return _("“%(role)s”须指明单位。", role=role.label)
    found = unit or own
    if role.government and found is not None and not found.is_government:
        return _("“%(role)s”只授予机关和公共服务单位的人员。", role=role.label)
    return None


def exclusion(role: roles.Role, held: frozenset[str], *, name: str) -> Text | None:
    """Why a person with the roles held cannot have this one as well, or nothing."""
    excluded = roles.conflicts(role.key, held)
    if not excluded:
        return None
    return _(
        "“%(name)s”是%(held)s，不能同时是%(role)s：这几种角色必须由不同的人担任。",
        name=name,
        held=roles.label(min(excluded)),
        role=role.label,
    )
