"""No page asks the database more often because there is more in it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from auth import queries as auth_queries
from catalog.entries.imports.models import ImportBatch
from catalog.entries.imports.services import BatchOptions, SentFile, new_batch
from catalog.entries.models import Entry
from portal import app as portal_app
from portal.kernel.jobs import JobRun
from portal.kernel.uow import unit_of_work
from search import upkeep
from tests.guards import filling
from tests.portal.pages_of import UNKNOWN, pages
from tests.world import NOBODY, World, close, settings_in

VISITORS = (NOBODY, "jinxian", "shuyu", "pipa")
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COPIES = 3
MOST = 30


@contextmanager
def asked(engine: Engine) -> Iterator[list[str]]:
    """The statements sent inside the block."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def addresses(world: World) -> list[str]:
    """Every page, those of imports and runs with records that are there."""
    with world.runtime.database.reading() as session:
        batch = session.scalars(select(ImportBatch.id).order_by(ImportBatch.id)).first() or UNKNOWN
        run = session.scalars(select(JobRun.id).order_by(JobRun.id)).first() or UNKNOWN
    known = {"/catalog/imports": batch, "/operations/runs": run}
    found = pages(world)
    for start, record_id in known.items():
        found = [a.replace(UNKNOWN, record_id) if a.startswith(start) else a for a in found]
    return found


def statements(world: World) -> dict[str, list[str]]:
    """What each page asks, by visitor and address without ids; warm, as it is most of the time."""
    found = {}
    for who in VISITORS:
        client = world.client(who)
        for address in addresses(world):
            client.get(address)
            with asked(world.runtime.database.engine) as said:
                client.get(address)
            found[f"{who} {ID.sub('*', address)}"] = list(said)
    return found


@contextmanager
def portal_with(sample: Path, folder: Path, *, many: bool) -> Iterator[World]:
    shutil.copytree(sample, folder)
    settings = settings_in(folder)
    runtime = portal_app.open_runtime(settings)
    with runtime.database.reading() as session:
        editor = auth_queries.person_named(session, "jinxian")
    with unit_of_work(runtime, editor) as uow:
        new_batch(uow, SentFile("目录.csv", 1), BatchOptions("370100"))
    runtime.database.close()
    database = folder / "portal.sqlite"
    if many:
        filling.multiply(database, COPIES)
    else:
        filling.trim(database)
    upkeep.rebuild(runtime)
    yield World(runtime, portal_app.create_app(runtime=runtime), {}, {})
    close(runtime)


@pytest.fixture(scope="module")
def few(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with portal_with(sample_folder, tmp_path_factory.mktemp("few") / "data", many=False) as world:
        yield world


@pytest.fixture(scope="module")
def many(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with portal_with(sample_folder, tmp_path_factory.mktemp("many") / "data", many=True) as world:
        yield world


def test_every_page_asks_as_often_at_ten_as_at_a_thousand(few: World, many: World) -> None:
    for world, least, most in ((few, 10, 10), (many, 1_000, 10_000)):
        with world.runtime.database.reading() as session:
            number = session.scalar(select(func.count()).select_from(Entry)) or 0
        assert least <= number <= most
    low, high = statements(few), statements(many)
    assert low.keys() == high.keys()
    grown = {
        page: f"{len(low[page])} and {len(high[page])}"
        for page in low
        if len(low[page]) != len(high[page])
    }
    assert grown == {}
    assert {page: len(said) for page, said in high.items() if len(said) > MOST} == {}


def test_the_guard_sees_a_page_that_asks_for_each_row(few: World, many: World) -> None:
    counts = []
    for world in (few, many):
        with world.runtime.database.reading() as session, asked(session.get_bind()) as said:  # type: ignore[arg-type]
            for entry_id in session.scalars(select(Entry.id)).all():
                session.get(Entry, entry_id)
        counts.append(len(said))
    assert counts[0] < counts[1]
