"""A small invented city for the tests of `auth`."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from auth import queries
from auth.models import Unit, User
from auth.services import Identity, create_unit, enrol, grant_role
from auth.unit_data import UnitData
from portal.kernel.access import SYSTEM, Person
from portal.kernel.runtime import Runtime
from portal.kernel.uow import unit_of_work

WATER, BUREAU, DISTRICT_OFFICE, FIRM = (
    "市城乡水务局",
    "市大数据局",
    "示例区大数据局",
    "示例科技公司",
)


@dataclass(frozen=True, slots=True)
class City:
    """Ids by name."""

    runtime: Runtime
    units: dict[str, str]
    users: dict[str, str]

    def person(self, username: str) -> Person:
        with self.runtime.database.reading() as session:
            return queries.person(session, self.users[username])

    def unit(self, name: str) -> Unit:
        with self.runtime.database.reading() as session:
            return queries.unit(session, self.units[name])

    def reading(self) -> Session:
        return Session(self.runtime.database.engine)


def build(runtime: Runtime) -> City:
    units: dict[str, str] = {}
    users: dict[str, str] = {}
    with unit_of_work(runtime, SYSTEM) as uow:
        for name, region, kind in (
            (WATER, "370100", "government"),
            (BUREAU, "370100", "government"),
            (DISTRICT_OFFICE, "370102", "government"),
            (FIRM, "370102", "enterprise"),
        ):
            units[name] = create_unit(uow, UnitData(name, region, kind)).id
        for username, roles, unit in (
            ("admin", ("administrator",), BUREAU),
            ("reviewer", ("reviewer",), BUREAU),
            ("district", ("district_administrator",), DISTRICT_OFFICE),
            ("chief", ("chief_representative", "editor"), WATER),
            ("citizen", (), None),
        ):
            user = add_user(uow.session, username, enrol(uow, identity(username)))
            users[username] = user.id
            for role in roles:
                grant_role(uow, user.id, role=role, unit_id=units[unit] if unit else None)
    return City(runtime, units, users)


def identity(username: str, *, issuer: str = "local") -> Identity:
    return Identity(issuer, username, username, f"示例·{username}", f"{username}@example.invalid")


def add_user(session: Session, username: str, user: User) -> User:
    session.flush()
    assert user.username == username
    return user
