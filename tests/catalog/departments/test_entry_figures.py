"""What the catalog tells of units: figures, what is overdue, newest entries, drafts."""

from collections import Counter
from datetime import timedelta

import pytest

from catalog.departments.figures import UnitFigures
from catalog.entries.models import Entry
from catalog.entries.queries.units import (
    Place,
    should_be_updated,
    unit_drafts,
    unit_entries,
    unit_figures,
)
from catalog.entries.services.review import move_entry, move_version
from catalog.entries.services.writing import create_entry
from catalog.entries.visibility import may_find
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.uow import unit_of_work
from tests.catalog.departments.city import BUREAU, NOW, WATER, City

OVERDUE = {"soon_at": NOW - timedelta(days=9), "overdue_at": NOW - timedelta(days=3)}
UNDATED = {"soon_at": None, "overdue_at": None}


def figures(city: City, who: str = "nobody", unit: str = WATER) -> UnitFigures | None:
    with city.reading() as session:
        return unit_figures(session, city.people[who], [city.units[unit]]).get(city.units[unit])


def fill(city: City) -> None:
    city.publish(WATER, 4)
    city.publish(WATER, 2, resource_count=0, **OVERDUE)
    city.publish(WATER, 1, open_type="withheld", **OVERDUE)
    city.publish(WATER, 3, open_type=None, **UNDATED)
    city.publish(WATER, 1, standing="suspended")
    city.publish(WATER, 1, standing="withdrawn")
    city.publish(WATER, 1, standing="unpublished")
    city.publish(BUREAU, 5)


def test_the_public_counts_what_everybody_sees(city: City) -> None:
    with clock.frozen(NOW):
        fill(city)
        assert figures(city) == UnitFigures(entries=9, attached=7, dated=6, overdue=2)


def test_withheld_entries_count_for_government_people(city: City) -> None:
    with clock.frozen(NOW):
        fill(city)
        assert figures(city, "other") == UnitFigures(entries=10, attached=8, dated=7, overdue=3)
        assert figures(city, "enterprise") == figures(city)


@pytest.mark.parametrize("who", ["nobody", "enterprise", "administrator", "editor", "reviewer"])
def test_the_count_is_that_of_the_rule_of_visibility(city: City, who: str) -> None:
    with clock.frozen(NOW):
        fill(city)
        with city.reading() as session:
            seen = [
                row
                for row in session.query(Entry)
                if row.standing == "published" and may_find(city.people[who], row)
            ]
        expected = Counter(row.unit_id for row in seen)
        for unit in (WATER, BUREAU):
            counted = figures(city, who, unit)
            assert counted is not None
            assert counted.entries == expected[city.units[unit]]


def test_shares_leave_out_what_is_not_known() -> None:
    counted = UnitFigures(entries=9, attached=7, dated=6, overdue=2)
    assert (counted.empty, counted.timely) == (2, 4)
    assert counted.attached_share == pytest.approx(7 / 9)
    assert counted.timely_share == pytest.approx(4 / 6)
    assert UnitFigures().attached_share is None
    assert UnitFigures(entries=1).timely_share is None


def test_a_unit_without_entries_has_no_figures(city: City) -> None:
    assert figures(city) is None


def test_figures_follow_publishing_and_suspending_at_once(city: City) -> None:
    with clock.frozen(NOW):
        city.publish(WATER, 1)
        before = figures(city)
        entry_id = publish_by_service(city)
        after = figures(city)
        with unit_of_work(city.runtime, SYSTEM) as uow:
            move_entry(uow, entry_id=entry_id, key="suspend", comment="核对数据")
        suspended = figures(city)
    assert before == suspended == UnitFigures(1, 1, 1, 0)
    assert after == UnitFigures(2, 1, 1, 0)


def test_figures_follow_the_clock(city: City) -> None:
    with clock.frozen(NOW):
        city.publish(WATER, 1, overdue_at=NOW + timedelta(seconds=20))
        assert figures(city) == UnitFigures(1, 1, 1, 0)
    with clock.frozen(NOW + timedelta(seconds=21)):
        assert figures(city) == UnitFigures(1, 1, 1, 1)
    with clock.frozen(NOW):
        assert figures(city) == UnitFigures(1, 1, 1, 0)


def test_figures_are_one_statement_whether_counted_or_kept(city: City) -> None:
    city.publish(WATER, 3)
    for _time in range(2):
        with city.counting() as statements:
            figures(city)
        assert len(statements) == 1


def test_what_is_overdue_comes_first_then_what_soon_will_be(city: City) -> None:
    with clock.frozen(NOW):
        city.publish(WATER, 1, title="新")
        city.publish(WATER, 1, title="将到期", soon_at=NOW, overdue_at=NOW + timedelta(days=2))
        city.publish(WATER, 1, title="超期", **OVERDUE)
        city.publish(WATER, 1, title="不予开放", open_type="withheld", **OVERDUE)
        with city.reading() as session:
            unit_id = city.units[WATER]
            public = should_be_updated(session, city.people["nobody"], unit_id)
            government = should_be_updated(session, city.people["other"], unit_id)
        shown = [(row.title, row.timeliness) for row in public]
    assert shown == [("超期 0", "overdue"), ("将到期 0", "due")]
    assert len(government) == 3


@pytest.mark.parametrize(
    ("show", "number"), [("", 9), ("attached", 7), ("empty", 2), ("timely", 4), ("overdue", 2)]
)
def test_each_figure_has_its_list(city: City, show: str, number: int) -> None:
    with clock.frozen(NOW):
        fill(city)
        with city.reading() as session:
            nobody, unit_id = city.people["nobody"], city.units[WATER]
            rows = unit_entries(session, nobody, unit_id, show=show, page=1)
    assert len(rows) == number


def test_drafts_are_for_the_unit_and_reviewers(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        create_entry(
            uow,
            unit_id=city.units[WATER],
            region_code="370100",
            document={"title": "水厂水质检测信息"},
        )
    place = Place(city.units[WATER], "370100")
    with city.reading() as session:
        seen = {who: unit_drafts(session, person, place) for who, person in city.people.items()}
    assert {who for who, drafts in seen.items() if drafts is not None} == {"editor", "reviewer"}
    drafts = seen["editor"]
    assert drafts is not None
    assert [(row.title, row.status, row.is_change) for row in drafts.rows] == [
        ("水厂水质检测信息", "draft", False)
    ]
    assert drafts.counts == {"draft": 1}


def publish_by_service(city: City) -> str:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        entry = create_entry(
            uow,
            unit_id=city.units[WATER],
            region_code="370100",
            document={"title": "水源地名录", "category": ["主题信息资源类", "水务", "水源"]},
        )
        version_id = str(entry.open_version_id)
        uow.session.flush()  # the version is locked again by the review
        move_version(uow, version_id=version_id, key="submit")
        uow.session.flush()
        move_version(uow, version_id=version_id, key="publish")
    return entry.id
