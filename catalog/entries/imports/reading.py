"""Reads a whole file: source, mapping, rows, identity; everything short of the database."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from catalog.entries.imports import secrecy
from catalog.entries.imports.drafts import Owner, Problem, RecordDraft
from catalog.entries.imports.mapping import ColumnMapping, propose, told
from catalog.entries.imports.monitor import Monitor, Nobody, told_of
from catalog.entries.imports.readers.opening import open_source
from catalog.entries.imports.readers.source import Limits, Row, Source
from catalog.entries.imports.records import Assembler
from catalog.entries.imports.sampling import (
    by_column,
    counts_rows,
    fewest_joined,
    sample_of,
    shown_values,
)
from catalog.entries.imports.scratch import Scratch
from catalog.entries.imports.workplace import workplace
from portal.kernel.errors import Invalid
from portal.kernel.text import Text, _

_MOST_VALUES = 300


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read, where it may write meanwhile, and who listens and may stop it."""

    overrides: Mapping[str, str] = field(default_factory=dict)
    has_unit: bool = False
    limits: Limits = field(default_factory=Limits)
    scratch_folder: Path | None = None
    monitor: Monitor = field(default_factory=Nobody)


@dataclass(slots=True)
class Reading:
    """A file that was read: its mapping, counts, values, problems and drafts.

    `folder` is for what is made of it; it goes when the reading ends.
    """

    source: Source
    folder: Path
    mappings: tuple[ColumnMapping, ...]
    read: int
    refused: int
    drafts_count: int
    values: dict[str, dict[str, Any]]
    notes: tuple[Text, ...]
    scratch: Scratch
    shown: dict[str, list[str]] = field(default_factory=dict)

    @property
    def merged(self) -> int:
        """Rows that went into an entry that another row began."""
        return self.read - self.refused - self.drafts_count

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Columns whose content is not taken."""
        return tuple(mapping.source for mapping in self.mappings if not mapping.field)

    def drafts(self, skip: int = 0) -> Iterator[RecordDraft]:
        """The entries of the file, in its order; `skip` leaves out the first ones."""
        return self.scratch.drafts(skip)

    def owners(self) -> Iterator[tuple[Owner, int, int]]:
        """The owners that the file names, each with its entries and its first row."""
        return self.scratch.owners()

    def add_problem(self, problem: Problem) -> None:
        """Keeps what only the portal could find of a row beside what the file itself told."""
        self.scratch.add_problem(problem)

    def problems(self) -> Iterator[Problem]:
        """All problems in the order of the rows."""
        return self.scratch.problems()

    def secret_rows(self) -> frozenset[int]:
        """Numbers of the rows of which nothing may be shown or written."""
        return self.scratch.secret_rows()


class NoTitle(Invalid):
    """No column can be the title; `mappings` are those of the others, for a person to choose.

    `may_be_kept`: the file holds nothing that is marked as secret, as far as one can tell.
    """

    def __init__(self, mappings: tuple[ColumnMapping, ...], *, may_be_kept: bool) -> None:
        super().__init__(
            _(
                "没有找到目录名称所在的列。文件有 %(n)s 列，认出的有：%(columns)s。"
                "请用 --map 列名=title（页面上为“列对应”）指明哪一列是名称。",
                n=len(mappings),
                columns="、".join(told(m.source for m in mappings)) or _("没有"),
            )
        )
        self.mappings, self.may_be_kept = mappings, may_be_kept


@dataclass(frozen=True, slots=True)
class Examined:
    """What the first rows of a source tell: the mapping, some values, how items stand in it."""

    mappings: tuple[ColumnMapping, ...]
    shown: dict[str, list[str]]
    fewest_joined: int


def examine(source: Source, overrides: Mapping[str, str]) -> Examined:
    """The mapping of a source, from its labels and its first rows; secret rows are not looked at.

    Raises NoTitle when no column can be the title.
    """
    rows = sample_of(source)
    samples = by_column(rows)
    mappings = propose(source.columns, samples, overrides=overrides)
    mappings = _without_row_numbers(mappings, samples, frozenset(overrides))
    if not any(mapping.field == "title" for mapping in mappings):
        raise NoTitle(mappings, may_be_kept=_may_be_kept(source))
    return Examined(mappings, shown_values(rows, mappings), fewest_joined(rows, mappings))


def _may_be_kept(source: Source) -> bool:
    """Whether no cell of a file that nobody can read yet says that it is secret.

    A file without a header has its first row in the place of the labels.
    """
    if any(map(secrecy.marked, source.names())):
        return False
    return not any(secrecy.refusal(row.cells, ()) for row in source.rows())


def _without_row_numbers(
    mappings: tuple[ColumnMapping, ...], samples: Mapping[str, list[Any]], fixed: frozenset[str]
) -> tuple[ColumnMapping, ...]:
    """A column of ids that merely counts the rows identifies nothing."""
    return tuple(
        replace(mapping, field=None, confidence=0.0)
        if mapping.field in ("source_key", "code")
        and mapping.source not in fixed
        and counts_rows(samples.get(mapping.source, []))
        else mapping
        for mapping in mappings
    )


@contextmanager
def read_file(path: Path, options: Options | None = None) -> Iterator[Reading]:
    """Reads the file once, from the first row to the last.

    Raises Invalid when the file as a whole cannot be read, and what the monitor stops it with.
    """
    chosen = options or Options()
    place = workplace(chosen.scratch_folder) if chosen.scratch_folder else _elsewhere()
    with (
        place as folder,
        closing(Scratch(folder, chosen.monitor)) as scratch,
        open_source(path, chosen.limits, chosen.monitor.check_cancelled) as source,
    ):
        yield _read(source, chosen, scratch=scratch, folder=folder)


@contextmanager
def _elsewhere() -> Iterator[Path]:
    with TemporaryDirectory(prefix="import-") as folder:
        yield Path(folder)


def _read(source: Source, options: Options, *, scratch: Scratch, folder: Path) -> Reading:
    examined = examine(source, options.overrides)
    values: dict[str, dict[str, Any]] = {}
    late = _LateColumns(source)

    def keep_value(name: str, raw: str, normalised: Any) -> None:
        known = values.setdefault(name, {})
        if len(known) < _MOST_VALUES:
            known.setdefault(raw, normalised)

    assembler = Assembler(
        examined.mappings,
        scratch.add_problem,
        keep_value,
        needs_unit=not options.has_unit,
        fewest_joined=examined.fewest_joined,
    )
    for fragment in assembler.fragments(told_of(late.watched(), options.monitor)):
        scratch.add_fragment(fragment)
    count = scratch.finish(free_items=assembler.item_rows)
    if not assembler.read:
        raise Invalid(_("表头下面没有数据行。请填写目录后再导入。"))
    return Reading(
        source=source,
        folder=folder,
        mappings=(*examined.mappings, *(ColumnMapping(name, None, 0.0) for name in late.names)),
        read=assembler.read,
        refused=assembler.refused,
        drafts_count=count,
        values=values,
        notes=source.notes,
        scratch=scratch,
        shown=examined.shown,
    )


class _LateColumns:
    """Columns that appear only after the first records of a JSON file: named, not taken."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known = set(source.names())
        self.names: list[str] = []

    def watched(self) -> Iterator[Row]:
        for row in self._source.rows():
            if not row.cells.keys() <= self._known:
                new = [name for name in row.cells if name not in self._known]
                self._known.update(new)
                self.names.extend(new)
            yield row
