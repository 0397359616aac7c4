"""The dispatcher process: woken at once, one writer, nothing lost when it is killed."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from portal import dispatcher
from portal.kernel import outbox
from portal.kernel.delivery import Courier
from portal.kernel.runtime import Runtime
from tests.portal.conftest import MakeRuntime
from tests.portal.kernel.outgoing import Listener, happen, states

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def unmeasured_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that are killed would leave broken files of the coverage measurement."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@contextmanager
def running(runtime: Runtime) -> Iterator[threading.Event]:
    """A dispatcher in a thread; ends with the block."""
    stop = threading.Event()
    thread = threading.Thread(target=dispatcher.run, args=(runtime, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def eventually(holds: object, *, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.01)


def test_a_nudge_wakes_it_at_once(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "POLL_SECONDS", 5.0)
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(),))
    with running(runtime) as stop:
        eventually(runtime.settings.dispatcher_socket.exists)
        delays = []
        for number in range(5):
            listener.heard.clear()
            happen(runtime, f"s{number}")
            started = time.monotonic()
            assert listener.heard.wait(PATIENCE)
            delays.append(time.monotonic() - started)
        stop.set()
        runtime.nudge()
    assert sorted(delays)[2] < 0.5, "far below the time of polling"


def test_without_nudge_it_finds_the_work_by_looking(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Runtime, "nudge", lambda _self: None)
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(),))
    with running(runtime):
        happen(runtime, "a")
        eventually(lambda: states(runtime.database) == {"a": "done"})
    assert not runtime.settings.dispatcher_socket.exists()


def test_a_path_too_long_for_a_socket_leaves_it_deaf_but_at_work(
    make_runtime: MakeRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(make_runtime().settings), "dispatcher_socket", tmp_path / ("x" * 120))
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(),))
    with running(runtime):
        happen(runtime, "a")
        eventually(lambda: states(runtime.database) == {"a": "done"})


def test_a_socket_left_behind_by_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "d.sock"
    left = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    left.bind(str(path))
    with dispatcher.listening(path) as ears:
        assert ears is None, "the other one is alive"
    left.close()
    assert path.exists()
    with dispatcher.listening(path) as ears:
        assert ears is not None


def test_with_the_embedded_index_a_second_one_stands_by(make_runtime: MakeRuntime) -> None:
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(),))
    with dispatcher.sole_dispatcher(runtime) as mine:
        assert mine
        with running(runtime):
            happen(runtime, "a")
            time.sleep(0.7)
            assert listener.calls == []
    with running(runtime):
        eventually(lambda: listener.subjects == ["a"])


def test_the_one_that_stands_by_takes_over(make_runtime: MakeRuntime) -> None:
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(),))
    happen(runtime, "a")
    outbox.claim(runtime.database)  # by one that died with it
    held = dispatcher.sole_dispatcher(runtime)
    held.__enter__()
    with running(runtime):
        held.__exit__(None, None, None)
        eventually(lambda: listener.subjects == ["a"])


def test_with_a_search_server_any_number_may_run(make_runtime: MakeRuntime) -> None:
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(),), search_url="http://127.0.0.1:9")
    with running(runtime), running(runtime):
        happen(runtime, *(f"s{number}" for number in range(20)))
        eventually(lambda: set(states(runtime.database).values()) == {"done"})
    assert sorted(listener.subjects) == sorted(f"s{number}" for number in range(20))


def test_a_database_that_is_away_for_a_while_does_not_end_it(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "PAUSE_AFTER_FAILURE", 0.01)
    monkeypatch.setattr(dispatcher, "STALE_SECONDS", -1.0)
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(),))
    step, failures = Courier.step, [OperationalError("x", {}, Exception("away"))] * 3

    def sometimes(self: Courier) -> bool:
        if failures:
            raise failures.pop()
        return step(self)

    monkeypatch.setattr(Courier, "step", sometimes)
    with running(runtime):
        happen(runtime, "a")
        eventually(lambda: states(runtime.database) == {"a": "done"})


def test_draining_does_what_is_due_and_ends(make_runtime: MakeRuntime) -> None:
    listener = Listener(poisoned={"b"})
    runtime = make_runtime(handlers=(listener.handler(),))
    happen(runtime, "a", "b", "c")
    outbox.claim(runtime.database, limit=1)  # by a dispatcher that was killed
    counts = dispatcher.drain(runtime)
    assert (counts.done, counts.failed) == (2, 1)
    assert dispatcher.drain(runtime).handled == 0


def test_draining_stops_at_its_limit(make_runtime: MakeRuntime) -> None:
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(),), search_url="http://127.0.0.1:9")
    happen(runtime, "a", bulk=True)
    assert dispatcher.drain(runtime, limit=0).handled == 0
    assert dispatcher.drain(runtime, limit=1).handled == 1


def test_draining_beside_a_dispatcher_waits_until_that_one_is_done(
    make_runtime: MakeRuntime,
) -> None:
    listener = Listener()
    runtime = make_runtime(handlers=(listener.handler(),))
    with running(runtime):
        eventually(runtime.settings.dispatcher_socket.exists)
        happen(runtime, *"abc")
        assert dispatcher.drain(runtime).handled == 0
        assert set(states(runtime.database).values()) == {"done"}


def test_draining_beside_one_that_hangs_ends_after_its_patience(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime(handlers=(Listener().handler(),))
    happen(runtime, "a")
    with dispatcher.sole_dispatcher(runtime):
        assert dispatcher.drain(runtime, patience=0.1).handled == 0
    assert states(runtime.database) == {"a": "pending"}


def test_what_a_killed_process_had_is_delivered_by_the_next(
    make_runtime: MakeRuntime, tmp_path: Path
) -> None:
    runtime = make_runtime(handlers=(Listener().handler(key="sample.slow"),))
    happen(runtime, *(f"s{number}" for number in range(6)), bulk=True)
    out = tmp_path / "delivered.txt"
    program = Path(__file__).parent / "kernel" / "process.py"
    command = [sys.executable, str(program), runtime.database.url, str(tmp_path), "dispatch"]

    def delivered() -> list[str]:
        return out.read_text().split() if out.exists() else []

    first = subprocess.Popen(command)
    eventually(lambda: len(delivered()) >= 2)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = subprocess.Popen(command)
    try:
        eventually(lambda: set(states(runtime.database).values()) == {"done"})
    finally:
        second.send_signal(signal.SIGTERM)
        assert second.wait(PATIENCE) == 0
    assert set(delivered()) == {f"s{number}" for number in range(6)}
    assert not Path(runtime.settings.dispatcher_socket).exists()
