"""The index follows the outbox, whatever comes late, twice or while it is away."""

from collections.abc import Callable

import pytest

from portal.kernel.access import NOBODY, SYSTEM
from portal.kernel.outbox import Delivery
from portal.kernel.runtime import Runtime
from search.indexer import index, index_subjects, touched_ids
from search.parts import Search
from search.queries import Asked, find, lag, own_waiting
from tests.search.conftest import Change
from tests.search.records import give_grade, rename_unit, save, take_back

Deliver = Callable[[], str]


def found(runtime: Runtime, text: str, **filters: str) -> list[str]:
    asked = Asked(text, filters={key: frozenset({value}) for key, value in filters.items()})
    return sorted(hit.id for hit in find(runtime, NOBODY, asked).hits)


def test_a_change_is_found_after_its_delivery(
    runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: save(uow, "a1", "停车场信息"))
    assert deliver() == "done=1 failed=0 dead=0"
    assert found(runtime, "停车场") == ["a1"]


def test_a_record_taken_back_leaves_the_index(
    runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: save(uow, "a1", "停车场信息"))
    change(lambda uow: save(uow, "a2", "停车场价格"))
    deliver()
    change(lambda uow: take_back(uow, "a1"))
    deliver()
    assert found(runtime, "停车场") == ["a2"]


def test_secret_records_are_found_by_their_audience_alone(
    runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: save(uow, "a1", "停车场信息", secret=True))
    deliver()
    assert found(runtime, "停车场") == []
    assert find(runtime, SYSTEM, Asked("停车场")).total == 1


def test_a_delivery_done_twice_is_done_once(
    runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: save(uow, "a1", "停车场信息"))
    deliver()
    again = _delivery(1, "a1")
    index_subjects(runtime, [again, again])
    assert found(runtime, "停车场") == ["a1"]


def test_a_late_delivery_reads_the_present_state(
    runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: save(uow, "a1", "旧名"))
    change(lambda uow: save(uow, "a1", "新名"))
    deliver()
    index_subjects(runtime, [_delivery(1, "a1")])
    assert (found(runtime, "旧名"), found(runtime, "新名")) == ([], ["a1"])


def test_a_renamed_unit_takes_all_its_documents_along(
    runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: [save(uow, f"a{n:03d}", "停车场信息") for n in range(150)] and None)
    change(lambda uow: save(uow, "b1", "停车场信息", unit="乙局"))
    deliver()
    change(lambda uow: rename_unit(uow, "甲局", "丙中心"))
    deliver()
    assert find(runtime, NOBODY, Asked("丙中心")).total == 150
    assert find(runtime, NOBODY, Asked("甲局")).total == 0
    assert found(runtime, "乙局") == ["b1"]


def test_another_feature_adds_facets_and_words(
    runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: save(uow, "a1", "停车场信息"))
    change(lambda uow: save(uow, "a2", "停车场价格"))
    deliver()
    change(lambda uow: give_grade(uow, "a1", "甲"))
    deliver()
    assert found(runtime, "停车场", grade="甲") == ["a1"]
    assert found(runtime, "甲级") == ["a1"]
    counts = find(runtime, NOBODY, Asked("", facets=True)).facets["grade"]
    assert counts.values == (("甲", 1),)


def test_an_index_that_was_lost_is_made_whole_by_the_next_change(
    runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: save(uow, "a1", "停车场信息"))
    deliver()
    (runtime.settings.search_folder / "current").unlink()
    change(lambda uow: save(uow, "a2", "停车场价格"))
    deliver()
    assert found(runtime, "停车场") == ["a1", "a2"]


def test_words_written_as_one_are_looked_for_one_by_one(
    runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: save(uow, "a1", "停车场的价格"))
    deliver()
    result = find(runtime, NOBODY, Asked("停车场价格"))
    assert [hit.id for hit in result.hits] == ["a1"]
    assert result.loose


def test_the_index_says_how_far_it_is_behind(
    runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: save(uow, "a1", "停车场信息"))
    with runtime.database.reading() as session:
        behind = lag(session)
        assert (behind.waiting, own_waiting(session, NOBODY)) == (1, [])
        assert behind.since is not None
    deliver()
    with runtime.database.reading() as session:
        assert lag(session).waiting == 0


def test_of_several_deliveries_of_a_record_the_newest_sequence_counts() -> None:
    deliveries = [_delivery(7, "a1"), _delivery(9, "a1"), _delivery(8, "a2")]
    assert touched_ids(deliveries) == {"a1": 9, "a2": 8}


def test_the_version_is_the_newest_sequence_that_could_be_seen(
    runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: save(uow, "a1", "停车场信息"))
    change(lambda uow: save(uow, "a2", "停车场价格"))
    deliver()
    index(runtime, {"a1": 1})
    assert runtime.part(Search).engine.known(["a1"])["a1"].version == 2


@pytest.mark.parametrize("failing", [True, False])
def test_while_the_engine_is_away_the_outbox_keeps_the_work(
    runtime: Runtime, change: Change, deliver: Deliver, *, failing: bool
) -> None:
    change(lambda uow: save(uow, "a1", "停车场信息"))
    deliver()
    folder = runtime.settings.search_folder
    if failing:
        runtime.part(Search).engine.close()
        meta = folder / (folder / "current").read_text() / "index" / "meta.json"
        meta.rename(folder / "away")  # unreadable; an index that is gone is made anew
    change(lambda uow: save(uow, "a2", "停车场价格"))
    assert deliver() == ("done=0 failed=1 dead=0" if failing else "done=1 failed=0 dead=0")
    if failing:
        (folder / "away").rename(meta)
        with runtime.database.reading() as session:
            assert lag(session).waiting == 1


def _delivery(sequence: int, subject: str) -> Delivery:
    from portal.kernel import clock

    return Delivery(
        sequence, "record.changed", "record", subject, {}, None, clock.now(), bulk=False
    )
