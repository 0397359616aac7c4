"""Whom a task or a message is for, and the one rule of who sees it, in Python and in SQL."""

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import CheckConstraint, ColumnElement, and_, false, or_
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.access import Actor


@dataclass(frozen=True, slots=True)
class Addressee:
    """A person; or everybody of a unit; or the holders of a role, in a unit or region or anywhere.

    What is given must all hold; at least one of person, unit and role is given.
    """

    unit_id: str | None = None
    role: str | None = None
    region_code: str | None = None
    user_id: str | None = None

    def __post_init__(self) -> None:
        if not (self.unit_id or self.role or self.user_id):
            raise ValueError("an addressee needs a person, a unit or a role")

    @property
    def key(self) -> str:
        """The addressee as one word, for natural keys."""
        return "/".join(
            part or "" for part in (self.unit_id, self.role, self.region_code, self.user_id)
        )


class Addressed:
    """The columns of a table whose rows are for somebody."""

    unit_id: Mapped[str | None] = mapped_column()
    role: Mapped[str | None] = mapped_column()
    region_code: Mapped[str | None] = mapped_column()
    user_id: Mapped[str | None] = mapped_column()


class AddressedRow(Protocol):
    """What `sees` looks at: an addressee or a row of an addressed table."""

    @property
    def unit_id(self) -> str | None: ...
    @property
    def role(self) -> str | None: ...
    @property
    def region_code(self) -> str | None: ...
    @property
    def user_id(self) -> str | None: ...


def addressed_constraint() -> CheckConstraint:
    """No row without a person, a unit or a role: it would be for nobody."""
    return CheckConstraint(
        "unit_id IS NOT NULL OR role IS NOT NULL OR user_id IS NOT NULL", name="addressed"
    )


def sees(actor: Actor, row: AddressedRow) -> bool:
    """Whether it is for the actor: to the person, the own unit, or a role that the person has.

    A role without unit reaches all its holders; a role given without unit counts in the person's
    own unit.
    """
    if actor.id is None:
        return False
    if row.user_id is not None:
        return row.user_id == actor.id
    if row.role is None:
        return row.unit_id in _units(actor)
    return any(
        assignment.role == row.role
        and row.unit_id in (None, assignment.unit_id or actor.unit_id)
        and row.region_code in (None, assignment.region_code)
        for assignment in actor.assignments
    )


def clause(actor: Actor, model: Any) -> ColumnElement[bool]:
    """`sees` as a condition in SQL."""
    if actor.id is None:
        return false()
    shared = model.user_id.is_(None)
    ways = [
        model.user_id == actor.id,
        and_(shared, model.role.is_(None), model.unit_id.in_(sorted(_units(actor)))),
    ]
    places = {(a.role, a.unit_id or actor.unit_id, a.region_code) for a in actor.assignments}
    for role, unit_id, region_code in sorted(places, key=str):
        ways.append(
            and_(
                shared,
                model.role == role,
                _none_or(model.unit_id, unit_id),
                _none_or(model.region_code, region_code),
            )
        )
    return or_(*ways)


def _none_or(column: Any, value: str | None) -> ColumnElement[bool]:
    nothing: ColumnElement[bool] = column.is_(None)
    return nothing if value is None else or_(nothing, column == value)


def _units(actor: Actor) -> set[str]:
    own = {a.unit_id for a in actor.assignments if a.unit_id} | {actor.unit_id or ""}
    return own - {""}
