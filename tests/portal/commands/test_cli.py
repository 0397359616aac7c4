"""The console script as a process: what is wrong is one sentence on the error output."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.browser.server import CLI, ROOT, Product, free_port

SAMPLES = {
    "an unknown setting": ({"PORTAL_DATAA": "x"}, "不认识的设置 PORTAL_DATAA"),
    "a setting of the wrong type": ({"PORTAL_WORKERS": "two"}, "PORTAL_WORKERS 应为整数"),
    "production without its key": ({"PORTAL_MODE": "production"}, "PORTAL_SECRET_KEY"),
    "an address without port": ({"PORTAL_BIND": "here"}, "PORTAL_BIND 应为“地址:端口”"),
}


def run(command: str, data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_")}
    environment |= {"PORTAL_DATA": str(data), "PORTAL_BIND": f"127.0.0.1:{free_port()}"}
    return subprocess.run(
        [*CLI, command],
        cwd=ROOT,
        env=environment | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def assert_told(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert words in done.stderr
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


@pytest.mark.parametrize("kind", SAMPLES)
def test_wrong_settings_are_told_by_name(kind: str, tmp_path: Path) -> None:
    settings, words = SAMPLES[kind]
    assert_told(run("serve", tmp_path / "data", **settings), words)


@pytest.mark.parametrize("command", ["serve", "dispatch", "scheduler"])
def test_without_a_database_the_command_that_makes_it_is_named(
    command: str, tmp_path: Path
) -> None:
    assert_told(run(command, tmp_path / "data"), "请先运行 portal init")
    assert not (tmp_path / "data" / "portal.sqlite").exists()


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("a file")
    assert_told(run("init", path), str(path))


def test_a_server_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    done = run("init", tmp_path, PORTAL_DATABASE_URL="postgresql://portal:geheim@127.0.0.1:1/p")
    assert_told(done, "PORTAL_DATABASE_URL")
    assert "geheim" not in done.stderr


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """A file that may not grow is what a full disk is to SQLite."""
    words = f"ulimit -f 64; exec {' '.join(CLI)} init"
    done = subprocess.run(
        ["bash", "-c", f"trap '' XFSZ; {words}"],
        cwd=ROOT,
        env=Product(tmp_path / "data", free_port()).environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert_told(done, "portal.sqlite")
    assert "磁盘" in done.stderr


def test_a_database_that_another_program_holds_is_told(
    city_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(city_folder, tmp_path / "data")
    path = tmp_path / "data" / "portal.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        impatient = "import portal.kernel.db as db; db.SQLITE_WAIT_SECONDS = 0;"
        program = f"{impatient} import sys; sys.argv = ['portal', 'init'];"
        done = subprocess.run(
            [CLI[0], "-c", f"{program} from portal.cli import main; main()"],
            cwd=ROOT,
            env=Product(tmp_path / "data", free_port()).environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert_told(done, "被别的程序占用")


def test_what_init_writes_into_an_open_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    assert run("init", folder).returncode == 0
    open_to_others = [
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.stat().st_mode & 0o077
    ]
    assert open_to_others == []
