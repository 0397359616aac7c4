"""Rebuilding loses nothing; comparing finds what differs; mending makes it equal."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from sqlalchemy import delete, update

from portal.kernel.access import NOBODY
from portal.kernel.errors import Conflict, Unavailable
from portal.kernel.runtime import Runtime
from search import analysis
from search.document import Removal
from search.engine import State
from search.indexer import present
from search.jobs import check_index
from search.parts import Search
from search.queries import Asked, find
from search.upkeep import Report, rebuild, repair, verify
from tests.search.conftest import Change
from tests.search.records import Record, save, take_back

Deliver = Callable[[], str]


@pytest.fixture
def filled(runtime: Runtime, change: Change, deliver: Deliver) -> Runtime:
    change(lambda uow: [save(uow, f"a{n}", f"停车场{n}号") for n in range(7)] and None)
    deliver()
    return runtime


def total(runtime: Runtime, text: str = "") -> int:
    return find(runtime, NOBODY, Asked(text)).total


def test_a_rebuild_holds_what_the_database_holds(filled: Runtime) -> None:
    steps: list[tuple[int, int]] = []
    assert rebuild(filled, progress=lambda done, all_: steps.append((done, all_))) == 7
    assert steps == [(7, 7)]
    assert total(filled) == 7


def test_changes_made_during_a_rebuild_are_in_the_new_index(
    filled: Runtime, change: Change, deliver: Deliver
) -> None:
    def meanwhile(_done: int, _all: int) -> None:
        change(lambda uow: save(uow, "a1", "改名广场"))
        change(lambda uow: save(uow, "b9", "新的广场"))
        change(lambda uow: take_back(uow, "a2"))
        deliver()  # into the old index, which still answers
        assert total(filled, "广场") == 2

    rebuild(filled, progress=meanwhile)
    assert total(filled, "广场") == 2
    assert total(filled) == 7
    assert verify(filled).is_equal


def test_changes_that_wait_during_a_rebuild_are_delivered_to_the_new_index(
    filled: Runtime, change: Change, deliver: Deliver
) -> None:
    rebuild(filled, progress=lambda *_counts: change(lambda uow: save(uow, "b9", "新的广场")))
    assert total(filled, "广场") == 1
    deliver()
    assert total(filled, "广场") == 1
    assert verify(filled).is_equal


def test_a_rebuild_that_loses_documents_is_not_put_in_use(
    filled: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filled.part(Search).engine.health().generation
    source = filled.part(Search).sources[0]
    forgetful = replace(source, ids=lambda *_a: [], count=lambda _session: 9)
    monkeypatch.setattr(filled.part(Search), "sources", (forgetful,))
    with pytest.raises(Conflict):
        rebuild(filled)
    assert filled.part(Search).engine.health().generation == before
    assert total(filled) == 7
    assert _generations(filled.settings.search_folder) == {before}


def test_what_a_killed_rebuild_left_behind_is_swept_away(filled: Runtime) -> None:
    left_over = filled.settings.search_folder / "20200101-000000-000000-1"
    (left_over / "index").mkdir(parents=True)
    rebuild(filled)
    assert not left_over.exists()


def test_equal_is_equal(filled: Runtime) -> None:
    report = verify(filled)
    assert report == Report(7)
    assert report.is_equal
    assert repair(filled, report) == 0


def test_every_difference_is_named_and_mended(
    filled: Runtime, change: Change, deliver: Deliver
) -> None:
    engine = filled.part(Search).engine
    with filled.database.reading() as session:
        documents, _gone = present(session, filled.part(Search), {"a0": 50})
    engine.delete([Removal("a1", 60)])
    engine.upsert([replace(documents[0], title="别的名字")])
    engine.upsert([replace(documents[0], id="zz", title="多出来的")])
    change(lambda uow: uow.session.execute(delete(Record).where(Record.id == "a3")) and None)
    report = verify(filled)
    assert (report.missing, report.stale, report.extra) == (("a1",), ("a0",), ("a3", "zz"))
    assert not report.is_equal
    # The index was ahead of the outbox here; sequences grow past it in the long run.
    change(lambda uow: [save(uow, "a6", f"停车场{n}") for n in range(60)] and None)
    deliver()
    assert repair(filled, report) == 4
    deliver()
    assert verify(filled) == Report(6)


def test_what_waits_in_the_outbox_is_no_difference(filled: Runtime, change: Change) -> None:
    change(lambda uow: save(uow, "a1", "改名"))
    report = verify(filled)
    assert report.is_equal
    assert report.waiting == 1


def test_a_change_behind_the_back_of_the_outbox_is_found(filled: Runtime, change: Change) -> None:
    change(lambda uow: uow.session.execute(update(Record).values(unit="丁局")) and None)
    assert len(verify(filled).stale) == 7


def test_the_nightly_check_mends_and_counts(
    filled: Runtime, change: Change, deliver: Deliver
) -> None:
    change(lambda uow: uow.session.execute(update(Record).values(unit="丁局")) and None)
    context = Mock(runtime=filled, counts={})
    check_index(context)
    assert context.counts == {
        "documents": 7,
        "missing": 0,
        "stale": 7,
        "extra": 0,
        "waiting": 0,
        "mended": 7,
    }
    deliver()
    assert total(filled, "丁局") == 7


def test_the_nightly_check_rebuilds_an_index_of_old_rules(
    filled: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = filled.part(Search).engine
    monkeypatch.setattr(analysis, "version", lambda: "new")
    assert engine.health().state is State.OUTDATED
    assert total(filled, "停车场") == 7
    context = Mock(runtime=filled, counts={})
    check_index(context)
    assert context.counts["rebuilt"] == 7
    assert engine.health().state is State.READY


def test_a_broken_index_says_so_and_a_rebuild_mends_it(filled: Runtime) -> None:
    engine = filled.part(Search).engine
    engine.close()
    folder = filled.settings.search_folder
    meta = folder / (folder / "current").read_text() / "index" / "meta.json"
    meta.write_text("{")
    assert engine.health().state is State.DOWN
    with pytest.raises(Unavailable):
        total(filled)
    rebuild(filled)
    assert total(filled) == 7


def _generations(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_dir()}
