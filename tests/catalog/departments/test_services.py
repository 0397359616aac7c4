"""Recording representatives: who may, what is refused, what the database itself refuses."""

from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from auth.services import close_unit
from catalog.departments.events import RepresentativeRecorded
from catalog.departments.models import Representative
from catalog.departments.services import end_representative, record_representative
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.audit import acts_on
from portal.kernel.errors import Conflict, Invalid, NotFound, Refused
from portal.kernel.outbox import Handler, OutboxRow, wire
from portal.kernel.runtime import Runtime
from portal.kernel.transitions import steps_of
from portal.kernel.uow import unit_of_work
from tests.catalog.departments.city import (
    BUREAU,
    DISTRICT_WATER,
    FIRM,
    NOW,
    WATER,
    City,
    appointment,
)


@pytest.mark.parametrize(
    ("who", "unit"),
    [("reviewer", WATER), ("district", DISTRICT_WATER)],
)
def test_the_bureau_of_the_city_or_the_district_records(city: City, who: str, unit: str) -> None:
    with unit_of_work(city.runtime, city.people[who]) as uow:
        made = record_representative(uow, unit_id=city.units[unit], appointment=appointment())
    assert (made.state, made.unit_id) == ("active", city.units[unit])
    with city.reading() as session:
        assert [act.action for act in acts_on(session, "representative", made.id)] == [
            "representative.record"
        ]


@pytest.mark.parametrize("who", ["other", "district", "administrator", "enterprise", "nobody"])
def test_nobody_else_records(city: City, who: str) -> None:
    with pytest.raises(Refused), unit_of_work(city.runtime, city.people[who]) as uow:
        record_representative(uow, unit_id=city.units[WATER], appointment=appointment())


def test_recording_tells_who_listens(city: City) -> None:
    handler = Handler("test.hears", (RepresentativeRecorded.name,), lambda *_args: None)
    known = city.runtime
    listening = Runtime(known.settings, known.database, known.features, wire([handler]))
    with unit_of_work(listening, SYSTEM) as uow:
        made = record_representative(uow, unit_id=city.units[WATER], appointment=appointment())
    with city.reading() as session:
        row = session.scalars(select(OutboxRow)).one()
    assert (row.event, row.subject_id) == ("representative.recorded", made.id)
    assert row.payload == {"unit_id": city.units[WATER]}


def test_a_unit_that_is_not_there_is_not_found(city: City) -> None:
    with pytest.raises(NotFound), unit_of_work(city.runtime, SYSTEM) as uow:
        record_representative(uow, unit_id="nowhere", appointment=appointment())


def test_a_closed_unit_gets_no_representative(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        close_unit(uow, city.units[WATER])
    with pytest.raises(Refused, match="已撤销"):
        city.appoint(WATER)


def test_a_firm_has_no_representative(city: City) -> None:
    with pytest.raises(Refused, match="企业"):
        city.appoint(FIRM)


def test_a_wrong_term_names_its_field(city: City) -> None:
    with pytest.raises(Invalid) as caught:
        city.appoint(WATER, term_to=date(2020, 1, 1))
    assert list(caught.value.fields) == ["term_to"]


def test_a_second_chief_is_a_conflict_unless_named_as_successor(city: City) -> None:
    city.appoint(WATER)
    with pytest.raises(Conflict):
        city.appoint(WATER, term_from=date(2022, 1, 1))


def test_a_successor_ends_the_term_with_the_day_before(city: City) -> None:
    with clock.frozen(NOW):
        first = city.appoint(WATER)
        second = city.appoint(WATER, term_from=date(2022, 11, 1), replaces=first.id)
    with city.reading() as session:
        rows = {row.id: row for row in session.scalars(select(Representative))}
        steps = steps_of(session, "representative", first.id)
    assert (rows[first.id].state, rows[first.id].ended_on) == ("ended", date(2022, 10, 31))
    assert rows[second.id].state == "active"
    assert [step.transition for step in steps] == ["end"]


def test_a_term_that_has_not_begun_is_not_recorded(city: City) -> None:
    with clock.frozen(NOW):
        first = city.appoint(WATER)
        with pytest.raises(Invalid) as caught:
            city.appoint(WATER, term_from=date(2022, 12, 1), replaces=first.id)
    assert list(caught.value.fields) == ["term_from"]
    with city.reading() as session:
        row = session.get(Representative, first.id)
    assert row is not None
    assert row.state == "active"


def test_a_successor_cannot_begin_before_the_present_term(city: City) -> None:
    first = city.appoint(WATER)
    with pytest.raises(Invalid) as caught:
        city.appoint(WATER, term_from=date(2021, 7, 1), replaces=first.id)
    assert list(caught.value.fields) == ["term_from"]


def test_deputies_stand_beside_the_chief(city: City) -> None:
    city.appoint(WATER)
    for name in ("示例·柳絮", "示例·金线"):
        city.appoint(WATER, name=name, is_deputy=True)
    with city.reading() as session:
        assert len(session.scalars(select(Representative)).all()) == 3


def test_the_database_itself_refuses_a_second_chief_in_office(city: City) -> None:
    city.appoint(WATER)
    deputy = city.appoint(WATER, name="示例·柳絮", is_deputy=True)
    raised = update(Representative).where(Representative.id == deputy.id).values(is_deputy=False)
    with pytest.raises(IntegrityError), city.runtime.database.engine.begin() as connection:
        connection.execute(raised)


def test_the_database_itself_wants_the_day_of_an_ended_term(city: City) -> None:
    chief = city.appoint(WATER)
    ended = update(Representative).where(Representative.id == chief.id).values(state="ended")
    with pytest.raises(IntegrityError), city.runtime.database.engine.begin() as connection:
        connection.execute(ended)


def test_two_units_have_a_chief_each(city: City) -> None:
    assert city.appoint(WATER).id != city.appoint(BUREAU).id


def test_ending_notes_the_day_and_frees_the_office(city: City) -> None:
    with clock.frozen(NOW):
        first = city.appoint(WATER)
        with unit_of_work(city.runtime, city.people["reviewer"]) as uow:
            ended = end_representative(uow, representative_id=first.id)
        assert (ended.state, ended.ended_on) == ("ended", date(2022, 11, 8))
        city.appoint(WATER, term_from=date(2022, 11, 8))


def test_a_term_ends_once(city: City) -> None:
    first = city.appoint(WATER)
    with unit_of_work(city.runtime, SYSTEM) as uow:
        end_representative(uow, representative_id=first.id)
    with pytest.raises(Conflict), unit_of_work(city.runtime, SYSTEM) as uow:
        end_representative(uow, representative_id=first.id)


@pytest.mark.parametrize("who", ["editor", "other"])
def test_no_editor_ends_a_term(city: City, who: str) -> None:
    first = city.appoint(WATER)
    with pytest.raises(Refused), unit_of_work(city.runtime, city.people[who]) as uow:
        end_representative(uow, representative_id=first.id)


def test_a_term_does_not_end_tomorrow(city: City) -> None:
    with clock.frozen(NOW):
        first = city.appoint(WATER)
        with pytest.raises(Invalid) as caught, unit_of_work(city.runtime, SYSTEM) as uow:
            end_representative(uow, representative_id=first.id, on=date(2022, 11, 9))
    assert list(caught.value.fields) == ["ended_on"]
