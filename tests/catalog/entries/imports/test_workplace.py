"""What imports write beside the database goes with them, or with the next one after a kill."""

import subprocess
import sys
from pathlib import Path

import pytest

from catalog.entries.imports.workplace import sweep, workplace

ROOT = Path(__file__).resolve().parents[4]
HOLDING = """
import pathlib, sys
from catalog.entries.imports.workplace import workplace
with workplace(pathlib.Path(sys.argv[1])) as folder:
    (folder / "content").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    return tmp_path / "data" / "scratch"


def folders(parent: Path) -> list[Path]:
    return sorted(parent.glob("import-*"))


def test_a_workplace_goes_with_all_that_is_in_it(parent: Path) -> None:
    with workplace(parent) as folder:
        (folder / "deeper").mkdir()
        (folder / "deeper" / "content").write_text("x", encoding="utf-8")
        assert folders(parent) == [folder]
    assert folders(parent) == []


def test_it_goes_when_the_work_fails(parent: Path) -> None:
    with pytest.raises(KeyError), workplace(parent):
        raise KeyError
    assert folders(parent) == []


def test_what_a_killed_process_left_goes_and_what_a_living_one_holds_stays(parent: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        with workplace(parent) as mine:
            assert folders(parent) == sorted([theirs, mine])
        assert sweep(parent) == 0
        other.kill()
    assert folders(parent) == [theirs]
    with workplace(parent) as mine:
        assert folders(parent) == [mine]


def test_the_nightly_work_takes_it_away_too(parent: Path) -> None:
    assert sweep(parent) == 0
    left = parent / "import-left"
    left.mkdir(parents=True)
    (left / "content").write_text("x", encoding="utf-8")
    (parent / "something-else").mkdir()
    assert sweep(parent) == 1
    assert [path.name for path in sorted(parent.iterdir())] == [".lock", "something-else"]
