"""The wheel holds all that the product needs, and our names are ours from any folder."""

import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.guards import repository

NAMES = ("portal", "catalog", "governance", "auth", "search", "migrations", "wsgi")
WHERE = """from importlib.util import find_spec
for name in {names!r}:
    print(getattr(find_spec(name), "origin", "nowhere"))"""


def missing(expected: Iterable[str], held: Iterable[str]) -> set[str]:
    return set(expected) - set(held)


def outside(folder: Path, origins: Iterable[str]) -> list[str]:
    """Modules that were found anywhere but in this folder."""
    return [origin for origin in origins if not Path(origin).is_relative_to(folder)]


def origins(*, start: Path, first: Path | None = None) -> list[str]:
    """Where Python finds each of our names when it is started in that folder."""
    put_first = f"import sys; sys.path.insert(0, {str(first)!r})\n" if first else ""
    command = [sys.executable, "-I", "-c", put_first + WHERE.format(names=NAMES)]
    done = subprocess.run(command, cwd=start, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=repository.ROOT, check=True, capture_output=True)
    return zipfile.Path(next(folder.glob("*.whl")))


def _ours() -> list[str]:
    inside = tuple(f"{name}/" for name in NAMES)
    return [p for p in repository.repository_files() if p.startswith(inside) or p == "wsgi.py"]


def _brought() -> list[str]:
    lines = (repository.ROOT / "portal/assets/vendor.txt").read_text(encoding="utf-8").splitlines()
    targets = [line.split()[1] for line in lines if line and not line.startswith("#")]
    return [f"portal/static/vendor/{target}" for target in targets]


def test_the_wheel_holds_every_file_of_our_packages(wheel: zipfile.Path) -> None:
    held = wheel.root.namelist()
    assert missing(_ours(), held) == set()
    assert missing(_brought(), held) == set()


def test_the_wheel_holds_nothing_else(wheel: zipfile.Path) -> None:
    held = [name for name in wheel.root.namelist() if not name.endswith("/")]
    held = [name for name in held if ".dist-info/" not in name]
    assert missing(held, [*_ours(), *_brought()]) == set()


def test_a_file_that_is_not_in_the_wheel_is_caught() -> None:
    assert missing(["portal/a.html", "portal/b.py"], ["portal/b.py"]) == {"portal/a.html"}


def test_our_names_are_this_repository_from_another_folder(tmp_path: Path) -> None:
    assert outside(repository.ROOT, origins(start=tmp_path)) == []


def test_our_names_are_the_wheel_where_the_wheel_is_installed(
    wheel: zipfile.Path, tmp_path: Path
) -> None:
    place = tmp_path / "site"
    wheel.root.extractall(place)
    assert outside(place, origins(start=tmp_path, first=place)) == []


def test_another_project_of_the_same_name_is_caught(tmp_path: Path) -> None:
    (tmp_path / "search").mkdir()
    (tmp_path / "search/__init__.py").touch()
    found = outside(repository.ROOT, origins(start=tmp_path, first=tmp_path))
    assert found == [str(tmp_path / "search/__init__.py")]
