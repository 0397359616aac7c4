"""kill -9 in the middle of the work: nothing is lost, nothing is half, the index is whole."""

import json
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.browser.server import CLI, Product, until
from tests.journeys.conftest import UNIT, write_rows

ROWS = 1_200
TITLES = [f"泉城示例目录{number}" for number in range(ROWS)]
SEEN_OF_AN_ENTRY = """
SELECT count(*) FROM entry e WHERE e.open_version_id IS NULL AND e.current_version_id IS NULL"""


def count(product: Product, query: str) -> int:
    """One number out of the portal's own database, read beside its processes."""
    address = f"file:{product.data / 'portal.sqlite'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=30)) as connection:
        return int(connection.execute(query).fetchone()[0])


def entries(product: Product) -> int:
    return count(product, "SELECT count(*) FROM entry")


def verified(product: Product) -> dict[str, int]:
    """What `portal search verify` counts, after all that waits is done."""
    product.command("dispatch", "--drain")
    report: dict[str, int] = json.loads(product.command("search", "verify", "--json").stdout)
    return report


def assert_whole(product: Product, expected: int) -> None:
    """As many documents as published entries, none missing, stale or too many; no half entry."""
    report = verified(product)
    assert report == {
        "documents": expected,
        "missing": 0,
        "stale": 0,
        "extra": 0,
        "waiting": 0,
    }
    assert count(product, "SELECT count(*) FROM entry WHERE title = ''") == 0
    assert count(product, HALF) == 0
    assert count(product, "SELECT count(*) FROM outbox WHERE state IN ('claimed', 'dead')") == 0


# An entry whose version, code or rows are not there is half an entry.
HALF = """
SELECT count(*) FROM entry
WHERE NOT EXISTS (SELECT 1 FROM entry_version v WHERE v.entry_id = entry.id)"""


def import_words(path: Path) -> tuple[str, ...]:
    return ("catalog", "import", str(path), "--unit", UNIT, "--publish", "--as", "shenhe", "--json")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "rows.csv", TITLES)


@pytest.fixture
def filled(stopped: Product, tmp_path: Path) -> Product:
    """A portal with some published entries in its index, and no process running."""
    stopped.command(*import_words(write_rows(tmp_path / "first.csv", TITLES[:300])))
    stopped.command("dispatch", "--drain")
    return stopped


def test_an_import_that_is_killed_goes_on_where_it_stood(stopped: Product, file: Path) -> None:
    product = stopped
    words = import_words(file)
    product.spawn("import", [*CLI, *words])
    until(lambda: entries(product) > 0, what="the first batch of the import")
    product.kill("import")
    kept = entries(product)
    assert 0 < kept < ROWS
    assert count(product, HALF) == 0
    report = json.loads(product.command(*words).stdout)
    assert report["records"]["read"] == ROWS
    assert report["records"]["unchanged"] == kept
    assert report["records"]["new"] == ROWS - kept
    assert entries(product) == ROWS
    again = json.loads(product.command(*words).stdout)["records"]
    assert (again["unchanged"], again["new"], again["changed"]) == (ROWS, 0, 0)
    assert_whole(product, count(product, PUBLISHED))


PUBLISHED = "SELECT count(*) FROM entry WHERE standing = 'published'"


def test_a_rebuild_that_is_killed_leaves_the_old_index_in_place(filled: Product) -> None:
    product = filled
    before = count(product, PUBLISHED)
    for _time in range(3):
        process = product.spawn("rebuild", [*CLI, "search", "rebuild"])
        until(lambda: _begun(product) or process.poll() is not None, what="the rebuild")
        product.kill("rebuild")
        found = json.loads(product.command("search", "query", "--json", "泉城示例目录").stdout)
        assert found["total"] == before
    product.command("search", "rebuild")
    assert_whole(product, before)


def _begun(product: Product) -> bool:
    return "search.rebuild" in product.log("rebuild").read_text(encoding="utf-8")


def test_a_dispatcher_that_is_killed_loses_nothing(stopped: Product, file: Path) -> None:
    product = stopped
    product.command(*import_words(file))
    left = "SELECT count(*) FROM outbox WHERE state IN ('pending', 'claimed')"
    assert count(product, left) > 0
    for _time in range(3):
        before = count(product, left)
        product.spawn("dispatch", [*CLI, "dispatch"])
        until(lambda most=before: count(product, left) < most or not most, what="deliveries")
        product.kill("dispatch")
    assert_whole(product, count(product, PUBLISHED))
    assert count(product, left) == 0


def test_a_web_server_that_is_killed_keeps_what_it_answered_for(filled: Product) -> None:
    product = filled
    product.start("serve")
    before = count(product, PUBLISHED)
    assert _status(f"{product.url}/search") == 200
    product.kill("serve")
    product.start("serve")  # on the same port, at once
    assert _status(f"{product.url}/search") == 200
    assert_whole(product, before)


def _status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(answer.status)
