"""What lists and pages of units read."""

from datetime import date

import pytest

from auth import queries as auth_queries
from auth.services import add_former_name, close_unit, create_unit
from auth.unit_data import UnitData
from catalog.departments.queries.representatives import holders, offices, unit_contact
from catalog.departments.queries.units import (
    CHILDREN_SHOWN,
    UnitFilter,
    UnitList,
    unit_list,
    unit_view,
)
from catalog.departments.services import end_representative
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.errors import NotFound
from portal.kernel.uow import unit_of_work
from tests.catalog.departments.city import (
    BUREAU,
    DISTRICT,
    DISTRICT_WATER,
    FIRM,
    NOW,
    OLD_WATER,
    WATER,
    City,
)


def listed(city: City, page: int = 1, **wanted: object) -> UnitList:
    with city.reading() as session:
        return unit_list(session, UnitFilter(**wanted), page=page)  # type: ignore[arg-type]


def names(found: UnitList) -> list[str]:
    return [row.name for row in found.page.rows]


def test_units_stand_in_their_own_order(city: City) -> None:
    assert names(listed(city)) == [BUREAU, WATER, DISTRICT, DISTRICT_WATER, FIRM]


def test_a_part_of_the_name_finds(city: City) -> None:
    assert names(listed(city, q="水务局")) == [WATER, DISTRICT_WATER]


def test_a_former_name_finds_and_is_told(city: City) -> None:
    found = listed(city, q="水利")
    assert names(found) == [WATER]
    assert found.page.rows[0].former_name == OLD_WATER


@pytest.mark.parametrize("q", ["%", "_", "/", "局%示例"])
def test_signs_of_patterns_mean_themselves(city: City, q: str) -> None:
    assert names(listed(city, q=q)) == []


def test_filters_narrow_together_and_several_values_widen(city: City) -> None:
    assert names(listed(city, regions=("370102",), kinds=("government",))) == [DISTRICT_WATER]
    both = listed(city, regions=("370102",), kinds=("government", "enterprise"))
    assert names(both) == [DISTRICT_WATER, FIRM]
    assert both.page.total == 2


def test_each_filter_counts_under_all_but_itself(city: City) -> None:
    found = listed(city, regions=("370102",), kinds=("government",))
    assert found.regions == {"370100": 2, "370102": 1}
    assert found.kinds == {"government": 1, "district": 1, "enterprise": 1}


def test_units_below_one_are_listed(city: City) -> None:
    assert names(listed(city, parent_id=city.units[DISTRICT])) == [DISTRICT_WATER]


def test_closed_units_are_listed_when_asked_for(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        close_unit(uow, city.units[FIRM])
    assert FIRM not in names(listed(city))
    assert FIRM in names(listed(city, closed=True))


def test_pages_follow_one_another(city: City) -> None:
    add_units(city, 30)
    first, second = listed(city), listed(city, page=2)
    assert (first.page.total, len(first.page.rows), len(second.page.rows)) == (35, 20, 15)
    assert not set(first.ids) & set(second.ids)


def test_the_credit_code_finds(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        data = UnitData("示例医院", "370100", "institution", credit_code="123701004953001475")
        create_unit(uow, data)
    assert names(listed(city, q="123701004953001475")) == ["示例医院"]


def test_the_list_says_who_holds_an_office_and_since_when_none_does(city: City) -> None:
    with clock.frozen(NOW):
        city.appoint(WATER)
        gone = city.appoint(BUREAU, name="示例·珍珠")
        with unit_of_work(city.runtime, SYSTEM) as uow:
            end_representative(uow, representative_id=gone.id, on=date(2022, 10, 31))
    with city.reading() as session:
        found = offices(session, list(city.units.values()))
    assert found[city.units[WATER]].holder == "示例·漱玉"
    assert found[city.units[BUREAU]].holder is None
    assert found[city.units[BUREAU]].vacant_since == date(2022, 10, 31)
    assert city.units[DISTRICT] not in found


def test_a_unit_stands_below_its_ancestors(city: City) -> None:
    with city.reading() as session:
        view = unit_view(session, city.units[DISTRICT_WATER])
        above = unit_view(session, city.units[DISTRICT])
    assert [named.name for named in view.above] == [DISTRICT]
    assert [named.name for named in above.below] == [DISTRICT_WATER]
    assert above.below_count == 1


def test_of_many_units_below_some_are_named_and_all_counted(city: City) -> None:
    add_units(city, 30, parent_id=city.units[DISTRICT])
    with city.reading() as session:
        view = unit_view(session, city.units[DISTRICT])
    assert (len(view.below), view.below_count) == (CHILDREN_SHOWN, 31)


def test_former_names_are_told(city: City) -> None:
    with city.reading() as session:
        view = unit_view(session, city.units[WATER])
    assert [(f.name, f.valid_to) for f in view.former_names] == [(OLD_WATER, date(2018, 12, 31))]


def test_the_successor_of_a_closed_unit_bore_its_name(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        old = create_unit(uow, UnitData("示例市水务局", "370100", "government"))
        heir = auth_queries.unit(uow.session, city.units[WATER])
        add_former_name(uow, heir, name="示例市水务局")
        close_unit(uow, old.id)
    with city.reading() as session:
        assert [s.name for s in unit_view(session, old.id).successors] == [WATER]


def test_an_unknown_unit_is_not_found(city: City) -> None:
    with city.reading() as session, pytest.raises(NotFound):
        unit_view(session, "nowhere")


def test_everybody_who_answers_for_a_unit_is_told(city: City) -> None:
    with clock.frozen(NOW):
        first = city.appoint(WATER, name="示例·前任")
        city.appoint(
            WATER, term_from=date(2022, 1, 1), term_to=date(2022, 6, 30), replaces=first.id
        )
        city.appoint(WATER, name="示例·柳絮", is_deputy=True)
        with city.reading() as session:
            found = holders(session, city.units[WATER])
        assert found.chief is not None
        assert found.chief.name == "示例·漱玉"
        assert found.term_is_over
    assert [d.name for d in found.deputies] == ["示例·柳絮"]
    assert [f.name for f in found.former] == ["示例·前任"]
    assert found.vacancy is None


def test_a_vacant_office_counts_from_the_last_holder(city: City) -> None:
    with clock.frozen(NOW):
        gone = city.appoint(WATER)
        with unit_of_work(city.runtime, SYSTEM) as uow:
            end_representative(uow, representative_id=gone.id, on=date(2022, 11, 4))
        with city.reading() as session:
            found = holders(session, city.units[WATER])
    assert found.vacancy is not None
    assert found.vacancy.working_days == 2  # Monday and Tuesday


def test_whom_to_ask_about_a_units_data(city: City) -> None:
    city.appoint(WATER)
    with city.reading() as session:
        held = unit_contact(session, city.units[WATER])
        vacant = unit_contact(session, city.units[BUREAU])
        assert unit_contact(session, "nowhere") is None
    assert held is not None
    assert (held.holder, held.office_phone) == ("示例·漱玉", "0531-00000000")
    assert vacant is not None
    assert (vacant.holder, vacant.unit_phone) == (None, "0531-00000001")


def add_units(city: City, number: int, **values: str) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        for n in range(number):
            create_unit(
                uow, UnitData(f"示例单位{n:03d}", "370100", "institution", position=100, **values)
            )
