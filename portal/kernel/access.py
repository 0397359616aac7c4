"""Who may do what: permissions with their grants, and the one shape of an actor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from portal.kernel.text import Text, _


class Scope(StrEnum):
    """How far a role's right reaches."""

    OWN_UNIT = "own_unit"
    REGION = "region"
    ALL = "all"


SCOPE_LABELS: Mapping[Scope, Text] = {
    Scope.OWN_UNIT: _("本单位"),
    Scope.REGION: _("本区域"),
    Scope.ALL: _("全部"),
}


@dataclass(frozen=True, slots=True)
class Permission:
    """A right by name, with the roles that have it and how far it reaches."""

    key: str
    label: Text
    grants: Mapping[str, Scope] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One role of a person, in one unit (or in none, for the whole city)."""

    role: str
    unit_id: str | None = None
    region_code: str | None = None


class Owned(Protocol):
    """A record that belongs to a unit in a region."""

    @property
    def unit_id(self) -> str | None: ...
    @property
    def region_code(self) -> str | None: ...


class Actor(Protocol):
    """Whoever acts: a signed-in person, nobody, or the system itself."""

    @property
    def id(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def unit_id(self) -> str | None: ...
    @property
    def assignments(self) -> tuple[Assignment, ...]: ...
    @property
    def is_government(self) -> bool: ...
    def may(self, permission: Permission, record: Owned | None = None) -> bool:
        """Whether the actor has the right, for the record where one is given."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """A person (or nobody) with the roles that our own tables give; see `Actor`."""

    id: str | None
    name: str
    unit_id: str | None = None
    assignments: tuple[Assignment, ...] = ()
    is_government: bool = False
    username: str = ""

    def may(self, permission: Permission, record: Owned | None = None) -> bool:
        return any(_reaches(permission, a, record) for a in self.assignments)

    def has_role(self, role: str) -> bool:
        """Whether one of the assignments is the role, in whatever unit."""
        return any(a.role == role for a in self.assignments)


@dataclass(frozen=True, slots=True)
class System:
    """The product itself at work: jobs, event handlers, commands of the operator."""

    name: str = "system"
    id: str | None = None
    unit_id: str | None = None
    assignments: tuple[Assignment, ...] = ()
    is_government: bool = True

    def may(self, permission: Permission, record: Owned | None = None) -> bool:
        return True


NOBODY = Person(id=None, name="")
SYSTEM = System()


def _reaches(permission: Permission, assignment: Assignment, record: Owned | None) -> bool:
    scope = permission.grants.get(assignment.role)
    if scope is None:
        return False
    if record is None or scope is Scope.ALL:
        return True
    if scope is Scope.OWN_UNIT:
        return assignment.unit_id is not None and record.unit_id == assignment.unit_id
    return assignment.region_code is not None and record.region_code == assignment.region_code
