"""The names by which the kernel's tests ask for a database and a runtime."""

import pytest

from portal.kernel.db import Database
from portal.kernel.runtime import Runtime
from tests.portal.conftest import MakeRuntime


@pytest.fixture
def database(kernel_database: Database) -> Database:
    return kernel_database


@pytest.fixture
def runtime(make_runtime: MakeRuntime) -> Runtime:
    return make_runtime()
