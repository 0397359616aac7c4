"""Every test of this folder runs on the embedded engine and, where one is given, on a server."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from search.engine import Engine, Shape
from search.engines.elastic import ElasticEngine
from search.engines.embedded import EmbeddedEngine
from tests.contracts.search.corpus import SHAPE, catalog

ADDRESS = os.environ.get("TEST_SEARCH_URL", "")

Opener = Callable[[Shape], Engine]


@pytest.fixture(
    scope="session",
    params=["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)],
)
def opener(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opener]:
    """Opens empty indexes of one kind of engine; removes them at the end."""
    opened: list[Engine] = []

    def open_empty(shape: Shape) -> Engine:
        engine: Engine
        if request.param == "embedded":
            engine = EmbeddedEngine(tmp_path_factory.mktemp("index") / "search", shape)
        else:
            engine = ElasticEngine(ADDRESS, f"test-search-{uuid.uuid4().hex[:12]}", shape)
        opened.append(engine)
        return engine

    yield open_empty
    for engine in opened:
        if isinstance(engine, ElasticEngine):
            engine.drop()
        engine.close()


@pytest.fixture(scope="session")
def filled(opener: Opener) -> Engine:
    """An engine that holds the whole catalog; tests only read it."""
    engine = opener(SHAPE)
    generation = engine.begin_rebuild()
    generation.fill(catalog())
    generation.finish(lambda: len(catalog()))
    return engine


@pytest.fixture
def empty(opener: Opener) -> Engine:
    """An engine of the test's own."""
    return opener(SHAPE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where an embedded index of the test's own may lie."""
    return tmp_path / "search"
