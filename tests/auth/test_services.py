"""Writes on units, people and roles, on both databases."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from auth import events, queries, services
from auth.models import RoleAssignment, Unit, UnitName, User
from auth.unit_data import UnitData
from portal.kernel import clock
from portal.kernel.access import SYSTEM, Person
from portal.kernel.audit import AuditRow
from portal.kernel.errors import Conflict, Invalid, NotFound, Refused
from portal.kernel.events import Event
from portal.kernel.outbox import Delivery, Handler, OutboxRow, wire
from portal.kernel.runtime import Runtime
from portal.kernel.uow import UnitOfWork, unit_of_work
from tests.auth.city import BUREAU, DISTRICT_OFFICE, FIRM, WATER, City, identity

CODE = "91350100M000100Y43"


def hears(runtime: Runtime, event: type[Event]) -> Runtime:
    """The runtime with a handler, so that the event leaves a row."""

    def nothing(runtime: Runtime, deliveries: list[Delivery]) -> None:
        """Only heard."""

    return replace(runtime, handlers=wire([Handler("test", (event.name,), nothing)]))  # type: ignore[arg-type]


# Units


def test_a_unit_is_entered_with_its_values_in_normal_form(runtime: Runtime) -> None:
    data = UnitData(" 示例 局 ", "370100", "government", credit_code=CODE.lower(), duty=" 管 ")
    with unit_of_work(runtime, SYSTEM) as uow:
        unit = services.create_unit(uow, data)
    assert (unit.name, unit.credit_code, unit.duty) == ("示例 局", CODE, "管")
    assert unit.unit_id == unit.id
    assert unit.is_government
    assert not unit.is_closed


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "ship"}, "kind"),
        ({"region_code": "37"}, "region_code"),
        ({"name": "  "}, "name"),
        ({"name": "长" * 201}, "name"),
        ({"credit_code": CODE[:-1] + "4"}, "credit_code"),
        ({"parent_id": "00000000-0000-0000-0000-000000000000"}, "parent_id"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(
    runtime: Runtime, wrong: dict[str, str], field: str
) -> None:
    data = replace(UnitData("示例局", "370100", "government"), **wrong)
    with pytest.raises(Invalid) as caught, unit_of_work(runtime, SYSTEM) as uow:
        services.create_unit(uow, data)
    assert list(caught.value.fields) == [field]


def test_two_living_units_of_a_region_never_share_a_name(city: City) -> None:
    with pytest.raises(Conflict), unit_of_work(city.runtime, SYSTEM) as uow:
        services.create_unit(uow, UnitData(WATER, "370100", "institution"))
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.create_unit(uow, UnitData(WATER, "370102", "institution"))


def test_two_units_never_share_a_credit_code(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.create_unit(uow, UnitData("甲", "370100", "party", credit_code=CODE))
    with pytest.raises(Conflict), unit_of_work(city.runtime, SYSTEM) as uow:
        services.create_unit(uow, UnitData("乙", "370102", "party", credit_code=CODE))


def test_what_a_parallel_change_took_is_a_sentence_too(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_check_free", lambda _uow, _unit: None)
    with pytest.raises(Conflict), unit_of_work(city.runtime, SYSTEM) as uow:
        services.create_unit(uow, UnitData(WATER, "370100", "government"))


def test_renaming_keeps_the_former_name_and_tells(city: City) -> None:
    runtime = hears(city.runtime, events.UnitRenamed)
    with unit_of_work(runtime, SYSTEM) as uow:
        services.rename_unit(uow, city.units[WATER], name="市水务局", on=date(2022, 1, 1))
    unit = city.unit("市城乡水务局")
    assert unit.name == "市水务局"
    assert [(n.name, n.valid_to) for n in unit.former_names] == [(WATER, date(2022, 1, 1))]
    with runtime.database.reading() as session:
        row = session.scalars(select(OutboxRow)).one()
    assert row.payload == {"former_name": WATER, "new_name": "市水务局"}


def test_a_renaming_to_the_same_or_a_taken_name_is_refused(city: City) -> None:
    with pytest.raises(Invalid), unit_of_work(city.runtime, SYSTEM) as uow:
        services.rename_unit(uow, city.units[WATER], name=WATER)
    with pytest.raises(Conflict), unit_of_work(city.runtime, SYSTEM) as uow:
        services.rename_unit(uow, city.units[WATER], name=BUREAU)


def test_a_change_keeps_the_name_and_checks_the_tree(city: City) -> None:
    parent, child = city.units[BUREAU], city.units[WATER]
    with unit_of_work(city.runtime, SYSTEM) as uow:
        changed = services.change_unit(
            uow, child, UnitData("别的名字", "370100", "institution", parent_id=parent)
        )
    assert (changed.name, changed.kind, changed.parent_id) == (WATER, "institution", parent)
    loop = UnitData(BUREAU, "370100", "government", parent_id=child)
    with pytest.raises(Invalid) as caught, unit_of_work(city.runtime, SYSTEM) as uow:
        services.change_unit(uow, parent, loop)
    assert list(caught.value.fields) == ["parent_id"]


def test_a_unit_ends_after_the_units_below_it(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        below = services.create_unit(
            uow, UnitData("下属", "370100", "institution", parent_id=city.units[WATER])
        )
    with pytest.raises(Refused), unit_of_work(city.runtime, SYSTEM) as uow:
        services.close_unit(uow, city.units[WATER])
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.close_unit(uow, below.id)
        services.close_unit(uow, city.units[WATER], on=date(2023, 1, 1))
    assert city.unit(WATER).valid_to == date(2023, 1, 1)
    with pytest.raises(Refused), unit_of_work(city.runtime, SYSTEM) as uow:
        services.rename_unit(uow, city.units[WATER], name="又开")


def test_a_unit_does_not_end_before_it_began(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        data = UnitData("新", "370100", "party", valid_from=date(2022, 1, 1))
        unit = services.create_unit(uow, data)
    with pytest.raises(Invalid), unit_of_work(city.runtime, SYSTEM) as uow:
        services.close_unit(uow, unit.id, on=date(2021, 1, 1))


def test_a_district_administrator_manages_units_of_the_own_region_only(city: City) -> None:
    district = city.person("district")
    with unit_of_work(city.runtime, district) as uow:
        services.create_unit(uow, UnitData("区内", "370102", "institution"))
    with pytest.raises(Refused), unit_of_work(city.runtime, district) as uow:
        services.create_unit(uow, UnitData("区外", "370103", "institution"))
    move = UnitData(DISTRICT_OFFICE, "370103", "government")
    with pytest.raises(Refused), unit_of_work(city.runtime, district) as uow:
        services.change_unit(uow, city.units[DISTRICT_OFFICE], move)


def test_a_reviewer_manages_no_unit(city: City) -> None:
    with pytest.raises(Refused), unit_of_work(city.runtime, city.person("reviewer")) as uow:
        services.rename_unit(uow, city.units[WATER], name="改")


def test_the_database_itself_refuses_unknown_kinds(runtime: Runtime) -> None:
    with pytest.raises(IntegrityError), unit_of_work(runtime, SYSTEM) as uow:
        uow.session.add(Unit(name="x", region_code="370100", kind="ship"))


# People


def test_a_person_unknown_to_us_gets_a_public_account_without_unit(runtime: Runtime) -> None:
    with unit_of_work(runtime, SYSTEM) as uow:
        user = services.enrol(uow, identity("new"), language="en")
    assert (user.unit_id, user.language, user.active) == (None, "en", True)
    with runtime.database.reading() as session:
        person = queries.person(session, user.id)
    assert [a.role for a in person.assignments] == ["public"]
    assert not person.is_government


def test_the_same_person_comes_back_with_a_new_name(city: City) -> None:
    renamed = replace(identity("citizen"), name="示例·改名", email="b@example.invalid")
    with unit_of_work(city.runtime, SYSTEM) as uow:
        user = services.enrol(uow, renamed)
    assert (user.id, user.name) == (city.users["citizen"], "示例·改名")


def test_the_same_subject_of_another_issuer_is_another_person(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        user = services.enrol(uow, identity("admin", issuer="https://other.example"))
    assert user.id != city.users["admin"]


def test_an_account_made_meanwhile_is_taken_as_it_is(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services._enter(uow, identity("citizen"), "xx")
    with city.runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == len(city.users)


def test_somebody_without_name_is_called_by_the_subject(runtime: Runtime) -> None:
    with unit_of_work(runtime, SYSTEM) as uow:
        user = services.enrol(uow, services.Identity("local", "s-1", "", ""), language="xx")
    assert (user.username, user.name, user.language) == ("s-1", "s-1", "zh")


def test_placing_needs_the_right_at_both_ends(city: City) -> None:
    district = city.person("district")
    with unit_of_work(city.runtime, district) as uow:
        services.place(uow, city.users["citizen"], unit_id=city.units[DISTRICT_OFFICE])
    with pytest.raises(Refused), unit_of_work(city.runtime, district) as uow:
        services.place(uow, city.users["chief"], unit_id=city.units[DISTRICT_OFFICE])
    with pytest.raises(Refused), unit_of_work(city.runtime, city.person("chief")) as uow:
        services.place(uow, city.users["citizen"], unit_id=None)
    with unit_of_work(city.runtime, city.person("admin")) as uow:
        assert services.place(uow, city.users["citizen"], unit_id=None).unit_id is None
        assert services.place(uow, city.users["citizen"], unit_id=None).unit_id is None


def test_nobody_places_or_switches_off_oneself(city: City) -> None:
    admin = city.person("admin")
    with pytest.raises(Refused), unit_of_work(city.runtime, admin) as uow:
        services.place(uow, city.users["admin"], unit_id=city.units[WATER])
    with pytest.raises(Refused), unit_of_work(city.runtime, admin) as uow:
        services.switch_user(uow, city.users["admin"], active=False)


def test_an_account_that_is_switched_off_is_no_person_any_more(city: City) -> None:
    with unit_of_work(city.runtime, city.person("admin")) as uow:
        services.switch_user(uow, city.users["citizen"], active=False)
    with pytest.raises(NotFound):
        city.person("citizen")
    with unit_of_work(city.runtime, city.person("admin")) as uow:
        services.switch_user(uow, city.users["citizen"], active=True)
    assert city.person("citizen").id == city.users["citizen"]


def test_preferences_are_ones_own_and_known_ones(city: City) -> None:
    with unit_of_work(city.runtime, city.person("citizen")) as uow:
        user = services.set_preferences(uow, language="en", scheme="dark")
    assert (user.language, user.scheme) == ("en", "dark")
    with pytest.raises(Invalid), unit_of_work(city.runtime, city.person("citizen")) as uow:
        services.set_preferences(uow, language="fr", scheme="dark")


# Roles


def grant(city: City, actor: str | None, user: str, role: str, unit: str | None = None) -> None:
    by = city.person(actor) if actor else SYSTEM
    with unit_of_work(city.runtime, by) as uow:
        services.grant_role(
            uow, city.users[user], role=role, unit_id=city.units[unit] if unit else None
        )


def test_a_role_in_a_unit_reaches_that_unit_and_places_who_has_none(city: City) -> None:
    grant(city, "admin", "citizen", "editor", WATER)
    person = city.person("citizen")
    assert person.unit_id == city.units[WATER]
    held = next(a for a in person.assignments if a.role == "editor")
    assert (held.unit_id, held.region_code) == (city.units[WATER], "370100")


def test_a_role_for_all_is_kept_without_unit_but_places_the_person(city: City) -> None:
    grant(city, None, "citizen", "auditor", BUREAU)
    person = city.person("citizen")
    held = next(a for a in person.assignments if a.role == "auditor")
    assert held.unit_id is None
    assert person.is_government


def test_nobody_grants_a_role_to_oneself(city: City) -> None:
    with pytest.raises(Refused, match="不能给自己授予角色"):
        grant(city, "admin", "admin", "reviewer")


def test_the_database_itself_refuses_a_grant_to_oneself(city: City) -> None:
    me = city.users["citizen"]
    with pytest.raises(IntegrityError), unit_of_work(city.runtime, SYSTEM) as uow:
        uow.session.add(
            RoleAssignment(user_id=me, role="reviewer", granted_by=me, granted_at=uow.at)
        )


@pytest.mark.parametrize("other", ["security_officer", "auditor"])
def test_incompatible_roles_are_refused_by_table(city: City, other: str) -> None:
    with pytest.raises(Refused, match="必须由不同的人担任"):
        grant(city, None, "admin", other)


@pytest.mark.parametrize(
    ("role", "unit"),
    [("nonsense", None), ("editor", None), ("editor", FIRM), ("reviewer", FIRM)],
)
def test_an_unknown_role_or_an_unfitting_unit_is_invalid(
    city: City, role: str, unit: str | None
) -> None:
    with pytest.raises(Invalid):
        grant(city, "admin", "citizen", role, unit)


def test_a_government_role_is_not_for_people_of_a_firm(city: City) -> None:
    grant(city, "admin", "citizen", "enterprise", FIRM)
    with pytest.raises(Invalid):
        grant(city, "admin", "citizen", "reviewer")


def test_no_role_is_granted_in_a_unit_that_ended_or_never_was(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.close_unit(uow, city.units[WATER])
    with pytest.raises(Invalid):
        grant(city, "admin", "citizen", "editor", WATER)
    with pytest.raises(NotFound), unit_of_work(city.runtime, SYSTEM) as uow:
        services.grant_role(uow, city.users["citizen"], role="editor", unit_id="nowhere")


def test_a_role_is_not_granted_twice(city: City) -> None:
    with pytest.raises(Invalid):
        grant(city, "admin", "chief", "editor", WATER)


def test_a_district_administrator_grants_in_the_region_and_no_role_for_all(city: City) -> None:
    grant(city, "district", "citizen", "editor", DISTRICT_OFFICE)
    with pytest.raises(Refused):
        grant(city, "district", "citizen", "editor", WATER)
    with pytest.raises(Refused):
        grant(city, "district", "citizen", "administrator")


def test_revoking_takes_the_right_away_and_leaves_a_trail(city: City) -> None:
    with unit_of_work(city.runtime, city.person("admin")) as uow:
        services.revoke_role(uow, city.users["chief"], role="editor")
    assert not city.person("chief").has_role("editor")
    with city.runtime.database.reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "role.revoke")).one()
    assert row.detail == {"role": "editor", "unit": city.units[WATER]}
    with pytest.raises(Invalid), unit_of_work(city.runtime, SYSTEM) as uow:
        services.revoke_role(uow, city.users["chief"], role="editor")


def test_a_district_administrator_revokes_in_the_region_only(city: City) -> None:
    with pytest.raises(Refused), unit_of_work(city.runtime, city.person("district")) as uow:
        services.revoke_role(uow, city.users["chief"], role="editor", unit_id=city.units[WATER])
    with pytest.raises(Refused), unit_of_work(city.runtime, city.person("district")) as uow:
        services.revoke_role(uow, city.users["reviewer"], role="reviewer")


def test_a_role_with_an_end_ends_and_may_be_granted_anew(city: City) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.grant_role(uow, city.users["citizen"], role="standards_expert", ends_at=tomorrow)
    assert city.person("citizen").has_role("standards_expert")
    with clock.frozen(tomorrow + timedelta(seconds=1)):
        assert not city.person("citizen").has_role("standards_expert")
        grant(city, None, "citizen", "standards_expert")
        assert city.person("citizen").has_role("standards_expert")


def test_former_names_of_earlier_lists_are_noted(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        unit = uow.lock(Unit, city.units[WATER])
        services.add_former_name(uow, unit, name="市水利局", valid_to=date(2019, 1, 1))
    with city.runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(UnitName)) == 1


def test_every_service_needs_an_actor_with_the_right(city: City) -> None:
    nobody = Person(id=None, name="")

    def refused(uow: UnitOfWork) -> None:
        services.create_unit(uow, UnitData("无权", "370100", "party"))

    with pytest.raises(Refused), unit_of_work(city.runtime, nobody) as uow:
        refused(uow)


def test_who_has_no_role_left_leaves_the_unit_too(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.grant_role(uow, city.users["citizen"], role="editor", unit_id=city.units[WATER])
    assert city.person("citizen").is_government
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.revoke_role(uow, city.users["citizen"], role="editor")
    person = city.person("citizen")
    assert (person.unit_id, person.is_government) == (None, False)
