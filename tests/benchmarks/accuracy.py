"""Recall and precision of single words over real catalogs, against exact substring search."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from auth.models import Unit
from catalog.entries.models import Entry, EntryVersion
from portal import dispatcher
from portal.kernel import clock
from portal.kernel.runtime import Runtime
from search.engine import NAME, Query
from search.parts import Search
from tests.benchmarks import processes
from tests.benchmarks.data import Place, copy_of, opened
from tests.benchmarks.figures import Figure, not_measured

WORDS = Path(__file__).with_name("queries.txt")
LONGEST = 600.0
PAGE = 1_000
LEAST_PRECISION = 0.98
# The files of the folder and the regions they come from.
REGIONS = {
    "foshan_odweb_native_clean.json": "440600",
    "guangxi_nanning.json": "450100",
    "gz_catalog.json": "440100",
    "hrbdata.xlsx": "230100",
    "jiangsu_suzhou.json": "320500",
    "jiangsu_yancheng.json": "320900",
    "shanghai_shanghai.json": "310000",
    "zhejiang_hangzhou.json": "330100",
}
TEXTS = ("title", "abstract", "provider_office", "source_system")
LISTS = ("category", "tags", "matters")


@dataclass(frozen=True, slots=True)
class Found:
    """One word: how many records hold it, how many were found, and how many of both."""

    word: str
    holding: int
    found: int
    both: int

    @property
    def recall(self) -> float:
        return self.both / self.holding if self.holding else 1.0

    @property
    def precision(self) -> float:
        return self.both / self.found if self.found else 1.0


def accuracy(base: Place, portals: Path) -> Iterator[Figure]:
    """Imports the files and asks for each word by both ways."""
    place = copy_of(base, "accuracy")
    target = f"recall 1.00, precision ≥ {LEAST_PRECISION}"
    for name, region in REGIONS.items():
        ended = _imported(place, portals / name, region)
        if ended:
            yield not_measured(f"words over the real files: {name}", target, ended)
    with opened(place) as runtime:
        dispatcher.drain(runtime)
        texts = _texts(runtime)
        words = WORDS.read_text(encoding="utf-8").split()
        rows = [_asked(runtime, word, texts) for word in words]
    (place.folder / "accuracy.json").write_text(
        json.dumps([(r.word, r.holding, r.found, r.both) for r in rows], ensure_ascii=False)
    )
    yield _figure(rows, len(texts), target)


def _imported(place: Place, path: Path, region: str) -> str:
    """Imports one file; how it ended where it did not end well."""
    process = processes.run(
        place, "catalog", "import", str(path), "--region", region, "--new-units", "--json"
    )
    if process.wait(LONGEST) == 0:
        return ""
    return (place.folder / "catalog-errors.txt").read_text(encoding="utf-8")[-200:].strip()


def _figure(rows: Sequence[Found], records: int, target: str) -> Figure:
    asked = [row for row in rows if row.holding]
    recall = min(row.recall for row in asked)
    precision = min(row.precision for row in asked)
    worst = sorted(asked, key=lambda row: (row.recall, row.precision))[:3]
    named = "; ".join(f"{r.word} {r.recall:.3f}, {r.precision:.3f}" for r in worst)
    return Figure(
        f"{len(asked)} words over {records:,} records of the real files",
        f"recall ≥ {recall:.3f}, precision ≥ {precision:.3f} (lowest: {named})",
        target,
        recall == 1.0 and precision >= LEAST_PRECISION,
    )


def _asked(runtime: Runtime, word: str, texts: Mapping[str, str]) -> Found:
    holding = {record_id for record_id, text in texts.items() if word.lower() in text}
    found = texts.keys() & set(_all_found(runtime, word))  # not the generated ones
    return Found(word, len(holding), len(found), len(holding & found))


def _all_found(runtime: Runtime, word: str) -> Iterator[str]:
    """Everything that the product itself finds, by cursor."""
    engine, cursor = runtime.part(Search).engine, None
    while True:
        asked = Query(word, None, clock.now(), sort=NAME, cursor=cursor, size=PAGE)
        hits = engine.search(asked).hits
        yield from (hit.id for hit in hits)
        if len(hits) < PAGE:
            return
        cursor = hits[-1].cursor


def _texts(runtime: Runtime) -> dict[str, str]:
    """What each record says, piece by piece, so that no word is made of two pieces."""
    query = (
        select(Entry.id, Unit.name, EntryVersion.document)
        .join(Unit, Unit.id == Entry.unit_id)
        .join(EntryVersion, EntryVersion.id == Entry.open_version_id)
        .where(Entry.batch_id.is_not(None))
    )
    with runtime.database.reading() as session:
        return {
            record_id: "\n".join([unit, *_pieces(json.loads(document))]).lower()
            for record_id, unit, document in session.execute(query)
        }


def _pieces(document: Mapping[str, Any]) -> Iterator[str]:
    yield from (document[key] for key in TEXTS if document.get(key))
    for key in LISTS:
        yield from document.get(key, ())
    for item in document.get("items", ()):
        yield from (item[key] for key in ("name", "field") if item.get(key))
    yield from (resource["name"] for resource in document.get("resources", ()))
