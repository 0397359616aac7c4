"""What the load asks for: paths over the words, entries and units of a place."""

import random
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import select

from auth.models import Unit
from catalog.entries.models import Entry
from portal.kernel.runtime import Runtime
from tests.benchmarks.generator import SEED, query_words

ENTRIES_ASKED = 1_000


@dataclass(frozen=True, slots=True)
class Paths:
    """Lists of paths, each for one figure."""

    search: tuple[str, ...]
    entries: tuple[str, ...]
    units: tuple[str, ...]
    unit_lists: tuple[str, ...]
    api_search: tuple[str, ...]
    api_entries: tuple[str, ...]


def paths_of(runtime: Runtime) -> Paths:
    """The paths of a place; the same ones each time."""
    chosen = random.Random(SEED)
    everybody = Entry.open_type.is_distinct_from("withheld") & (Entry.standing == "published")
    with runtime.database.reading() as session:
        ids = sorted(session.scalars(select(Entry.id).where(everybody)))
        units = sorted(session.scalars(select(Unit.id).where(Unit.valid_to.is_(None))))
    ids = chosen.sample(ids, min(ENTRIES_ASKED, len(ids)))
    words = [quote(word) for word in query_words()]
    chosen.shuffle(words)
    pages = range(1, -(-len(units) // 20) + 1)
    return Paths(
        search=tuple(f"/search?q={word}" for word in words),
        entries=tuple(f"/catalog/entries/{i}" for i in ids),
        units=tuple(f"/units/{i}" for i in units),
        unit_lists=tuple(f"/units?page={n}" for n in pages),
        api_search=tuple(f"/api/v1/search?q={word}&size=20" for word in words),
        api_entries=tuple(f"/api/v1/entries/{i}" for i in ids),
    )
