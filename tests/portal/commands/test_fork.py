"""Children that share what their parent has read, and that never outlive it."""

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from portal.commands import fork
from portal.kernel.errors import Unavailable
from portal.kernel.settings import Settings
from portal.kernel.text import _
from tests.browser.server import until
from tests.portal.commands.test_demo import is_alive

ENDS_WITH_PARENT = (
    "import os, sys, time; from portal.commands.fork import end_with;"
    "end_with(os.getppid()); open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
)
STARTS = (
    "import subprocess, sys, time;"
    "subprocess.Popen([sys.executable, '-c', sys.argv[1], sys.argv[2]]); time.sleep(60)"
)


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", STARTS, ENDS_WITH_PARENT, str(note)])
    until(lambda: note.exists() and note.read_text(), what="the child")
    parent.kill()
    parent.wait()
    until(lambda: not is_alive(int(note.read_text())), what="the end of the child")


def test_a_child_whose_parent_has_gone_already_ends_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fork, "_C", SimpleNamespace(prctl=lambda *_words: 0))
    with pytest.raises(SystemExit):
        fork.end_with(os.getppid() + 1)


def test_a_child_is_told_to_stop_by_the_usual_signal() -> None:
    child = fork.started("waiting", signal.pause, Settings())
    child.terminate()
    child.join(30)
    assert child.exitcode == -signal.SIGTERM


def test_what_goes_wrong_in_a_child_is_a_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise Unavailable(_("没有网络。"))

    child = fork.started("failing", fail, Settings())
    child.join(30)
    assert child.exitcode == 1
    assert capfd.readouterr().err == "没有网络。\n"


def test_imports_are_not_searched_for_garbage() -> None:
    assert gc.isenabled()
    with fork.uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.unfreeze()
