"""A unit that a file writes in two ways has one name, in full and in short."""

import pytest

from catalog.entries.imports.units import full_and_short


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("市交通局", "苏州市交通运输局", ("苏州市交通运输局", "市交通局")),
        ("苏州市文化广电和旅游局", "市文广旅局", ("苏州市文化广电和旅游局", "市文广旅局")),
        ("吴江区民政局", "苏州市民政局", ("吴江区民政局", "")),
        ("市民政局", "市民政局", ("市民政局", "")),
        ("市民政局", "", ("市民政局", "")),
    ],
)
def test_one_name_is_short_for_the_other(name: str, other: str, expected: tuple[str, str]) -> None:
    assert full_and_short(name, other) == expected
