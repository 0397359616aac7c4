"""What happens to units, people and their sessions."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCreated(Event):
    """A unit was entered."""

    name: ClassVar[str] = "unit.created"
    subject_kind: ClassVar[str] = "unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChanged(Event):
    """Something of a unit other than its name was changed."""

    name: ClassVar[str] = "unit.changed"
    subject_kind: ClassVar[str] = "unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRenamed(Event):
    """A unit has a new name; what shows or indexes the old one follows."""

    name: ClassVar[str] = "unit.renamed"
    subject_kind: ClassVar[str] = "unit"
    former_name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitClosed(Event):
    """A unit ended."""

    name: ClassVar[str] = "unit.closed"
    subject_kind: ClassVar[str] = "unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEnrolled(Event):
    """A person unknown until now has an account."""

    name: ClassVar[str] = "user.enrolled"
    subject_kind: ClassVar[str] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(Event):
    """A person was placed in a unit, changed a preference, or was switched off or on."""

    name: ClassVar[str] = "user.changed"
    subject_kind: ClassVar[str] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGranted(Event):
    """A person got a role."""

    name: ClassVar[str] = "role.granted"
    subject_kind: ClassVar[str] = "user"
    role: str
    unit_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRevoked(Event):
    """A person lost a role."""

    name: ClassVar[str] = "role.revoked"
    subject_kind: ClassVar[str] = "user"
    role: str
    unit_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted(Event):
    """A person signed in."""

    name: ClassVar[str] = "session.started"
    subject_kind: ClassVar[str] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """A person signed out, or ended a session from elsewhere."""

    name: ClassVar[str] = "session.ended"
    subject_kind: ClassVar[str] = "user"


SILENT = (
    UnitCreated.name,
    UnitChanged.name,
    UnitClosed.name,
    UserEnrolled.name,
    UserChanged.name,
    RoleGranted.name,
    RoleRevoked.name,
    SessionStarted.name,
    SessionEnded.name,
)
