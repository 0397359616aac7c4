"""The embedded index among processes: readers after a fork, one writer, swaps, broken writes."""

import multiprocessing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.kernel.errors import Conflict, Unavailable
from search.document import Removal, SearchDocument
from search.engine import Query, Shape, State
from search.engines import embedded, embedded_writing
from search.engines.embedded import EmbeddedEngine

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SHAPE = Shape(("unit",))


def document(number: int, version: int = 1) -> SearchDocument:
    return SearchDocument(
        f"d{number}", "entry", version, f"停车场{number}", frozenset({"public"}), f"ting.{number}"
    )


def count(engine: EmbeddedEngine) -> int:
    return engine.search(Query("停车场", None, NOW)).total


def _count_in_child(engine: EmbeddedEngine, answers: Any) -> None:
    answers.put(count(engine))


def _write_in_child(folder: Path, answers: Any) -> None:
    try:
        EmbeddedEngine(folder, SHAPE).upsert([document(9)])
        answers.put("written")
    except Unavailable as refusal:
        answers.put(str(refusal))


def _write_for_ever(folder: Path, told: Any) -> None:
    engine = EmbeddedEngine(folder, SHAPE)
    for number in range(100_000):
        engine.upsert([document(number)])
        told.send(number)


def in_child(function: Any, *arguments: Any) -> Any:
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=function, args=(*arguments, answers))
    child.start()
    answer = answers.get(timeout=30)
    child.join()
    answers.close()
    return answer


def test_a_reader_sees_what_another_engine_wrote(tmp_path: Path) -> None:
    writer, reader = EmbeddedEngine(tmp_path, SHAPE), EmbeddedEngine(tmp_path, SHAPE)
    writer.upsert([document(1)])
    assert count(reader) == 1
    writer.upsert([document(2)])
    assert count(reader) == 2


def test_an_engine_opened_before_a_fork_works_after_it(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path, SHAPE)
    engine.upsert([document(1)])
    assert count(engine) == 1
    assert in_child(_count_in_child, engine) == 1


def test_a_second_writer_waits_and_then_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_writing, "PATIENCE_SECONDS", 0.2)
    engine = EmbeddedEngine(tmp_path, SHAPE)
    engine.upsert([document(1)])
    assert "另一个进程正在写入" in in_child(_write_in_child, tmp_path)
    engine.close()
    assert in_child(_write_in_child, tmp_path) == "written"


def test_a_reader_follows_a_swap_made_elsewhere(tmp_path: Path) -> None:
    writer, reader = EmbeddedEngine(tmp_path, SHAPE), EmbeddedEngine(tmp_path, SHAPE)
    writer.upsert([document(1)])
    assert count(reader) == 1
    generation = EmbeddedEngine(tmp_path, SHAPE).begin_rebuild()
    generation.fill(document(number) for number in range(5))
    generation.finish(lambda: 5)
    assert count(reader) == 5
    writer.upsert([document(7)])
    assert count(reader) == 6


def test_a_failed_batch_leaves_the_index_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = EmbeddedEngine(tmp_path, SHAPE)
    engine.upsert([document(1)])

    def broken(*_arguments: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(embedded.terms, "removed", broken)
        with pytest.raises(Unavailable) as refused:
            engine.delete([Removal("d1", 2)])
    assert "disk full" in str(refused.value.detail)
    del refused  # its traceback holds the writer
    assert count(engine) == 1
    engine.upsert([document(2)])
    assert count(engine) == 2


def test_what_waited_and_is_lost_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = EmbeddedEngine(tmp_path, SHAPE)
    engine.upsert([document(1)], at_once=False)

    def broken(*_arguments: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(embedded.terms, "removed", broken)
        with pytest.raises(Unavailable):
            engine.delete([Removal("d2", 2)])
    with pytest.raises(Unavailable, match="自动重写"):
        engine.flush()
    assert count(engine) == 0
    engine.upsert([document(1)], at_once=False)
    engine.flush()
    assert count(engine) == 1


def test_what_waited_when_another_index_came_into_use_is_told(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path, SHAPE)
    engine.upsert([document(1)])
    engine.upsert([document(2)], at_once=False)
    generation = EmbeddedEngine(tmp_path, SHAPE).begin_rebuild()
    generation.fill([document(1)])
    generation.finish(lambda: 1)
    with pytest.raises(Unavailable, match="自动重写"):
        engine.flush()
    engine.upsert([document(2)], at_once=False)
    engine.flush()
    assert count(engine) == 2


def test_what_was_acknowledged_before_a_kill_is_there_and_writing_goes_on(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    heard, told = context.Pipe(duplex=False)
    child = context.Process(target=_write_for_ever, args=(tmp_path, told))
    child.start()
    done = [heard.recv() for _number in range(5) if heard.poll(30)]
    child.kill()
    child.join()
    heard.close()
    told.close()
    engine = EmbeddedEngine(tmp_path, SHAPE)
    assert count(engine) > done[-1]
    engine.upsert([document(200_000)])
    assert engine.known(["d200000", "d0"]).keys() == {"d200000", "d0"}


def test_a_second_rebuild_is_refused_while_one_is_at_work(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path, SHAPE)
    generation = engine.begin_rebuild()
    with pytest.raises(Conflict, match="正在重建"):
        engine.begin_rebuild()
    generation.abandon()
    with pytest.raises(Conflict, match="结束或放弃"):
        generation.fill([document(1)])
    engine.begin_rebuild().abandon()


def test_counts_are_kept_and_dropped_with_the_state_of_the_index(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path, SHAPE)
    engine.upsert([document(1)])
    for text in [f"停车场{number}" for number in range(400)]:
        engine.search(Query(text, None, NOW, facets=("unit", "timeliness")))
    engine.upsert([document(2)])
    result = engine.search(Query("", None, NOW, facets=("timeliness",)))
    assert result.facets["timeliness"].values == (("none", 2),)


def test_a_rebuild_that_cannot_begin_leaves_the_way_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = EmbeddedEngine(tmp_path, SHAPE)

    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(embedded, "EmbeddedGeneration", full)
        with pytest.raises(Unavailable):
            engine.begin_rebuild()
    engine.begin_rebuild().abandon()


@pytest.mark.parametrize(
    "written", [b"", b"\xff\xfe junk", b"../../etc", b"20260301-000000-000000-1"]
)
def test_a_broken_pointer_is_no_index(tmp_path: Path, written: bytes) -> None:
    engine = EmbeddedEngine(tmp_path, SHAPE)
    (tmp_path / "current").write_bytes(written)
    assert not engine.exists()  # the dispatcher then makes one anew
    assert engine.health().state in (State.EMPTY, State.DOWN)
    with pytest.raises(Unavailable):
        engine.search(Query("停车场", None, NOW))


@pytest.mark.parametrize("name", ["about.json", "index/meta.json"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe{", b"{}"])
def test_a_damaged_index_is_told_as_down_and_mended_by_a_rebuild(
    tmp_path: Path, name: str, content: bytes
) -> None:
    EmbeddedEngine(tmp_path, SHAPE).upsert([document(1)])
    current = (tmp_path / "current").read_text()
    (tmp_path / current / name).write_bytes(content)
    engine = EmbeddedEngine(tmp_path, SHAPE)
    assert engine.health().state is State.DOWN
    assert engine.health().problem
    generation = engine.begin_rebuild()
    generation.fill([document(1)])
    generation.finish(lambda: 1)
    assert count(EmbeddedEngine(tmp_path, SHAPE)) == 1


def test_garbage_in_the_segments_is_told_as_down(tmp_path: Path) -> None:
    EmbeddedEngine(tmp_path, SHAPE).upsert([document(number) for number in range(50)])
    current = (tmp_path / "current").read_text()
    for path in (tmp_path / current / "index").glob("*.*"):
        if path.suffix not in (".json", ".lock"):
            path.write_bytes(b"\x07" * 4096)
    engine = EmbeddedEngine(tmp_path, SHAPE)
    assert engine.health().state is State.DOWN
    with pytest.raises(Unavailable):
        engine.search(Query("1", None, NOW, facets=("unit",)))
