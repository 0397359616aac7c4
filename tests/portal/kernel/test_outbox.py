"""The outbox: claimed once, retried with pauses, dead in the end, revived by hand."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from portal.kernel import clock, outbox
from portal.kernel.db import Database
from portal.kernel.outbox import BULK, MAX_ATTEMPTS, PEOPLE, Handler, OutboxRow
from portal.kernel.runtime import Runtime
from tests.portal.conftest import MakeRuntime
from tests.portal.kernel.outgoing import Listener, happen, states


def heard(make_runtime: MakeRuntime) -> Runtime:
    return make_runtime(handlers=(Listener().handler(),))


def test_handlers_are_wired_by_event() -> None:
    one = Handler("one", ("a", "b"), Listener())
    two = Handler("two", ("b",), Listener())
    assert outbox.wire([one, two]) == {"a": (one,), "b": (one, two)}


def test_people_come_first_and_all_of_a_claim_are_for_one_handler(
    make_runtime: MakeRuntime,
) -> None:
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(key="one"), listener.handler(key="two")))
    happen(runtime, "bulk", bulk=True)
    happen(runtime, "a", "b")
    claims = [outbox.claim(runtime.database) for _number in range(5)]
    found = [[(row.delivery.subject_id, row.handler, row.lane) for row in rows] for rows in claims]
    assert found == [
        [("a", "one", PEOPLE), ("b", "one", PEOPLE)],
        [("a", "two", PEOPLE), ("b", "two", PEOPLE)],
        [("bulk", "one", BULK)],
        [("bulk", "two", BULK)],
        [],
    ]


def test_a_claim_keeps_to_its_lane_and_limit(make_runtime: MakeRuntime) -> None:
    runtime = heard(make_runtime)
    happen(runtime, "a")
    happen(runtime, "x", "y", "z", bulk=True)
    rows = outbox.claim(runtime.database, lane=BULK, limit=2)
    assert [row.delivery.subject_id for row in rows] == ["x", "y"]
    assert states(runtime.database)["a"] == "pending"


def test_two_that_claim_at_once_never_get_the_same_row(make_runtime: MakeRuntime) -> None:
    runtime = heard(make_runtime)
    happen(runtime, *(f"s{number}" for number in range(60)))
    claimed: list[int] = []

    def take() -> None:
        for _number in range(10):
            claimed.extend(row.id for row in outbox.claim(runtime.database, limit=5))

    crowd = [threading.Thread(target=take) for _number in range(3)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 60


def test_a_claim_between_looking_and_taking_may_come_to_nothing(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = heard(make_runtime)
    happen(runtime, "a")
    original = Database.writing

    def taken_meanwhile(self: Database) -> object:
        session = original(self)
        session.execute(text("UPDATE outbox SET state = 'done'"))
        return session

    monkeypatch.setattr(Database, "writing", taken_meanwhile)
    assert outbox.claim(runtime.database) == []


def test_what_a_dead_dispatcher_had_comes_back_after_its_lease(make_runtime: MakeRuntime) -> None:
    runtime = heard(make_runtime)
    happen(runtime, "a", "b")
    rows = outbox.claim(runtime.database)
    assert outbox.release_stale(runtime.database) == 0
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        assert outbox.release_stale(runtime.database) == 2
    assert states(runtime.database) == {"a": "pending", "b": "pending"}
    assert [row.attempts for row in outbox.claim(runtime.database)] == [2, 2], "it counts as a try"
    assert outbox.release(runtime.database, [rows[0].id]) == 1, "what was not begun does not"
    assert outbox.release_claimed(runtime.database) == 1
    assert [row.attempts for row in outbox.claim(runtime.database)] == [2, 3]


def test_a_failing_row_waits_longer_each_time_and_dies_in_the_end(
    make_runtime: MakeRuntime,
) -> None:
    runtime = heard(make_runtime)
    happen(runtime, "a")
    moment, pauses = clock.now() + timedelta(seconds=1), []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with clock.frozen(moment):
            row = outbox.claim(runtime.database)[0]
            dead = outbox.fail(runtime.database, row, ValueError(f"try {attempt}"))
            assert outbox.claim(runtime.database) == []
        with runtime.database.reading() as session:
            kept = session.get_one(OutboxRow, row.id)
        pauses.append((kept.available_at - moment).total_seconds())
        moment = kept.available_at
    assert dead
    assert pauses == sorted(pauses)
    assert pauses[:3] == [2, 4, 8]
    assert (kept.state, kept.error) == ("dead", "ValueError: try 8")
    with runtime.database.reading() as session:
        found = outbox.backlog(session)
    assert [(b.handler, b.pending, b.dead) for b in found] == [("listen", 0, 1)]


def test_a_dead_letter_is_revived_once(make_runtime: MakeRuntime) -> None:
    runtime = heard(make_runtime)
    happen(runtime, "a")
    row = replace(outbox.claim(runtime.database)[0], attempts=MAX_ATTEMPTS)
    assert outbox.fail(runtime.database, row, ValueError("x"))
    with runtime.database.writing() as session:
        assert outbox.revive(session, row.id)
        assert not outbox.revive(session, row.id)
        session.commit()
    assert [row.attempts for row in outbox.claim(runtime.database)] == [1]


def test_what_waits_for_an_absent_part_never_dies(make_runtime: MakeRuntime) -> None:
    runtime = heard(make_runtime)
    happen(runtime, "a")
    moment = clock.now() + timedelta(seconds=1)
    for _number in range(MAX_ATTEMPTS * 2):
        moment += timedelta(minutes=1)
        with clock.frozen(moment):
            rows = outbox.claim(runtime.database)
            outbox.postpone(runtime.database, [row.id for row in rows], ValueError("away"))
            assert outbox.claim(runtime.database) == []
    assert states(runtime.database) == {"a": "pending"}


def test_the_backlog_is_empty_when_all_is_done(make_runtime: MakeRuntime) -> None:
    runtime = heard(make_runtime)
    happen(runtime, "a", "b")
    with runtime.database.reading() as session:
        assert outbox.waiting(session) == 2
        assert outbox.backlog(session)[0].pending == 2
        assert outbox.backlog(session)[0].oldest is not None
        last = outbox.last_sequence(session)
    rows = outbox.claim(runtime.database)
    assert max(row.id for row in rows) == last
    with runtime.database.reading() as session:
        assert outbox.waiting(session) == 2, "what is at work is not done"
    outbox.settle(runtime.database, [row.id for row in rows])
    with runtime.database.reading() as session:
        assert outbox.waiting(session) == 0
        assert outbox.backlog(session) == []


def test_done_rows_are_kept_a_week(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "PRUNED_AT_ONCE", 2)
    runtime = heard(make_runtime)
    happen(runtime, *"abcdef")
    rows = outbox.claim(runtime.database)
    outbox.settle(runtime.database, [row.id for row in rows[:5]])
    assert outbox.prune(runtime.database) == 0
    with clock.frozen(clock.now() + timedelta(days=8)):
        assert outbox.prune(runtime.database) == 5
    with runtime.database.reading() as session:
        assert [row.subject_id for row in session.scalars(select(OutboxRow))] == ["f"]


def test_an_empty_outbox_has_no_sequence(runtime: Runtime) -> None:
    with runtime.database.reading() as session:
        assert outbox.last_sequence(session) == 0


def test_an_idle_look_uses_the_index_of_open_rows(make_runtime: MakeRuntime) -> None:
    runtime = heard(make_runtime)
    happen(runtime, *(f"s{number}" for number in range(300)))
    for _number in range(3):
        rows = outbox.claim(runtime.database, limit=100)
        outbox.settle(runtime.database, [row.id for row in rows])
    query = outbox._due(clock.now(), BULK).compile(
        runtime.database.engine, compile_kwargs={"literal_binds": False}
    )
    if not runtime.database.is_sqlite:
        return  # its planner looks at the size of the table, and this one is small
    with runtime.database.engine.connect() as connection:
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {query}", (clock.now().isoformat(), BULK)
        )
        assert "ix_outbox_open" in " ".join(row[3] for row in plan)
