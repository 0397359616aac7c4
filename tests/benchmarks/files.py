"""Files for the import: generated entries as a CSV without items and as JSON with them."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from catalog.entries import codelists as codes
from portal.kernel import clock
from portal.kernel.codes import CodeList
from tests.benchmarks import vocabulary as v
from tests.benchmarks.generator import Generator, Made, Owner

CODED: dict[str, CodeList] = {
    "update_cycle": codes.UPDATE_CYCLES,
    "share_type": codes.SHARE_TYPES,
    "open_type": codes.OPEN_TYPES,
    "security_level": codes.SECURITY_LEVELS,
    "themes": codes.THEMES,
}


def write_plain(path: Path, owners: Sequence[Owner], *, number: int, seed: int) -> str:
    """A CSV of entries without items, as a department sends it; returns the last title."""
    made = Generator(owners, clock.today(), seed=seed, parts=False).entries(number)
    title = ""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(v.CSV_COLUMNS)
        for each in made:
            title = each.document["title"]
            rows.writerow([_cell(each, name) for name in v.CSV_COLUMNS.values()])
    return title


def write_whole(path: Path, owners: Sequence[Owner], *, number: int, seed: int) -> str:
    """A JSON array of entries with items and resources; returns the last title."""
    title = ""
    with path.open("w", encoding="utf-8") as file:
        for index, each in enumerate(Generator(owners, clock.today(), seed=seed).entries(number)):
            title = each.document["title"]
            file.write(",\n" if index else "[\n")
            json.dump(_object(each), file, ensure_ascii=False)
        file.write("\n]\n")
    return title


def _cell(made: Made, name: str) -> str:
    if name == "unit":
        return made.owner.name
    if name == "region":
        return made.owner.region_code
    value = made.document.get(name, "")
    words = value if isinstance(value, list) else [value]
    if name in CODED:
        words = [str(CODED[name].values[word]) for word in words if word]
    return "、".join(map(str, words))


def _object(made: Made) -> dict[str, Any]:
    parts = {
        part: [{k: val for k, val in row.items() if k != "id"} for row in made.document[part]]
        for part in ("items", "resources")
    }
    owner = {"unit": made.owner.name, "region_code": made.owner.region_code}
    return {**made.document, **owner, **parts}
