"""Jinan's units as the demonstration loads them."""

import re

from auth import credit_code
from auth.models import UnitKind
from auth.regions import REGIONS
from portal.demo import reader

UNITS = tuple(reader.units())
BY_KEY = {unit.key: unit for unit in UNITS}
RESPONSIBLE_IN_THE_PLAN = {
    "市大数据局": "济南市大数据局",
    "市自然资源和规划局": "济南市自然资源和规划局",
    "市住房城乡建设局": "济南市住房和城乡建设局",
    "市人力资源社会保障局": "济南市人力资源和社会保障局",
    "市卫生健康委": "济南市卫生健康委员会",
    "市医保局": "济南市医疗保障局",
    "市公安局": "济南市公安局",
    "市行政审批服务局": "济南市行政审批服务局",
    "市民营经济局": "济南市民营经济局",
    "市交通运输局": "济南市交通运输局",
    "市园林和林业绿化局": "济南市园林和林业绿化局",
    "市司法局": "济南市司法局",
}


def test_the_responsible_units_of_the_plan_bear_their_printed_names() -> None:
    living = {unit.short_name: unit.name for unit in UNITS if unit.valid_to is None}
    assert {
        short: living.get(short) for short in RESPONSIBLE_IN_THE_PLAN
    } == RESPONSIBLE_IN_THE_PLAN


def test_every_district_and_functional_zone_has_its_unit() -> None:
    territories = [
        unit for unit in UNITS if unit.kind in ("district", "functional_zone") and not unit.valid_to
    ]
    assert sorted(unit.region_code for unit in territories) == sorted(
        region.code for region in REGIONS if region.code != "370100"
    )
    zones = {unit.region_code for unit in territories if unit.kind == "functional_zone"}
    assert zones == {region.code for region in REGIONS if region.functional}


def test_about_sixty_city_bodies_and_some_district_departments_are_there() -> None:
    city = [unit for unit in UNITS if unit.region_code == "370100" and unit.valid_to is None]
    districts = [unit for unit in UNITS if unit.parent and BY_KEY[unit.parent].kind == "district"]
    assert len(city) >= 60
    assert len(districts) >= 5


def test_keys_codes_and_living_names_are_unique() -> None:
    assert len(BY_KEY) == len(UNITS)
    assert len({unit.credit_code for unit in UNITS}) == len(UNITS)
    living = [(unit.region_code, unit.name) for unit in UNITS if unit.valid_to is None]
    assert len(set(living)) == len(living)
    shorts = [unit.short_name for unit in UNITS if unit.valid_to is None]
    assert len(set(shorts)) == len(shorts)


def test_credit_codes_check_and_yet_belong_to_nobody() -> None:
    assert [unit.key for unit in UNITS if credit_code.problem(unit.credit_code)] == []
    # the check character of a body's own nine places is a digit or X (GB 11714): Y is nobody's
    assert {unit.credit_code[16] for unit in UNITS} == {"Y"}


def test_telephone_numbers_are_none_that_a_network_gives() -> None:
    phones = [unit.office_phone for unit in UNITS if unit.office_phone]
    assert all(re.fullmatch(r"0531-0000\d{4}", phone) for phone in phones)
    assert len(phones) > 90


def test_kinds_are_known_and_all_used() -> None:
    assert {unit.kind for unit in UNITS} == {kind.value for kind in UnitKind}


def test_parents_come_before_their_children() -> None:
    seen: set[str] = set()
    for unit in UNITS:
        assert unit.parent is None or unit.parent in seen, unit.key
        seen.add(unit.key)


def test_every_unit_says_its_duty_in_a_sentence_of_its_own() -> None:
    assert all(unit.duty.endswith("。") for unit in UNITS)
    assert len({unit.duty for unit in UNITS}) == len(UNITS)


def test_former_names_are_before_the_unit_ends_and_are_no_living_name() -> None:
    living = {unit.name for unit in UNITS if unit.valid_to is None}
    former = [name for unit in UNITS for name in unit.former_names]
    assert len({name.name for name in former}) == len(former) >= 30
    assert not {name.name for name in former} & living
    for unit in UNITS:
        assert all(
            unit.valid_to is None or name.until <= unit.valid_to for name in unit.former_names
        )
    names = {name.name for name in BY_KEY["natural-resources"].former_names}
    assert names == {"济南市规划局", "济南市国土资源局"}


def test_some_units_are_closed_and_they_ended_before_2019() -> None:
    closed = [unit for unit in UNITS if unit.valid_to is not None]
    assert len(closed) >= 3
    assert all(unit.valid_to and unit.valid_to.year < 2019 for unit in closed)
    assert all(
        unit.valid_from and unit.valid_to and unit.valid_from < unit.valid_to for unit in closed
    )
