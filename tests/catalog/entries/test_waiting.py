"""What waits for the bureau: since when, until when, in the order in which it is due."""

import re
from datetime import UTC, datetime, timedelta

from catalog.entries.models import EntryVersion
from catalog.entries.queries import work
from portal.kernel import clock
from portal.kernel.uow import unit_of_work
from tests.catalog.entries import making
from tests.world import World

THURSDAY = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


def _submitted_at(world: World, moment: datetime) -> making.Made:
    made = making.submitted(world)
    with unit_of_work(world.runtime, world.person("shuyu")) as uow:
        uow.lock(EntryVersion, made.version_id).submitted_at = moment
    return made


def test_the_limit_follows_from_the_submission_until_a_task_says_it(office: World) -> None:
    made = _submitted_at(office, THURSDAY)
    with office.runtime.database.reading() as session, clock.frozen(THURSDAY):
        found = work.review_clocks(session, {made.version_id: THURSDAY})
        assert clock.local(found[made.version_id].due_at).date().isoformat() == "2026-11-30"
        assert found[made.version_id].light.days == 2
        assert work.review_clocks(session, {}) == {}
        assert work.review_clocks(session, {made.version_id: None}) == {}


def test_the_limit_of_the_task_is_the_one_that_counts(world: World) -> None:
    made = making.submitted(world)
    world.settle()
    with world.runtime.database.reading() as session:
        long_ago = {made.version_id: THURSDAY - timedelta(days=9000)}
        found = work.review_clocks(session, long_ago)[made.version_id]
        assert found.due_at > clock.now()


def test_what_waits_stands_in_the_order_in_which_it_is_due(office: World) -> None:
    for days in (3, 1, 2, 8, 0):
        _submitted_at(office, THURSDAY - timedelta(days=days))
    reviewer = office.person("shuyu")
    with office.runtime.database.reading() as session:
        rows = work.waiting(session, reviewer, page=1).rows
        clocks = work.review_clocks(session, {row.id: row.submitted_at for row in rows})
        limits = [clocks[row.id].due_at for row in rows]
    assert len(limits) >= 5
    assert limits == sorted(limits)


def test_the_api_says_until_when_each_version_waits(office: World) -> None:
    made = _submitted_at(office, THURSDAY)
    answer = office.client("shuyu").get("/api/v1/entries/reviews").get_json()
    row = next(row for row in answer["waiting"] if row["id"] == made.version_id)
    assert row["submitted_at"].startswith("2026-11-26T02:00")
    assert row["due_at"].startswith("2026-11-30T15:59:59")


def test_the_list_and_the_page_of_a_review_say_since_when_and_until_when(office: World) -> None:
    made = _submitted_at(office, THURSDAY)
    client = office.client("shuyu")
    with clock.frozen(clock.now()):
        listed = client.get("/catalog/reviews").get_data(as_text=True)
        page = client.get(f"/catalog/reviews/{made.version_id}").get_data(as_text=True)
    row = next(row for row in listed.split("<tr>") if made.version_id in row)
    for told in (row, page):
        assert "2026-11-26 10:00" in told
        assert re.search(r'<time datetime="2026-11-30">2026年11月30日到期</time>', told)


def test_a_decided_version_has_no_clock_any_more(office: World) -> None:
    made = making.published(office)
    page = office.client("shuyu").get(f"/catalog/reviews/{made.version_id}").get_data(as_text=True)
    assert "到期</time>" not in page
