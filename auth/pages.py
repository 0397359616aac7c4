"""What the sign-in page and the account page show."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from auth import roles
from auth.models import Unit, WebSession
from auth.oidc import LOCAL_ISSUER
from auth.queries import Colleague, people, sessions_of, unit_names
from auth.sessions import idle_limit
from portal.kernel.access import Person
from portal.kernel.settings import Settings
from portal.kernel.text import Text, _


@dataclass(frozen=True, slots=True)
class Persona:
    """One of the demo's people, as the sign-in page offers them."""

    key: str
    name: str
    role: Text
    unit_name: str
    does: Text

    @property
    def face(self) -> str:
        """The one character that stands for a picture."""
        return self.name.rpartition("·")[2][:1] or self.name[:1]


@dataclass(frozen=True, slots=True)
class Held:
    """One role of the signed-in, with the unit where it is held."""

    role: str
    label: Text
    help: Text
    unit_id: str | None
    unit_name: str


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One living session of the signed-in."""

    row: WebSession
    current: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Everything on the account page."""

    unit: Unit | None
    roles: tuple[Held, ...]
    sessions: tuple[OwnSession, ...]

    @property
    def told_roles(self) -> tuple[Held, ...]:
        """The roles that say something: everybody is one of the public as well."""
        return tuple(held for held in self.roles if held.role != roles.PUBLIC) or self.roles


def personas(session: Session) -> tuple[Persona, ...]:
    """The people of the local provider, in the order of the table of roles."""
    return tuple(_persona(each) for each in demo_people(session))


def demo_people(session: Session) -> list[Colleague]:
    """The same as rows, for the local provider as well."""
    active = [each for each in people(session, issuer=LOCAL_ISSUER) if each.active]
    return sorted(active, key=lambda each: (_rank(each), each.username))


def account(session: Session, person: Person, *, settings: Settings, current: str) -> AccountPage:
    """Unit, roles and living sessions of the person; a constant number of statements."""
    rows: Sequence[WebSession] = sessions_of(session, person.id or "", idle=idle_limit(settings))
    return AccountPage(
        unit=session.get(Unit, person.unit_id) if person.unit_id else None,
        roles=_held(session, person),
        sessions=tuple(OwnSession(row, row.id == current) for row in rows),
    )


def _held(session: Session, person: Person) -> tuple[Held, ...]:
    """The person's roles in the order of their table; one statement."""
    names = unit_names(session, {a.unit_id for a in person.assignments if a.unit_id})
    return tuple(
        Held(role.key, role.label, role.help, each.unit_id, names.get(each.unit_id or "", ""))
        for role in roles.ROLES
        for each in person.assignments
        if each.role == role.key
    )


def _rank(each: Colleague) -> int:
    ranks = [rank for rank, role in enumerate(roles.ROLES) if role.key in each.roles]
    return min(ranks, default=len(roles.ROLES))


def _persona(each: Colleague) -> Persona:
    first = next((role for role in roles.ROLES if role.key in each.roles), None)
    return Persona(
        key=each.username,
        name=each.name,
        role=first.label if first else _("尚无角色"),
        unit_name=each.unit_name,
        does=first.help if first else _("由管理员授予角色后才能办理业务。"),
    )
