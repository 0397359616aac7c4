"""Units by name: a label for each that means no other, and what is said of a name that is not known."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.entries.directory import Listed, directory_of

CITY, LIXIA, SHIZHONG = "370100", "370102", "370103"


def unit(number: int, name: str, region: str = CITY, **rest: object) -> Listed:
    stated = {"short_name": "", "credit_code": None, "valid_to": None, **rest}
    return Listed(f"u-{number}", name, region_code=region, **stated)  # type: ignore[arg-type]


UNITS = (
    unit(1, "济南市民政局", short_name="市民政局", former=("济南市民政和社会工作局",)),
    unit(2, "民政局", LIXIA),
    unit(3, "民政局", SHIZHONG),
    unit(4, "卫生局", LIXIA, valid_to=date(2019, 1, 9)),
    unit(5, "卫生健康局", LIXIA, former=("卫生局",), credit_code="11370102MB2800001X"),
    unit(6, "粮食局", LIXIA, valid_to=date(2019, 1, 9)),
    unit(7, "粮食局", LIXIA, valid_to=date(2009, 1, 9)),
)
KNOWN = directory_of(UNITS)


def test_a_label_is_the_name_and_the_region_only_where_others_bear_it() -> None:
    assert KNOWN.labels["u-1"] == "济南市民政局"
    assert KNOWN.labels["u-2"] == "民政局（历下区）"
    assert KNOWN.labels["u-4"] == "卫生局"
    assert "2019" in KNOWN.labels["u-6"]
    assert "卫生局" not in KNOWN.options
    assert len(set(KNOWN.labels.values())) == len(UNITS)


def test_a_unit_is_found_by_every_way_to_write_it() -> None:
    for typed in ("济南市民政局", " 市民政局 ", "济南市民政和社会工作局", "济南市民政局(济南市)"):
        assert KNOWN.find(typed) == "u-1", typed
    for typed in ("民政局（历下区）", "民政局(历下区)", "u-2"):
        assert KNOWN.find(typed) == "u-2", typed
    assert KNOWN.find("11370102mb2800001x") == "u-5"
    assert KNOWN.find("卫生局") == "u-5"


def test_a_closed_unit_is_found_only_where_it_stands_already() -> None:
    assert KNOWN.find("粮食局") is None
    assert KNOWN.find("卫生局", ["u-4"]) == "u-4"
    assert KNOWN.find(KNOWN.label("u-6"), ["u-6"]) == "u-6"


def test_the_sentence_says_what_to_write_instead() -> None:
    several = str(KNOWN.objection("民政局"))
    assert "2 个单位" in several
    assert "民政局（历下区）、民政局（市中区）" in several
    assert "已撤销" in str(KNOWN.objection("粮食局"))
    assert "卫生健康局" in str(KNOWN.objection("健康"))
    unknown = str(KNOWN.objection("没有的局" + "很长" * 1000))
    assert "曾用名" in unknown
    assert len(unknown) < 120


NAMES = st.sampled_from(["甲局", "乙局", "甲局（历下区）", "(", "甲局,"])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            NAMES,
            st.sampled_from([CITY, LIXIA]),
            st.sampled_from([None, date(2019, 1, 9)]),
        ),
        max_size=6,
    )
)
def test_every_label_leads_back_to_its_unit(rows: list[tuple[str, str, date | None]]) -> None:
    units = [
        unit(number, name, region, valid_to=ended)
        for number, (name, region, ended) in enumerate(rows)
    ]
    known = directory_of(units)
    assert set(known.labels) == {u.id for u in units}
    for each in units:
        assert known.find(known.label(each.id), [each.id]) == each.id
        if each.valid_to is None:
            assert known.find(known.label(each.id)) == each.id
