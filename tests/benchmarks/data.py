"""The data folders that are measured: made once, kept under .portal/bench while nothing changes."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select

from auth import queries as auth_queries
from catalog.entries.models import Entry
from migrations import run as migrations
from portal import app as portal_app
from portal.commands.setting_up import prepare
from portal.demo import load as sample
from portal.demo import reader
from portal.kernel.access import SYSTEM
from portal.kernel.runtime import Runtime
from portal.kernel.settings import PREFIX, Settings
from portal.kernel.uow import unit_of_work
from search import upkeep
from search.engine import State
from search.parts import Search
from tests.benchmarks import filling

ROOT = Path(__file__).resolve().parent.parent.parent
BENCH = ROOT / ".portal" / "bench"
MADE_BY = ("generator.py", "filling.py", "vocabulary.py", "words.txt", "items.txt")


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder and, where other servers are used, their addresses."""

    folder: Path
    entries: int
    database_url: str = ""
    search_url: str = ""

    @property
    def settings(self) -> Settings:
        """The settings of a process that opens this place."""
        return replace(
            Settings(),
            data=self.folder,
            database_url=self.database_url,
            search_url=self.search_url,
            search_prefix="bench",
            secret_key="benchmark-" + "k" * 32,
            oidc_client_secret="benchmark-client",
            log_level="WARNING",
        )

    @property
    def environment(self) -> dict[str, str]:
        """What a process is started with; nothing of the caller's own settings."""
        settings = self.settings
        names = (
            "data",
            "database_url",
            "search_url",
            "search_prefix",
            "secret_key",
            "oidc_client_secret",
            "log_level",
        )
        own = {k: val for k, val in os.environ.items() if not k.startswith(PREFIX)}
        return own | {PREFIX + name.upper(): str(getattr(settings, name)) for name in names}

    @property
    def engines(self) -> str:
        """What keeps the data and what finds it."""
        database = "PostgreSQL" if self.database_url else "SQLite"
        return f"{database} + {'Elasticsearch' if self.search_url else 'tantivy'}"


@contextmanager
def opened(place: Place) -> Iterator[Runtime]:
    """The product in this process, closed afterwards."""
    runtime = portal_app.open_runtime(place.settings)
    try:
        yield runtime
    finally:
        runtime.part(Search).engine.close()
        runtime.database.close()


def ready(place: Place) -> Place:
    """Fills the place where it does not hold what it should; says what it does."""
    stamp = place.folder / "made-by.json"
    wanted = {"entries": place.entries, "made_by": _mark(), "database": bool(place.database_url)}
    if not stamp.exists() or json.loads(stamp.read_text()) != wanted:
        shutil.rmtree(place.folder, ignore_errors=True)
        place.folder.mkdir(parents=True)
        with opened(place) as runtime:
            _make(runtime, place)
        stamp.write_text(json.dumps(wanted))
    with opened(place) as runtime:
        _index(runtime, place)
    return place


def copy_of(place: Place, name: str) -> Place:
    """The same data in another folder, to be changed; on other servers the data itself."""
    if place.database_url or place.search_url:
        return place
    folder = place.folder.with_name(name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(place.folder, folder, ignore=shutil.ignore_patterns("*.sock", "slots"))
    return replace(place, folder=folder)


def _make(runtime: Runtime, place: Place) -> None:
    started = time.monotonic()
    prepare(runtime)
    _refuse_foreign(runtime, place.entries)
    with runtime.database.reading() as session:
        empty = not auth_queries.units(session)
    if empty:  # the city's units and people, without their entries
        with unit_of_work(runtime, SYSTEM) as uow:
            sample._units(uow)
            sample._categories(uow, reader.categories(), parent=None)
            sample._people(uow)
    added = filling.fill(runtime, place.entries)
    print(f"  {added:,} entries written in {time.monotonic() - started:.0f} s", flush=True)


def _index(runtime: Runtime, place: Place) -> None:
    """Rebuilds the index where it is not whole or was made by other rules than today's."""
    health = runtime.part(Search).engine.health()
    if health.state is State.READY and health.documents >= place.entries:
        return
    started = time.monotonic()
    count = upkeep.rebuild(runtime)
    print(f"  {count:,} documents indexed in {time.monotonic() - started:.0f} s", flush=True)


def _refuse_foreign(runtime: Runtime, entries: int) -> None:
    """A database of somebody else's is not filled with generated entries."""
    with runtime.database.reading() as session:
        others = session.scalar(
            select(func.count()).select_from(Entry).where(Entry.batch_id.is_not(None))
        )
        count = session.scalar(select(func.count()).select_from(Entry)) or 0
    if others or count > max(entries, 500):
        raise SystemExit(f"the database holds {count:,} entries that are not of the benchmark")


def _mark() -> str:
    """Changes with everything that the data depends on."""
    digest = hashlib.sha256(migrations.newest().encode())
    for name in MADE_BY:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()[:16]
