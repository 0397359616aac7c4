"""The names by which the kernel's tests ask for a database and a runtime."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portal.kernel.db import Database
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from tests.portal.conftest import MakeRuntime


@pytest.fixture
def database(kernel_database: Database) -> Database:
    return kernel_database


@pytest.fixture
def runtime(make_runtime: MakeRuntime) -> Runtime:
    return make_runtime()




@pytest.fixture
def sqlite_runtime(kernel_template: Path, tmp_path: Path) -> Iterator[Runtime]:
    """For long tables of cases whose rule does not depend on the engine."""
    path = tmp_path / "portal.sqlite"
    shutil.copy(kernel_template, path)
    database = Database(f"sqlite:///{path}")
    yield Runtime(replace(Settings(), data=tmp_path), database, (), {})
    database.close()
