"""Whom a task or message is for: one rule with two faces."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from portal.kernel import clock
from portal.kernel.access import NOBODY, SYSTEM, Actor, Assignment, Person
from portal.kernel.addressee import Addressee, clause, sees
from portal.kernel.db import Database, new_id
from portal.kernel.messages import Message
from portal.kernel.sentence import plain

UNITS, REGIONS = (None, "unit-1", "unit-2"), (None, "370100", "370102")
ROLES, PEOPLE = (None, "editor", "reviewer"), (None, "person-1", "person-2")

addressees = st.builds(
    lambda unit, role, region, user: (unit, role, region, user),
    st.sampled_from(UNITS),
    st.sampled_from(ROLES),
    st.sampled_from(REGIONS),
    st.sampled_from(PEOPLE),
).filter(lambda parts: parts[0] or parts[1] or parts[3])
assignments = st.builds(
    Assignment, st.sampled_from(ROLES[1:]), st.sampled_from(UNITS), st.sampled_from(REGIONS)
)
actors = st.builds(
    lambda person, unit, roles: Person(
        id=person, name="示例", unit_id=unit, assignments=tuple(roles)
    ),
    st.sampled_from(PEOPLE),
    st.sampled_from(UNITS),
    st.lists(assignments, max_size=3),
)


@pytest.mark.parametrize("parts", [{}, {"region_code": "370100"}])
def test_an_addressee_names_a_person_a_unit_or_a_role(parts: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="needs a person"):
        Addressee(**parts)


def test_a_role_without_unit_reaches_all_its_holders() -> None:
    to = Addressee(role="reviewer")
    for unit in UNITS:
        assert sees(Person("p", "示例", assignments=(Assignment("reviewer", unit),)), to)
    assert not sees(Person("p", "示例", assignments=(Assignment("editor", "unit-1"),)), to)


def test_a_role_in_a_unit_reaches_its_holders_there() -> None:
    to = Addressee(role="editor", unit_id="unit-1")
    assert sees(Person("p", "示例", assignments=(Assignment("editor", "unit-1"),)), to)
    assert not sees(Person("p", "示例", assignments=(Assignment("editor", "unit-2"),)), to)
    homely = Person("p", "示例", unit_id="unit-1", assignments=(Assignment("editor"),))
    assert sees(homely, to), "a role given without unit counts in the own unit"


def test_a_unit_reaches_its_people_and_a_person_only_that_person() -> None:
    member = Person("p", "示例", unit_id="unit-1")
    assert sees(member, Addressee(unit_id="unit-1"))
    assert not sees(member, Addressee(unit_id="unit-2"))
    assert sees(member, Addressee(user_id="p"))
    assert not sees(member, Addressee(user_id="q", unit_id="unit-1"))


@pytest.mark.parametrize("nobody", [NOBODY, SYSTEM])
def test_who_is_not_a_person_is_told_nothing(nobody: Actor) -> None:
    assert not sees(nobody, Addressee(unit_id="unit-1"))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(addressees, min_size=1, max_size=12, unique=True), actors)
def test_both_faces_of_the_rule_agree(
    database: Database, everybody: Sequence[tuple[str | None, ...]], actor: Person
) -> None:
    tos = [Addressee(*parts) for parts in everybody]
    with database.writing() as session:  # rolled back when it closes
        session.execute(
            insert(Message),
            [
                {
                    "id": new_id(),
                    "key": to.key,
                    "title": plain("示例"),
                    "unit_id": to.unit_id,
                    "role": to.role,
                    "region_code": to.region_code,
                    "user_id": to.user_id,
                    "sent_at": clock.now(),
                }
                for to in tos
            ],
        )
        found = set(session.scalars(select(Message.key).where(clause(actor, Message))))
    assert found == {to.key for to in tos if sees(actor, to)}
