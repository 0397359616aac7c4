"""Roles and regions as data."""

from auth import code_lists, regions, roles
from auth.permissions import PERMISSIONS


def test_every_grant_names_a_role_that_exists() -> None:
    for permission in PERMISSIONS:
        assert all(roles.role(key) is not None for key in permission.grants)


def test_the_three_administrators_exclude_one_another() -> None:
    three = {"administrator", "security_officer", "auditor"}
    for one in three:
        assert roles.conflicts(one, frozenset(three)) == three - {one}
    assert roles.conflicts("editor", frozenset(three)) == frozenset()


def test_no_administrator_may_see_the_trail() -> None:
    seen = next(p for p in PERMISSIONS if p.key == "audit.see")
    assert set(seen.grants) == {"auditor"}


def test_a_code_of_elsewhere_is_its_own_name() -> None:
    assert str(regions.region_name("370102")) == "历下区"
    assert regions.region_name("330100") == "330100"
    assert regions.region_name(None) == ""


def test_region_codes_are_six_digits() -> None:
    assert all(regions.is_region_code(region.code) for region in regions.REGIONS)
    assert not regions.is_region_code("37010")
    assert not regions.is_region_code("999999")
    assert regions.is_region_code("330100"), "another city's units may be imported"
    assert regions.region("370171") is not None
    assert [r.code for r in regions.REGIONS if r.functional] == ["370171", "370172", "370173"]


def test_every_code_list_has_a_label_for_each_key() -> None:
    for listed in code_lists.CODE_LISTS:
        assert all(str(label) for label in listed.values.values())
