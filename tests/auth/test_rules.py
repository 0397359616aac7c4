"""The two faces of the access rule are one rule."""

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from auth.permissions import UNITS_MANAGE
from auth.rules import Nowhere, clause
from portal.kernel.access import NOBODY, SYSTEM, Assignment, Permission, Person, Scope
from portal.kernel.text import _

UNITS, REGIONS = ("u1", "u2", "u3"), ("370100", "370102")
ROLES = ("a", "b", "c")


class Base(DeclarativeBase):
    """Apart from the product's tables."""


class Thing(Base):
    """Any record that belongs somewhere."""

    __tablename__ = "thing"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[str | None]
    region_code: Mapped[str | None]


assignments = st.builds(
    Assignment,
    role=st.sampled_from(ROLES),
    unit_id=st.none() | st.sampled_from(UNITS),
    region_code=st.none() | st.sampled_from(REGIONS),
)
people = st.builds(
    Person,
    id=st.just("p"),
    name=st.just("示例"),
    assignments=st.lists(assignments, max_size=4).map(tuple),
)
permissions = st.dictionaries(st.sampled_from(ROLES), st.sampled_from(Scope)).map(
    lambda grants: Permission("p", _("示例"), grants)
)
RECORDS = [(u, r) for u in (None, *UNITS) for r in (None, *REGIONS)]


def visible(actor: object, permission: Permission) -> set[int]:
    with Session(create_engine("sqlite://")) as session:
        Base.metadata.create_all(session.connection())
        session.add_all(Thing(id=n, unit_id=u, region_code=r) for n, (u, r) in enumerate(RECORDS))
        session.flush()  # so that the query sees them
        found = set(session.scalars(select(Thing.id).where(clause(actor, Thing, permission))))  # type: ignore[arg-type]
        session.connection().close()
        session.get_bind().dispose()  # type: ignore[union-attr]
    return found


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people, permissions)
def test_the_clause_selects_exactly_what_may_be_done(
    person: Person, permission: Permission
) -> None:
    allowed = {
        number
        for number, (unit, region) in enumerate(RECORDS)
        if person.may(permission, Nowhere(unit, region))
    }
    assert visible(person, permission) == allowed


def test_the_product_itself_sees_all_and_nobody_nothing() -> None:
    assert len(visible(SYSTEM, UNITS_MANAGE)) == len(RECORDS)
    assert visible(NOBODY, UNITS_MANAGE) == set()
