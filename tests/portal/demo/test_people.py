"""The personas and the chief representatives of the demonstration."""

import re
from collections import Counter

from auth.roles import INCOMPATIBLE, role
from portal.demo import reader

PEOPLE = reader.personas()
UNITS = {unit.key: unit for unit in reader.units()}


def test_every_persona_that_the_product_promises_is_there() -> None:
    counted = Counter(role for persona in PEOPLE.personas for role in persona.roles)
    assert counted == {
        "chief_representative": 3,
        "deputy_representative": 1,
        "editor": 1,
        "reviewer": 1,
        "standards_officer": 1,
        "standards_expert": 4,
        "security_officer": 1,
        "auditor": 1,
        "district_administrator": 1,
        "administrator": 1,
        "consumer": 1,
        "enterprise": 1,
        "public": 1,
    }


def test_chief_representatives_are_of_two_city_units_and_one_district() -> None:
    chiefs = [p.unit for p in PEOPLE.personas if "chief_representative" in p.roles]
    kinds = sorted(UNITS[unit or ""].kind for unit in chiefs)
    assert kinds == ["district", "government", "government"]


def test_the_four_experts_are_of_different_units() -> None:
    units = [p.unit for p in PEOPLE.personas if "standards_expert" in p.roles]
    assert len(set(units)) == 4


def test_the_consumer_is_of_another_unit_than_the_editor_and_the_reviewer() -> None:
    unit = {
        r: p.unit
        for p in PEOPLE.personas
        for r in p.roles
        if r in ("consumer", "editor", "reviewer")
    }
    assert len(set(unit.values())) == 3


def test_roles_are_known_have_their_unit_and_do_not_exclude_one_another() -> None:
    for persona in PEOPLE.personas:
        found = [role(key) for key in persona.roles]
        assert None not in found, persona.username
        assert all(persona.unit for r in found if r and r.needs_unit), persona.username
        assert not any(pair <= set(persona.roles) for pair in INCOMPATIBLE)
        assert persona.unit is None or persona.unit in UNITS


def test_people_are_visibly_invented() -> None:
    names = [p.name for p in PEOPLE.personas] + [r.name for r in PEOPLE.representatives]
    phones = [p.phone for p in PEOPLE.personas] + [r.phone for r in PEOPLE.representatives]
    assert all(name.startswith("示例·") for name in names)
    assert all(re.fullmatch(r"0531-0000\d{4}", phone) for phone in phones)
    assert all(r.document.startswith("示例文号") for r in PEOPLE.representatives)


def test_usernames_and_names_are_unique_and_described_in_both_languages() -> None:
    people = PEOPLE.personas
    assert len({p.username for p in people}) == len({p.name for p in people}) == len(people)
    assert all(p.description.endswith("。") and p.description_en.endswith(".") for p in people)
    assert all(p.description_en.isascii() for p in people)


def test_at_least_thirty_units_have_one_representative_and_several_have_none() -> None:
    units = [r.unit for r in PEOPLE.representatives]
    assert len(set(units)) == len(units) >= 30
    assert set(units) <= set(UNITS)
    government = {
        key for key, unit in UNITS.items() if unit.kind != "enterprise" and not unit.valid_to
    }
    assert len(government - set(units)) >= 5


def test_terms_begin_in_2022_and_end_later_or_not() -> None:
    terms = [(r.term_from, r.term_to) for r in PEOPLE.representatives]
    assert all(start.year == 2022 for start, _end in terms)
    assert all(end is None or end > start for start, end in terms)
    assert {end is None for _start, end in terms} == {True, False}


def test_a_chief_representative_persona_is_the_representative_of_the_unit() -> None:
    by_username = {r.username: r for r in PEOPLE.representatives if r.username}
    for persona in PEOPLE.personas:
        if "chief_representative" in persona.roles:
            recorded = by_username[persona.username]
            assert (recorded.unit, recorded.name, recorded.phone) == (
                persona.unit,
                persona.name,
                persona.phone,
            )
