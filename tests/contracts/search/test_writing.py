"""Writes come late, twice and out of order; the index ends as the last one says."""

from dataclasses import replace

import pytest

from portal.kernel.errors import Conflict, Unavailable
from search.document import Removal
from search.engine import NAME, NEWEST, Engine, Query, State
from tests.contracts.search import plain
from tests.contracts.search.conftest import Opener
from tests.contracts.search.corpus import EVERYBODY, NOW, SHAPE, catalog, document


def titles(engine: Engine, text: str) -> list[str]:
    return sorted(hit.id for hit in engine.search(Query(text, None, NOW, size=500)).hits)


def versions(engine: Engine) -> dict[str, int]:
    return {row.id: row.version for page in engine.versions(page=7) for row in page}


def test_what_was_written_is_found_at_once(empty: Engine) -> None:
    empty.upsert([document(0), document(1)])
    assert titles(empty, "公积金贷款") == ["d0001"]
    assert versions(empty) == {"d0000": 1, "d0001": 1}


def test_a_late_older_version_changes_nothing(empty: Engine) -> None:
    empty.upsert([replace(document(0), title="新名", version=9)])
    empty.upsert([replace(document(0), title="旧名", version=8)])
    assert (titles(empty, "新名"), titles(empty, "旧名")) == (["d0000"], [])


def test_the_same_version_again_takes_the_newer_reading(empty: Engine) -> None:
    empty.upsert([replace(document(0), title="旧名", version=9)])
    empty.upsert([replace(document(0), title="新名", version=9)])
    assert (titles(empty, "新名"), titles(empty, "旧名")) == (["d0000"], [])
    assert versions(empty) == {"d0000": 9}


def test_of_two_in_one_batch_the_newer_one_stays(empty: Engine) -> None:
    empty.upsert([replace(document(0), title="新名", version=9), document(0, version=3)])
    assert titles(empty, "新名") == ["d0000"]


def test_a_removed_document_is_not_brought_back_by_a_late_delivery(empty: Engine) -> None:
    empty.upsert([document(0, version=5), document(1, version=5)])
    empty.delete([Removal("d0000", 7)])
    empty.upsert([document(0, version=6)])
    assert titles(empty, "") == ["d0001"]
    assert versions(empty) == {"d0001": 5}


def test_a_late_removal_does_not_take_a_newer_document(empty: Engine) -> None:
    empty.upsert([document(0, version=7)])
    empty.delete([Removal("d0000", 6)])
    assert titles(empty, "") == ["d0000"]


def test_a_removed_document_may_come_back_later(empty: Engine) -> None:
    empty.delete([Removal("d0000", 7)])
    empty.upsert([document(0, version=8)])
    assert titles(empty, "") == ["d0000"]


def test_what_was_not_written_at_once_is_found_after_the_flush(empty: Engine) -> None:
    empty.upsert([document(0, version=5), document(1)], at_once=False)
    empty.upsert([document(0, version=4), document(2)], at_once=False)
    empty.delete([Removal("d0001", 7)], at_once=False)
    empty.flush()
    assert versions(empty) == {"d0000": 5, "d0002": 1}
    empty.flush()
    assert titles(empty, "") == ["d0000", "d0002"]


def test_a_write_at_once_brings_with_it_what_waited(empty: Engine) -> None:
    empty.upsert([document(0)], at_once=False)
    empty.upsert([document(1)])
    assert titles(empty, "") == ["d0000", "d0001"]


def test_nothing_to_write_is_no_failure(empty: Engine) -> None:
    empty.upsert([])
    empty.delete([])
    assert versions(empty) == {}


def test_versions_come_in_the_order_of_ids_with_their_digests(filled: Engine) -> None:
    rows = [row for page in filled.versions(page=50) for row in page]
    assert [row.id for row in rows] == [d.id for d in catalog()]
    assert [row.digest for row in rows] == [d.digest() for d in catalog()]


def test_what_is_known_of_some_ids_can_be_asked(filled: Engine) -> None:
    known = filled.known(["d0003", "d0001", "nobody"])
    assert {i: row.digest for i, row in known.items()} == {
        d.id: d.digest() for d in (document(1), document(3))
    }


def test_an_index_that_was_never_made_says_so(empty: Engine) -> None:
    assert empty.health().state is State.EMPTY
    with pytest.raises(Unavailable, match="正在建立"):
        empty.search(Query("", EVERYBODY, NOW))


def test_a_filled_index_is_ready(filled: Engine) -> None:
    health = filled.health()
    assert (health.state, health.documents) == (State.READY, len(catalog()))
    assert health.bytes_used


@pytest.mark.parametrize("sort", [NEWEST, NAME, "volume"])
def test_a_walk_gives_every_document_once_in_order(filled: Engine, sort: str) -> None:
    query = Query("", EVERYBODY, NOW, sort=sort, size=7)
    seen: list[str] = []
    while True:
        result = filled.search(query)
        seen += [hit.id for hit in result.hits]
        if len(result.hits) < query.size:
            break
        query = replace(query, cursor=result.hits[-1].cursor)
    assert seen == plain.ordered(query, catalog())
    assert result.total == len(seen)


def test_a_walk_under_edits_gives_each_unchanged_document_exactly_once(empty: Engine) -> None:
    empty.upsert(catalog(60))
    query = Query("", None, NOW, sort=NAME, size=5)
    seen: list[str] = []
    for step in range(100):
        result = empty.search(query)
        seen += [hit.id for hit in result.hits]
        if len(result.hits) < query.size:
            break
        query = replace(query, cursor=result.hits[-1].cursor)
        changed = document(step * 2, version=step + 2)
        empty.upsert([replace(changed, title=f"改名{step}", name_key=f"gai.ming.{step}")])
    changed_ids = {f"d{step * 2:04d}" for step in range(100)}
    unchanged = [d.id for d in catalog(60) if d.id not in changed_ids]
    assert sorted(i for i in seen if i not in changed_ids) == unchanged


def test_a_rebuild_replaces_everything_in_one_step(empty: Engine) -> None:
    empty.upsert([document(99)])
    generation = empty.begin_rebuild()
    assert generation.fill(catalog(10)) == 10
    assert titles(empty, "") == ["d0099"]
    generation.finish(lambda: 10)
    assert titles(empty, "") == [d.id for d in catalog(10)]
    empty.upsert([document(11)])
    assert len(titles(empty, "")) == 11


def test_a_rebuild_takes_in_what_changed_meanwhile(empty: Engine) -> None:
    generation = empty.begin_rebuild()
    generation.fill(catalog(10))

    def catch_up() -> int:
        generation.fill([replace(document(3), title="改过", version=50)])
        generation.remove([Removal("d0004", 50)])
        return 9

    generation.finish(catch_up)
    assert titles(empty, "改过") == ["d0003"]
    empty.upsert([document(4, version=49)])
    assert "d0004" not in titles(empty, "")


def test_a_short_rebuild_is_not_put_in_use(empty: Engine) -> None:
    empty.upsert(catalog(5))
    generation = empty.begin_rebuild()
    generation.fill(catalog(4))
    with pytest.raises(Conflict, match=r"4 条.*5 条"):
        generation.finish(lambda: 5)
    generation.abandon()
    assert len(titles(empty, "")) == 5
    empty.upsert([document(7)])
    assert len(titles(empty, "")) == 6


def test_two_rebuilds_at_once_never_both_finish(empty: Engine) -> None:
    first = empty.begin_rebuild()
    first.fill(catalog(3))
    try:
        second = empty.begin_rebuild()
    except Conflict:
        first.finish(lambda: 3)
    else:
        with pytest.raises(Conflict):
            first.finish(lambda: 3)
        second.fill(catalog(3))
        second.finish(lambda: 3)
    assert len(titles(empty, "")) == 3


def test_an_index_of_another_shape_is_outdated_but_answers(empty: Engine, opener: Opener) -> None:
    empty.upsert(catalog(5))
    empty.shape = replace(SHAPE, facets=(*SHAPE.facets, "colour"))  # type: ignore[attr-defined]
    assert empty.health().state is State.OUTDATED
    query = Query("", None, NOW, facets=("colour", "unit"))
    result = empty.search(query)
    assert (result.total, result.facets["colour"].values) == (5, ())
    empty.upsert([replace(document(6), facets={"colour": ("red",)})])
    assert empty.search(query).total == 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("住房", {"住房公积金缴存信息"}),
        ("zhufang", {"住房公积金缴存信息"}),
        ("zfgjj", {"住房公积金缴存信息"}),
        ("ＱＹＮＢ", {"企业年报"}),
        ("。", set()),
        ("", set()),
    ],
)
def test_suggestions_begin_with_the_text_or_its_pinyin(
    filled: Engine, text: str, expected: set[str]
) -> None:
    by_id = {d.id: d for d in catalog()}
    ids = filled.suggest(text, audience=EVERYBODY)
    assert {by_id[i].title for i in ids} == expected
    assert all("public" in by_id[i].audience for i in ids)
