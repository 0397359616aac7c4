"""Deliveries: batches, single rows after a failure, lanes that both move."""

from typing import Any

import pytest
from sqlalchemy import update

from portal.kernel import clock, logs, outbox
from portal.kernel.delivery import Counts, Courier
from portal.kernel.errors import Unavailable
from portal.kernel.outbox import Handler, OutboxRow
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from tests.portal.conftest import MakeRuntime
from tests.portal.kernel.outgoing import Listener, happen, states


def empty(runtime: Runtime) -> Counts:
    courier = Courier(runtime)
    while courier.step():
        pass
    return courier.counts


def make_due(runtime: Runtime) -> None:
    """Lets the pause of every failed row be over."""
    with runtime.database.writing() as session:
        session.execute(update(OutboxRow).values(available_at=clock.now()))
        session.commit()


@pytest.mark.parametrize(("batch", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (500, [5])])
def test_a_handler_gets_batches_of_its_size(
    make_runtime: MakeRuntime, batch: int, sizes: list[int]
) -> None:
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(batch=batch),))
    happen(runtime, *"abcde", bulk=True)
    assert empty(runtime).done == 5
    assert [len(call) for call in listener.calls] == sizes
    assert listener.subjects == list("abcde")
    assert set(states(runtime.database).values()) == {"done"}


def test_a_delivery_tells_what_happened(make_runtime: MakeRuntime) -> None:
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(),))
    happen(runtime, "a", bulk=True)
    empty(runtime)
    delivery = listener.calls[0][0]
    assert (delivery.event, delivery.subject_kind, delivery.subject_id) == (
        "test.happened",
        "thing",
        "a",
    )
    assert delivery.payload == {"words": ""}
    assert delivery.bulk
    assert delivery.id > 0


def test_one_bad_row_does_not_hold_up_its_batch(make_runtime: MakeRuntime) -> None:
    listener = Listener(poisoned={"c"})
    runtime = make_runtime(handlers=(listener.handler(batch=500),))
    happen(runtime, *"abcde")
    counts = empty(runtime)
    assert (counts.done, counts.failed, counts.dead) == (4, 1, 0)
    assert states(runtime.database) == dict.fromkeys("abde", "done") | {"c": "pending"}


def test_a_failing_handler_is_retried_then_dead_then_revived(make_runtime: MakeRuntime) -> None:
    listener = Listener(broken=ValueError("no"))
    runtime = make_runtime(handlers=(listener.handler(),))
    happen(runtime, "a")
    total = Counts()
    for _number in range(outbox.MAX_ATTEMPTS):
        make_due(runtime)
        counts = empty(runtime)
        total.failed += counts.failed
        total.dead += counts.dead
    assert (total.failed, total.dead) == (outbox.MAX_ATTEMPTS - 1, 1)
    assert states(runtime.database) == {"a": "dead"}
    make_due(runtime)
    assert empty(runtime).handled == 0, "the dead are left alone"
    listener.broken = None
    with runtime.database.writing() as session:
        assert outbox.revive(session, listener.calls[0][0].id)
        session.commit()
    assert empty(runtime).done == 1
    assert states(runtime.database) == {"a": "done"}


def test_an_absent_part_puts_the_whole_batch_back(make_runtime: MakeRuntime) -> None:
    listener = Listener(broken=Unavailable(_("检索服务没有应答。")))
    runtime = make_runtime(handlers=(listener.handler(batch=500),))
    happen(runtime, *"abc")
    counts = empty(runtime)
    assert (counts.done, counts.failed) == (0, 3)
    assert len(listener.calls) == 1, "not row by row: that would only ask the absent three times"
    listener.broken = None
    make_due(runtime)
    assert empty(runtime).done == 3


def test_a_row_for_a_handler_that_is_gone_is_kept_and_told(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime(handlers=(Listener().handler(key="former"),))
    happen(runtime, "a", "b")
    later = make_runtime(handlers=(Listener().handler(key="other"),))
    assert empty(later).failed == 2
    with runtime.database.reading() as session:
        rows = session.query(OutboxRow).all()
    assert {row.error for row in rows} == {"portal.kernel.delivery.UnknownHandler: former"}


def test_batches_of_an_import_are_done_when_their_end_is(make_runtime: MakeRuntime) -> None:
    listener, ends = Listener(), list[int]()
    runtimes: list[Runtime] = []

    def finish(_runtime: Any) -> None:
        ends.append(len(listener.calls))
        assert "done" not in states(runtimes[0].database).values()

    runtimes.append(make_runtime(handlers=(listener.handler(batch=2, finish=finish),)))
    happen(runtimes[0], *"abcde", bulk=True)
    assert empty(runtimes[0]).done == 5
    assert (ends, len(listener.calls)) == ([3], 3), "one end for all"
    assert set(states(runtimes[0].database).values()) == {"done"}


def test_where_the_end_fails_every_batch_is_done_again(make_runtime: MakeRuntime) -> None:
    listener, ends = Listener(), list[int]()

    def finish(_runtime: Any) -> None:
        ends.append(len(listener.calls))
        if len(ends) == 1:
            raise Unavailable(_("检索服务没有应答。"))

    runtime = make_runtime(handlers=(listener.handler(batch=2, finish=finish),))
    happen(runtime, *"abcde", bulk=True)
    assert empty(runtime).done == 5
    assert listener.subjects == list("abcdeabcde")
    assert ends == [3, 4, 5, 6], "each by itself the second time"


def test_people_have_their_end_after_each_batch(make_runtime: MakeRuntime) -> None:
    listener, ends = Listener(), list[int]()
    finish = lambda _runtime: ends.append(len(listener.calls))  # noqa: E731
    runtime = make_runtime(handlers=(listener.handler(batch=2, finish=finish),))
    happen(runtime, *"abc")
    assert empty(runtime).done == 3
    assert ends == [1, 2]


def test_an_end_that_never_works_leaves_the_rows_to_be_tried_later(
    make_runtime: MakeRuntime,
) -> None:
    def finish(_runtime: Any) -> None:
        raise Unavailable(_("检索服务没有应答。"))

    runtime = make_runtime(handlers=(Listener().handler(batch=2, finish=finish),))
    happen(runtime, *"abc", bulk=True)
    counts = empty(runtime)
    assert (counts.done, counts.failed) == (0, 3)
    assert set(states(runtime.database).values()) == {"pending"}


def test_people_pass_between_the_batches_of_an_import(make_runtime: MakeRuntime) -> None:
    order: list[str] = []
    runtimes: list[Runtime] = []

    def work(_runtime: Any, deliveries: Any) -> None:
        order.append("".join(delivery.subject_id for delivery in deliveries))
        if len(order) == 1:
            happen(runtimes[0], "!")

    runtimes.append(make_runtime(handlers=(Handler("work", ("test.happened",), work, 2),)))
    happen(runtimes[0], *"abcdef", bulk=True)
    Courier(runtimes[0]).step()
    assert order == ["ab", "!", "cd", "ef"]


def test_the_bulk_lane_moves_though_people_never_stop(make_runtime: MakeRuntime) -> None:
    order: list[bool] = []
    runtimes: list[Runtime] = []

    def work(_runtime: Any, deliveries: Any) -> None:
        order.append(deliveries[0].bulk)
        if not deliveries[0].bulk:
            happen(runtimes[0], "again")

    runtimes.append(make_runtime(handlers=(Handler("work", ("test.happened",), work, 2),)))
    happen(runtimes[0], "x", bulk=True)
    happen(runtimes[0], "first")
    Courier(runtimes[0]).step()
    assert True in order
    assert order.count(False) >= 20


def test_a_courier_told_to_stop_gives_back_what_it_has_not_begun(
    make_runtime: MakeRuntime,
) -> None:
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(),))
    happen(runtime, *"abcd", bulk=True)
    happen(runtime, "p")
    courier = Courier(runtime, stopped=lambda: len(listener.calls) >= 3)
    courier.step()
    assert listener.subjects == ["p", "a", "b"]
    assert states(runtime.database) == {
        **dict.fromkeys("pab", "done"),
        **dict.fromkeys("cd", "pending"),
    }
    stopped = Courier(runtime, stopped=lambda: True)
    happen(runtime, "q")
    assert stopped.step()
    assert listener.subjects[-1] == "q", "at most one claim after the word to stop"


def test_the_work_of_a_row_is_logged_under_the_request_that_caused_it(
    make_runtime: MakeRuntime,
) -> None:
    names: list[str | None] = []

    def note(_runtime: Any, _deliveries: Any) -> None:
        names.append(logs.request_id())

    runtime = make_runtime(handlers=(Handler("note", ("test.happened",), note),))
    with logs.identified("request-1"):
        happen(runtime, "a")
    happen(runtime, "b")
    assert empty(runtime).done == 2
    assert names[0] == "request-1"
    assert str(names[1]).startswith("outbox-")


def test_counts_are_printed_for_the_operator() -> None:
    assert str(Counts(3, 2, 1)) == "done=3 failed=2 dead=1"
