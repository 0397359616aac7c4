"""`portal demo` as a person runs it: all processes together, and none left when it ends."""

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import text

from auth.services import create_unit
from auth.unit_data import UnitData
from portal import app as portal_app
from portal.commands import demonstration
from portal.kernel.access import SYSTEM
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.kernel.uow import unit_of_work
from tests.browser.server import CLI, Product, free_port, until
from tests.world import close, settings_in

DEMO = [*CLI, "demo"]
NAMES = ("serve", "dispatch", "scheduler", "provider")


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that are killed would leave broken files of the coverage measurement."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


def family(pid: int) -> list[int]:
    """A process and all below it that live."""
    below = [int(child) for child in children(pid)]
    return [pid, *(each for child in below for each in family(child))]


def children(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def begun(product: Product) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A demo that has said where it is, and all its processes."""
    demo = product.spawn("demo", DEMO)
    until(
        lambda: product.url in said(product) or demo.poll() is not None,
        limit=60,
        what="the address",
    )
    assert demo.poll() is None, said(product)
    return demo, family(demo.pid)


def said(product: Product) -> str:
    """What a person reads on the terminal: the log's lines left out."""
    lines = product.log("demo").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("{"))


def gone(pids: list[int]) -> Callable[[], bool]:
    return lambda: not any(is_alive(pid) for pid in pids)


def test_it_tells_where_it_is_and_ctrl_c_ends_all_of_it(stopped: Product) -> None:
    demo, pids = begun(stopped)
    assert len(pids) == len(NAMES) + 2, "itself, four processes and one worker"
    other = subprocess.run(
        DEMO,
        env=stopped.environment | {"PORTAL_BIND": f"127.0.0.1:{free_port()}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (other.returncode, other.stderr.count("\n")) == (1, 1)
    assert "已有一个 portal demo 在用" in other.stderr
    os.killpg(demo.pid, signal.SIGINT)
    assert demo.wait(30) == 0
    until(gone(pids), what="the end of its processes")
    assert "意外" not in said(stopped)


@pytest.mark.parametrize("name", ["serve", "provider"])
def test_one_that_dies_is_named_and_ends_the_others(stopped: Product, name: str) -> None:
    demo, pids = begun(stopped)
    os.kill(int(children(demo.pid)[NAMES.index(name)]), signal.SIGKILL)
    assert demo.wait(30) == 1
    until(gone(pids), what="the end of the other processes")
    assert f"进程 {name} 意外结束" in said(stopped)


def test_a_worker_is_replaced_and_nothing_is_left_when_all_is_killed(stopped: Product) -> None:
    demo, pids = begun(stopped)
    (server,) = (pid for pid in pids if len(children(pid)) == 1 and pid != demo.pid)
    (worker,) = children(server)
    os.kill(int(worker), signal.SIGKILL)
    until(lambda: children(server) not in ([], [worker]), what="a new worker")
    assert demo.poll() is None
    pids = family(demo.pid)
    demo.kill()
    demo.wait(30)
    until(gone(pids), what="the end of its processes")


def filled(settings: Settings, attempt: AbstractContextManager[object]) -> None:
    runtime = portal_app.open_runtime(settings)
    with attempt:
        demonstration._fill(runtime)
    close(runtime)


def units(runtime: Runtime) -> int:
    with runtime.database.reading() as session:
        return int(session.scalar(text("SELECT count(*) FROM unit")) or 0)


def test_sample_data_is_there_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[int] = []

    def load(runtime: Runtime) -> dict[str, int]:
        found.append(units(runtime))
        if found[-1]:
            return {}
        with unit_of_work(runtime, SYSTEM) as uow:
            create_unit(uow, UnitData("示例单位", "370100", "government"))
        if len(found) == 1:
            raise KeyboardInterrupt
        return {"units": 1, "entries": 2}

    monkeypatch.setattr(demonstration, "load_sample", load)
    settings = settings_in(tmp_path)
    filled(settings, pytest.raises(KeyboardInterrupt))
    assert not (tmp_path / "portal.sqlite").exists()
    filled(settings, nullcontext())
    assert "1 个单位，2 条目录" in capsys.readouterr().out
    filled(settings, nullcontext())
    assert found == [0, 0, 1], "the half that was there is gone; the whole one stays"
    assert [path.name for path in tmp_path.glob("*.sqlite*")] == ["portal.sqlite"]
