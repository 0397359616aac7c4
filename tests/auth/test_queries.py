"""Reads of units, people and roles."""

import pytest

from auth import pages, queries, services
from auth.unit_data import UnitData
from portal.kernel.access import SYSTEM
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.uow import unit_of_work
from tests.auth.city import BUREAU, DISTRICT_OFFICE, FIRM, WATER, City, identity
from tests.auth.statements import counted

CODE = "91350100M000100Y43"


def test_a_unit_is_found_by_id_with_its_former_names(city: City) -> None:
    with city.runtime.database.reading() as session:
        assert queries.unit(session, city.units[WATER]).former_names == []
        with pytest.raises(NotFound):
            queries.unit(session, "nothing")


def test_units_are_listed_by_region_living_ones_unless_asked(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.close_unit(uow, city.units[FIRM])
    with city.runtime.database.reading() as session:
        names = {unit.name for unit in queries.units(session, region_code="370102")}
        assert names == {DISTRICT_OFFICE}
        everybody = queries.units(session, closed=True)
        assert FIRM in {unit.name for unit in everybody}


def test_the_tree_holds_every_unit_once_in_one_statement(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        below = services.create_unit(
            uow, UnitData("下属", "370100", "institution", parent_id=city.units[WATER])
        )
        services.create_unit(uow, UnitData("再下", "370100", "institution", parent_id=below.id))
    with city.runtime.database.reading() as session, counted(session) as statements:
        tree = queries.unit_tree(session)
    water = next(node for node in tree if node.unit.name == WATER)
    assert [(n.unit.name, n.depth) for n in water.children] == [("下属", 1)]
    assert water.children[0].children[0].depth == 2
    assert len(statements) == 1


def test_a_former_name_finds_the_unit_and_says_so(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.rename_unit(uow, city.units[WATER], name="市水务局")
    with city.runtime.database.reading() as session:
        assert [n.former for n in queries.units_named(session, "市水务局")] == [False]
        assert [n.former for n in queries.units_named(session, WATER, region_code="370100")] == [
            True
        ]
        assert queries.units_named(session, WATER, region_code="370102") == []


def test_the_index_never_guesses_across_regions(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.create_unit(
            uow, UnitData(WATER, "370102", "government", credit_code=CODE, short_name="水务（区）")
        )
        services.rename_unit(uow, city.units[WATER], name="市水务局")
    with city.runtime.database.reading() as session, counted(session) as statements:
        index = queries.unit_index(session)
    assert len(statements) == 2
    assert [n.former for n in index.find(name="市城乡 水务局", region_code="370100")] == [True]
    assert [n.unit.region_code for n in index.find(name="水务(区)", region_code="370102")] == [
        "370102"
    ]
    assert index.find(name=WATER, region_code="370103") == ()
    assert index.find(credit_code=CODE)[0].unit.region_code == "370102"
    assert index.find(credit_code="X", name="没有", region_code="370100") == ()


def test_a_unit_is_found_by_its_credit_code(city: City) -> None:
    with city.runtime.database.reading() as session:
        assert queries.unit_by_credit_code(session, CODE) is None


def test_the_unit_meant_at_a_command_line_is_one_or_none(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.create_unit(uow, UnitData(WATER, "370102", "government", credit_code=CODE))
    with city.runtime.database.reading() as session:
        assert queries.the_unit(session, BUREAU).id == city.units[BUREAU]
        assert queries.the_unit(session, CODE).region_code == "370102"
        with pytest.raises(Invalid):
            queries.the_unit(session, WATER)
        with pytest.raises(NotFound):
            queries.the_unit(session, "没有")


def test_names_of_units_by_id(city: City) -> None:
    with city.runtime.database.reading() as session:
        assert queries.unit_names(session, [city.units[WATER], "x"]) == {city.units[WATER]: WATER}


def test_the_user_meant_is_one_or_none(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.enrol(uow, identity("admin", issuer="https://other.example"))
    with city.runtime.database.reading() as session:
        assert queries.the_user(session, "chief@example.invalid").username == "chief"
        assert queries.person_named(session, "chief").username == "chief"
        with pytest.raises(Invalid):
            queries.the_user(session, "admin")
        with pytest.raises(NotFound):
            queries.the_user(session, "nobody")


def test_people_of_a_unit_by_role(city: City) -> None:
    with city.runtime.database.reading() as session, counted(session) as statements:
        everybody = queries.people_of_unit(session, city.units[WATER])
        chiefs = queries.people_of_unit(session, city.units[WATER], role="chief_representative")
    assert [each.roles for each in everybody] == [("chief_representative", "editor")]
    assert [(each.username, each.unit_name) for each in chiefs] == [("chief", WATER)]
    assert len(statements) == 2


def test_all_people_come_with_their_roles_in_one_statement(city: City) -> None:
    with city.runtime.database.reading() as session, counted(session) as statements:
        everybody = {each.username: each for each in queries.people(session)}
        assert queries.people(session, issuer="elsewhere") == []
    assert set(everybody["chief"].roles) == {"public", "chief_representative", "editor"}
    assert everybody["citizen"].unit_name == ""
    assert len(statements) == 2


def test_somebody_without_any_role_is_still_listed(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        services.revoke_role(uow, city.users["citizen"], role="public")
    with city.runtime.database.reading() as session:
        found = next(each for each in queries.people(session) if each.username == "citizen")
        shown = pages.personas(session)[-1]
    assert found.roles == ()
    assert (shown.key, str(shown.role)) == ("citizen", "尚无角色")
