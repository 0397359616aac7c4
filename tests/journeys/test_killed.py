"""kill -9 in the middle of the work: nothing is lost, nothing is half, the index is whole."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
import requests

from auth import sessions
from auth.models import User
from auth.queries import person_named
from portal import app as portal_app
from portal import dispatcher
from portal.kernel.access import SYSTEM
from portal.kernel.runtime import Runtime
from portal.kernel.settings import from_environment
from portal.kernel.uow import unit_of_work
from portal.web.sessions import COOKIE
from search import queries, upkeep
from tests.browser.server import CLI, Product, until
from tests.journeys.conftest import UNIT, copied, write_rows
from tests.world import close

ROWS = 400
TITLES = [f"泉城示例目录{number}" for number in range(ROWS)]
DOCUMENTS = "SELECT count(*) FROM entry WHERE standing IN ('published', 'unpublished')"
LEFT = "SELECT count(*) FROM outbox WHERE state IN ('pending', 'claimed')"
# An entry without a version, with one that is not there, or with another's rows.
HALF = """
SELECT count(*) FROM entry e
LEFT JOIN entry_version shown ON shown.id = e.current_version_id AND shown.entry_id = e.id
LEFT JOIN entry_version draft ON draft.id = e.open_version_id AND draft.entry_id = e.id
WHERE (shown.id IS NULL AND draft.id IS NULL)
   OR (e.current_version_id IS NOT NULL AND (shown.id IS NULL OR shown.status <> 'published'))
   OR (e.open_version_id IS NOT NULL AND draft.id IS NULL)
   OR (e.standing = 'published' AND shown.id IS NULL)
   OR e.title = ''
   OR e.item_count <> (SELECT count(*) FROM entry_item i WHERE i.entry_id = e.id)"""


def count(product: Product, query: str) -> int:
    """One number out of the portal's own database, read beside its processes."""
    address = f"file:{product.data / 'portal.sqlite'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=30)) as connection:
        return int(connection.execute(query).fetchone()[0])


def entries(product: Product) -> int:
    return count(product, "SELECT count(*) FROM entry")


@contextmanager
def opened(product: Product) -> Iterator[Runtime]:
    """The portal's data in this process, which need not read the whole product once more."""
    runtime = portal_app.open_runtime(from_environment(product.runtime_environment()))
    try:
        yield runtime
    finally:
        close(runtime)


def verified(product: Product) -> dict[str, int]:
    """What `portal search verify` counts, after `portal dispatch --drain`."""
    with opened(product) as runtime:
        dispatcher.drain(runtime)
        return upkeep.verify(runtime).counts


def assert_whole(product: Product) -> None:
    """As many documents as living entries, none missing, stale or too many; no half entry."""
    report = verified(product)
    assert report == {
        "documents": count(product, DOCUMENTS),
        "missing": 0,
        "stale": 0,
        "extra": 0,
        "waiting": 0,
    }
    assert count(product, HALF) == 0
    assert count(product, "SELECT count(*) FROM outbox WHERE state IN ('claimed', 'dead')") == 0


def import_words(path: Path) -> tuple[str, ...]:
    return ("catalog", "import", str(path), "--unit", UNIT, "--publish", "--as", "shenhe", "--json")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "rows.csv", TITLES)


@pytest.fixture(scope="session")
def filled_folder(city_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a portal with published entries in its index."""
    folder = tmp_path_factory.mktemp("filled")
    for product in copied(city_folder, folder / "data"):
        product.command(*import_words(write_rows(folder / "first.csv", TITLES[:200])))
        with opened(product) as runtime:
            dispatcher.drain(runtime)
    return folder / "data"


@pytest.fixture
def filled(filled_folder: Path, tmp_path: Path) -> Iterator[Product]:
    """That portal, of this test alone, with no process running."""
    yield from copied(filled_folder, tmp_path / "data")


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
    assert_whole(product)


def test_a_rebuild_that_is_killed_leaves_the_old_index_in_place(filled: Product) -> None:
    product = filled
    before = count(product, DOCUMENTS)
    rebuild = product.spawn("rebuild", [*CLI, "search", "rebuild"])
    until(lambda: _begun(product) or rebuild.poll() is not None, what="the rebuild")
    product.kill("rebuild")
    with opened(product) as runtime:
        with runtime.database.reading() as session:
            reviewer = person_named(session, "shenhe")
        assert queries.find(runtime, reviewer, queries.Asked("泉城示例目录")).total == before
    product.command("search", "rebuild")
    assert_whole(product)


def _begun(product: Product) -> bool:
    return "search.rebuild" in product.log("rebuild").read_text(encoding="utf-8")


def test_a_dispatcher_that_is_killed_loses_nothing(stopped: Product, file: Path) -> None:
    product = stopped
    product.command(*import_words(file))
    assert count(product, LEFT) > 0
    for _time in range(2):
        before = count(product, LEFT)
        product.spawn("dispatch", [*CLI, "dispatch"])
        until(partial(_fewer, product, before), what="deliveries")
        product.kill("dispatch")
    assert_whole(product)
    assert count(product, LEFT) == 0


def _fewer(product: Product, before: int) -> bool:
    return before == 0 or count(product, LEFT) < before


def test_a_web_server_that_is_killed_keeps_all_that_it_answered_for(filled: Product) -> None:
    product = filled
    product.start("serve", "dispatch")
    answered: list[str] = []
    before = entries(product)
    cookie, token = session_of(product, "bianji")
    writer = Thread(target=keep_writing, args=(product.url, cookie, token, answered))
    writer.start()
    until(lambda: len(answered) >= 5, what="entries made in the form")
    product.kill("serve")
    writer.join(30)
    assert not writer.is_alive()
    product.start("serve")  # on the same port, at once
    made = entries(product) - before
    assert len(answered) <= made <= len(answered) + 1  # one may have been saved unanswered
    for address in answered:
        assert get(product.url + address, cookie) == 200
    product.stop("dispatch")
    assert_whole(product)


def session_of(product: Product, username: str) -> tuple[str, str]:
    """The cookie and the form token of a person who has signed in."""
    with opened(product) as runtime, unit_of_work(runtime, SYSTEM) as uow:
        person = person_named(uow.session, username)
        user = uow.lock(User, str(person.id))
        started = sessions.start(uow, user, browser=sessions.browser("", "127.0.0.1"))
        return f"{COOKIE}={started.raw_id}", started.session.csrf_secret


def keep_writing(url: str, cookie: str, token: str, answered: list[str]) -> None:
    """Makes entries until the server is gone; notes the address of each that it answered for."""
    for number in range(10_000):
        form = {"_csrf": token, "title": f"随手编制的目录{number}", "step": "save"}
        try:
            answer = requests.post(
                f"{url}/catalog/entries/new",
                data=form,
                headers={"Cookie": cookie},
                allow_redirects=False,
                timeout=10,
            )
        except requests.RequestException:
            return
        assert answer.status_code == 303, answer.text
        answered.append(answer.headers["Location"])


def get(url: str, cookie: str) -> int:
    return requests.get(url, headers={"Cookie": cookie}, timeout=10).status_code
