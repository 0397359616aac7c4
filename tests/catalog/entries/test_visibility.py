"""One rule with three faces: in Python, in SQL and as audience tokens of the index."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.roles import ROLES
from catalog.entries.models import Entry
from catalog.entries.rules import audience
from catalog.entries.visibility import (
    findable,
    may_find,
    may_open,
    may_see_work,
    tokens,
    work_visible,
)
from portal.kernel.access import NOBODY, SYSTEM, Actor, Assignment, Person
from portal.kernel.db import Base, Database

UNITS, REGIONS = ("unit-a", "unit-b"), ("370100", "370102")
STANDINGS = ("unpublished", "published", "suspended", "withdrawn")
OPEN_TYPES = (None, "unconditional", "conditional", "withheld")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rule looks at."""

    standing: str
    open_type: str | None
    unit_id: str
    region_code: str


EVERY = [Seen(*each) for each in itertools.product(STANDINGS, OPEN_TYPES, UNITS, REGIONS)]
ASSIGNMENTS = st.builds(
    Assignment,
    st.sampled_from([role.key for role in ROLES]),
    st.sampled_from([*UNITS, None]),
    st.sampled_from([*REGIONS, None]),
)
PEOPLE = st.builds(
    lambda unit, roles, government: Person(
        "p", "某人", unit, tuple(roles), is_government=government, username="p"
    ),
    st.sampled_from([*UNITS, "unit-c", None]),
    st.lists(ASSIGNMENTS, max_size=3),
    st.booleans(),
)


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One entry for every combination that the rule distinguishes."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('rule')}/rule.sqlite")
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection, tables=[Entry.__table__])  # type: ignore[list-item]
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        with Session(connection) as session:
            session.add_all(_entry(number, seen) for number, seen in enumerate(EVERY))
            session.flush()
            yield session
    database.close()


def _entry(number: int, seen: Seen) -> Entry:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Entry(
        id=f"{number:03d}",
        unit_id=seen.unit_id,
        region_code=seen.region_code,
        standing=seen.standing,
        open_type=seen.open_type,
        title="甲",
        title_norm="甲",
        title_key="jia",
        metadata_changed_at=at,
        created_at=at,
    )


def _found(session: Session, actor: Actor) -> set[int]:
    return {int(i) for i in session.scalars(select(Entry.id).where(findable(actor)))}


def _by_audience(actor: Actor) -> set[int]:
    held = tokens(actor)
    return {
        number
        for number, seen in enumerate(EVERY)
        if held
        & set(
            audience(
                standing=seen.standing,
                open_type=seen.open_type,
                unit_id=seen.unit_id,
                region_code=seen.region_code,
            )
        )
    }


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(PEOPLE)
def test_python_sql_and_index_find_the_same(entries: Session, person: Person) -> None:
    rule = {number for number, seen in enumerate(EVERY) if may_find(person, seen)}
    assert _found(entries, person) == rule
    assert _by_audience(person) == rule
    work = {int(i) for i in entries.scalars(select(Entry.id).where(work_visible(person)))}
    assert work == {number for number, seen in enumerate(EVERY) if may_see_work(person, seen)}
    assert rule <= {number for number, seen in enumerate(EVERY) if may_open(person, seen)}


def test_the_faces_agree_for_nobody_and_the_product_finds_all_that_can_be_found(
    entries: Session,
) -> None:
    rule = {number for number, seen in enumerate(EVERY) if may_find(NOBODY, seen)}
    assert _found(entries, NOBODY) == _by_audience(NOBODY) == rule
    assert {EVERY[n].standing for n in rule} == {"published"}
    assert "withheld" not in {EVERY[n].open_type for n in rule}
    assert len(_found(entries, SYSTEM)) == len(EVERY) // 2


def test_the_administrator_sees_no_more_than_the_unit() -> None:
    person = Person(
        "p", "某人", "unit-c", (Assignment("administrator", "unit-c"),), is_government=True
    )
    assert {s.standing for s in EVERY if may_find(person, s)} == {"published"}
