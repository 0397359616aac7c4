"""The import contract bites: a copy of the tree with bad imports in it is refused."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guards.repository import ROOT

PACKAGES = ("portal", "catalog", "governance", "auth", "search", "migrations")
# Contract → a module and a line that breaks it; some stand inside a function.
BAD = {
    "Packages import downwards only": (
        "portal/kernel/planted_up.py",
        "def late():\n    from catalog.entries import models\n    return models\n",
    ),
    "Features of the catalog import downwards only": (
        "catalog/departments/planted_feature.py",
        "import catalog.entries.rules\n",
    ),
    "Another feature's queries, services and events only, never its models, views or schemas": (
        "catalog/entries/planted_inside.py",
        "def late():\n    import auth.models\n    return auth.models\n",
    ),
    "No Flask in the kernel, nor below views": ("portal/kernel/planted_web.py", "import flask\n"),
    "Only search.engines.elastic knows elasticsearch": (
        "search/planted_engine.py",
        "def late():\n    import elasticsearch\n    return elasticsearch\n",
    ),
    "Only search.engines.embedded knows tantivy": ("auth/planted_engine.py", "import tantivy\n"),
    "Inside a feature a module imports only modules below it": (
        "catalog/departments/rules.py",
        "def late():\n    from catalog.departments import models\n    return models\n",
    ),
    "Only portal.web.htmx knows htmx_flask": ("auth/planted_htmx.py", "import htmx_flask\n"),
    "A migration imports nothing of ours": (
        "migrations/versions/planted.py",
        "def upgrade():\n    import portal.kernel.clock\n",
    ),
}


def lint(folder: Path) -> tuple[int, str]:
    """What lint-imports says of a tree, and how it ends."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    done = subprocess.run(
        [*command, "--no-logo", "--no-cache", "--config", "pyproject.toml"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The modules of the product with its contracts, in a folder of their own."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_a_bad_import_is_caught_also_inside_a_function(tree: Path) -> None:
    for path, source in BAD.values():
        with (tree / path).open("a", encoding="utf-8") as module:
            module.write(f"\n\n{source}")
    code, said = lint(tree)
    assert code == 1, said
    kept = [name for name in BAD if f"{name} BROKEN" not in said]
    assert kept == [], said
    assert [path for path, _source in BAD.values() if named(path) not in said] == []


def named(path: str) -> str:
    """A module as the report names it."""
    return path.removesuffix(".py").replace("/", ".")
