"""What a file holds, as its batch keeps it: columns, values, how it is written."""

from collections.abc import Sequence

from catalog.entries.imports.drafts import Problem
from catalog.entries.imports.mapping import ColumnMapping
from catalog.entries.imports.models import ImportBatch
from catalog.entries.imports.reading import Reading
from catalog.entries.imports.units import UnitFinder

_MOST_VALUES_KEPT = 60


def note_columns(batch: ImportBatch, mappings: Sequence[ColumnMapping]) -> None:
    """The columns of a file and what they fill."""
    batch.columns = [mapping.source for mapping in mappings]
    batch.found = {
        **batch.found,
        "columns": [
            {"source": m.source, "field": m.field, "confidence": m.confidence} for m in mappings
        ],
    }


def note_reading(batch: ImportBatch, reading: Reading) -> None:
    """What the file holds, on the batch."""
    batch.read_count, batch.draft_count = reading.read, reading.drafts_count
    batch.merged_count, batch.refused_count = reading.merged, reading.refused
    note_columns(batch, reading.mappings)
    batch.found = {
        **batch.found,
        "values": {
            name: dict(list(values.items())[:_MOST_VALUES_KEPT])
            for name, values in reading.values.items()
        },
        "shown": reading.shown,
        "notes": [[note.message, dict(note.values)] for note in reading.notes],
        "kind": reading.source.kind,
        "encoding": reading.source.encoding,
    }


def note_disagreements(reading: Reading, finder: UnitFinder) -> None:
    """Adds to the problems, at its first row, each unit whose name and credit code disagree."""
    column = next((m.source for m in reading.mappings if m.field == "unit_code"), "")
    for owner, _entries, row in list(reading.owners()):
        said = finder.disagreement(owner)
        if said is not None:
            reading.add_problem(Problem(row, said, column, owner.credit_code))
