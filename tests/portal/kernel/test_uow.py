"""The unit of work: all or nothing, no lost update, consequences with the change."""

import sqlite3
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from portal.kernel import logs
from portal.kernel import uow as module
from portal.kernel.access import SYSTEM
from portal.kernel.audit import AuditRow, acts_on
from portal.kernel.db import Database
from portal.kernel.errors import Conflict, NotFound, Unavailable
from portal.kernel.outbox import Handler, OutboxRow
from portal.kernel.runtime import Runtime
from portal.kernel.uow import unit_of_work
from tests.portal.conftest import MakeRuntime
from tests.portal.kernel.notes import WRITER, Note, NoteMoved

EVENT = NoteMoved(subject_id="n1", transition="submit", from_state="draft", to_state="submitted")


def listening(make_runtime: MakeRuntime) -> Runtime:
    return make_runtime(handlers=(Handler("listen", ("note.moved",), lambda _r, _d: None),))


def saved(runtime: Runtime) -> None:
    with unit_of_work(runtime, SYSTEM) as uow:
        uow.session.add(Note(id="n1", words="0"))


def test_a_failure_keeps_nothing(make_runtime: MakeRuntime) -> None:
    runtime = listening(make_runtime)

    def fail() -> None:
        with unit_of_work(runtime, WRITER) as uow:
            uow.session.add(Note(id="n1"))
            uow.emit(EVENT)
            uow.audit("note.write", "note", "n1")
            uow.write_out()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with runtime.database.reading() as session:
        for model in (Note, OutboxRow, AuditRow):
            assert session.scalars(select(model)).all() == []


def test_change_event_and_trail_are_kept_together(make_runtime: MakeRuntime) -> None:
    runtime = listening(make_runtime)
    with logs.identified("request-9"), unit_of_work(runtime, WRITER) as uow:
        uow.session.add(Note(id="n1"))
        uow.emit(EVENT)
        uow.audit("note.write", "note", "n1", {"when": uow.at})
    with runtime.database.reading() as session:
        row = session.scalars(select(OutboxRow)).one()
        act = acts_on(session, "note", "n1")[0]
    assert (row.handler, row.state, row.actor_id) == ("listen", "pending", "writer-1")
    assert row.request_id == act.request_id == "request-9"
    assert act.detail == {"when": str(uow.at)}


def test_an_event_that_nobody_hears_leaves_no_row(runtime: Runtime) -> None:
    with unit_of_work(runtime, WRITER) as uow:
        uow.emit(EVENT)
    with runtime.database.reading() as session:
        assert session.scalars(select(OutboxRow)).all() == []


def test_the_dispatcher_is_nudged_after_the_commit(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = listening(make_runtime)
    seen: list[int] = []

    def nudge(self: Runtime) -> None:
        with self.database.reading() as session:
            seen.append(len(session.scalars(select(OutboxRow)).all()))

    monkeypatch.setattr(Runtime, "nudge", nudge)
    with unit_of_work(runtime, WRITER) as uow:
        uow.emit(EVENT)
    with unit_of_work(runtime, WRITER):
        pass
    assert seen == [1], "with the row to be seen, and not without one"


def test_locking_what_is_not_there_is_not_found(runtime: Runtime) -> None:
    with pytest.raises(NotFound), unit_of_work(runtime, WRITER) as uow:
        uow.lock(Note, "none")


def in_parallel(work: Callable[[], None], *, threads: int = 4) -> None:
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  told below
            failures.append(error)

    crowd = [threading.Thread(target=guarded) for _number in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert failures == []


def test_locked_changes_are_never_lost(runtime: Runtime) -> None:
    saved(runtime)

    def count_ten() -> None:
        for _number in range(10):
            with unit_of_work(runtime, WRITER) as uow:
                note = uow.lock(Note, "n1")
                note.words = str(int(note.words) + 1)

    in_parallel(count_ten)
    with runtime.database.reading() as session:
        assert session.get_one(Note, "n1").words == "40"


def test_a_change_of_what_was_read_before_another_changed_it_is_a_conflict(
    runtime: Runtime,
) -> None:
    saved(runtime)
    with runtime.database.reading() as session:
        shown = session.get_one(Note, "n1")
    with unit_of_work(runtime, WRITER) as uow:
        uow.session.get_one(Note, "n1").words = "first"
    with pytest.raises(Conflict), unit_of_work(runtime, WRITER) as uow:
        uow.session.merge(shown, load=False).words = "second"
    with runtime.database.reading() as session:
        assert session.get_one(Note, "n1").words == "first"


def broken(error: Exception) -> Callable[..., None]:
    def fail(*_arguments: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError("x", {}, Exception("locked")), Unavailable),
        (DBAPIError("x", {}, Exception("gone"), connection_invalidated=True), Unavailable),
        (DBAPIError("x", {}, Exception("odd")), DBAPIError),
    ],
)
def test_a_database_that_does_not_answer_is_a_sentence(
    runtime: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    expected: type[Exception],
) -> None:
    monkeypatch.setattr(module.UnitOfWork, "write_out", broken(error))
    with pytest.raises(expected), unit_of_work(runtime, WRITER):
        pass


def test_a_database_that_cannot_be_reached_is_a_sentence(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Database, "writing", broken(OperationalError("x", {}, Exception("no server")))
    )
    with pytest.raises(Unavailable, match="没有应答"), unit_of_work(runtime, WRITER):
        pass


def test_a_full_disk_is_named(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = sqlite3.OperationalError("database or disk is full")
    refusal.sqlite_errorname = "SQLITE_FULL"
    monkeypatch.setattr(module.UnitOfWork, "write_out", broken(OperationalError("x", {}, refusal)))
    with pytest.raises(Unavailable, match="磁盘已满"), unit_of_work(runtime, WRITER):
        pass


def test_references_are_held_by_both_databases(runtime: Runtime) -> None:
    with pytest.raises(DBAPIError), unit_of_work(runtime, WRITER) as uow:
        uow.session.execute(
            text(
                "INSERT INTO message_read (user_id, message_id, read_at)"
                " VALUES ('u', 'none', '2022-03-01 00:00:00')"
            )
        )


def test_steps_that_follow_by_themselves_are_the_product_s_in_the_same_change(
    make_runtime: MakeRuntime,
) -> None:
    runtime = listening(make_runtime)
    with unit_of_work(runtime, WRITER) as uow:
        follower = uow.follow_up()
        assert (follower.actor, follower.at, follower.session) == (SYSTEM, uow.at, uow.session)
        follower.emit(EVENT)
        follower.audit("note.follow", "note", "n1")
    with runtime.database.reading() as session:
        assert len(session.scalars(select(OutboxRow)).all()) == 1
        assert len(acts_on(session, "note", "n1")) == 1
