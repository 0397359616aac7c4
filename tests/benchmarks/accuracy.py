"""Recall and precision of single words over real catalogs, against exact substring search."""

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.data import Place
from tests.benchmarks.figures import Figure


def accuracy(base: Place, portals: Path) -> Iterator[Figure]:
    yield from ()
