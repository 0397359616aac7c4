"""A scratch file that holds fragments and problems, so that memory does not grow with the file."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from catalog.entries.imports import identity
from catalog.entries.imports.drafts import Owner, Problem, RecordDraft
from catalog.entries.imports.fragments import Fragment
from catalog.entries.imports.monitor import Monitor
from catalog.entries.rules import canonical
from portal.kernel.errors import PortalError
from portal.kernel.jobs import Cancelled
from portal.kernel.text import Text, _

_BATCH = 500
_STEPS_BETWEEN = 100_000  # of SQLite's machine: some milliseconds
_MOST_DOUBLES = 20
_MOST_OWNERS = 5000
_TABLES = """
create table owners (id integer primary key, name text, credit_code text, region text,
                     aliases text);
create table fragments (seq integer primary key, key blob, mark blob, name blob, owner blob,
                        row int, rows text, who int, kind text, own text, code text, kept text,
                        document text);
create table problems (seq integer primary key, row int, "column" text, value text,
                       message text, parts text, refused int, secret int);
"""
_REPEATED = """
create index fragments_key on fragments (key);
create table repeated as select seq from fragments where key in
  (select key from fragments group by key having count(*) > 1) order by seq;
"""
_GROUPS = """
create index fragments_mark on fragments (key, mark);
create table groups (first integer primary key, key blob, mark blob, name blob, owner blob,
                     row int, parts int, is_twin int default 0, is_namesake int default 0);
insert into groups (key, mark, name, owner, first, row, parts)
  select key, mark, name, owner, min(seq), min(row), count(*) from fragments group by key, mark;
create index groups_key on groups (key, first);
create index groups_name on groups (name);
update groups set is_twin = 1 where key in
  (select key from groups group by key having count(*) > 1);
update groups set is_namesake = 1 where name in
  (select name from groups group by name having count(*) > 1);
create table turns (turn integer primary key, first int);
insert into turns (first)
  select g.first from groups g
    join (select owner, min(first) as began from groups group by owner) o on o.owner = g.owner
    order by o.began, g.first;
create index problems_row on problems (row);
"""
_ADD_FRAGMENT = (
    "insert into fragments (key, name, owner, row, rows, who, kind, own, code, kept, document)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_ADD_PROBLEM = (
    'insert into problems (row, "column", value, message, parts, refused, secret)'
    " values (?, ?, ?, ?, ?, ?, ?)"
)
_DRAFTS = """
select g.key, g.mark, g.name, g.first, g.parts, g.is_twin, g.is_namesake,
       f.row, f.rows, f.who, f.kind, f.own, f.code, f.kept, f.document
  from turns t join groups g on g.first = t.first join fragments f on f.seq = t.first
 where t.turn > ? order by t.turn
"""


class _Group(NamedTuple):
    """Fragments of one entry, and what the first of them says."""

    key: bytes
    mark: bytes | None
    name: bytes
    first: int
    parts: int
    is_twin: int
    is_namesake: int
    row: int
    rows: str | None
    who: int
    kind: str
    own: str
    code: str
    kept: str | None
    document: str


@dataclass(frozen=True, slots=True)
class _Known:
    """An owner that was met: its number here, and what tells it apart."""

    number: int
    mark: tuple[str, str, str]
    digest: bytes


class Scratch:
    """Fragments and problems of one reading, in a folder that goes when the reading ends."""

    def __init__(self, folder: Path, monitor: Monitor) -> None:
        self._base = sqlite3.connect(folder / "rows.scratch", isolation_level=None)
        self._monitor = monitor
        for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-8000", "temp_store=1"):
            self._base.execute(f"pragma {pragma}")
        self._base.executescript(_TABLES)
        self._base.execute("begin")
        self._fragments: list[tuple[Any, ...]] = []
        self._problems: list[tuple[Any, ...]] = []
        self._owners: dict[Owner, _Known] = {}
        self._owner_of: dict[int, Owner] = {}

    def add_problem(self, problem: Problem) -> None:
        """Keeps a problem; its sentence is translated when it is shown."""
        self._problems.append(
            (
                problem.row,
                problem.column,
                problem.value,
                problem.reason.message,
                json.dumps(dict(problem.reason.values), ensure_ascii=False, default=str),
                problem.refused,
                problem.secret,
            )
        )
        if len(self._problems) >= _BATCH:
            self._flush()
        if len(self._problems) >= _BATCH:
            self._flush()

    def add_fragment(self, fragment: Fragment) -> None:
        """Keeps a fragment under its identity."""
        document = fragment.builder.document()
        kind, own = identity.own_key(fragment.code, document)
        owner = self._known(fragment.owner)
        title = identity.plain_title(str(document.get("title", "")))
        rows, kept = fragment.rows, fragment.kept
        self._fragments.append(
            (
                identity.digest_of(*owner.mark, kind, own),
                identity.digest_of(*owner.mark, title),
                owner.digest,
                rows[0],
                json.dumps(rows) if len(rows) > 1 else None,
                owner.number,
                kind,
                own,
                fragment.code,
                json.dumps(kept, ensure_ascii=False) if kept else None,
                canonical(document),
            )
        )
        if len(self._fragments) >= _BATCH:
            self._flush()

    def _known(self, owner: Owner) -> _Known:
        known = self._owners.get(owner)
        if known is None:
            if len(self._owners) >= _MOST_OWNERS:
                self._owners.clear()
            values = (owner.name, owner.credit_code, owner.region, json.dumps(owner.aliases))
            number = self._base.execute(
                "insert into owners (name, credit_code, region, aliases) values (?, ?, ?, ?)",
                values,
            ).lastrowid
            mark = identity.owner_mark(owner)
            known = _Known(number or 0, mark, identity.digest_of(*mark))
            self._owners[owner] = known
        return known

    def _flush(self) -> None:
        self._base.executemany(_ADD_FRAGMENT, self._fragments)
        self._base.executemany(_ADD_PROBLEM, self._problems)
        self._fragments.clear()
        self._problems.clear()

    def finish(self, *, free_items: bool) -> int:
        """Groups the fragments; returns how many drafts there are.

        `free_items`: rows of one entry may differ in their items.
        """
        self._flush()
        self._base.execute("commit")
        with self._stoppable():
            self._base.executescript(_REPEATED)
            self._mark_repeated(free_items=free_items)
            self._base.executescript(_GROUPS)
            self._tell_doubles()
        return int(self._base.execute("select count(*) from groups").fetchone()[0])

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        """The monitor may stop statements that take seconds over a large file."""
        stops: list[BaseException] = []

        def heed() -> bool:
            try:
                self._monitor.check_cancelled()
            except (Cancelled, KeyboardInterrupt, PortalError) as stop:
                stops.append(stop)
            return bool(stops)

        self._base.set_progress_handler(heed, _STEPS_BETWEEN)
        try:
            yield
        except sqlite3.OperationalError:
            if stops:
                raise stops[0] from None
            raise
        finally:
            self._base.set_progress_handler(None, 0)

    def _mark_repeated(self, *, free_items: bool) -> None:
        """Only where a key comes again is it asked whether the rest is equal too."""
        query = (
            "select r.rowid, f.seq, f.code, f.document from repeated r"
            " join fragments f on f.seq = r.seq where r.rowid > ? order by r.rowid limit ?"
        )
        last = 0
        while found := self._base.execute(query, (last, _BATCH)).fetchall():
            marks = [
                (identity.content_mark(json.loads(text), code, free_items=free_items), seq)
                for _rowid, seq, code, text in found
            ]
            self._base.executemany("update fragments set mark = ? where seq = ?", marks)
            last = found[-1][0]

    def _tell_doubles(self) -> None:
        """A problem for each entry that shares unit and title with another of the file."""
        doubles = self._base.execute(
            "select name, first, row from groups where is_namesake order by first"
        )
        for name, first, row in doubles:
            others = "、".join(map(str, self._doubles(name, first)))
            reason = _(
                "与第 %(rows)s 行的单位和名称相同而内容不同，可能重复。请核对。", rows=others
            )
            self.add_problem(Problem(row, reason))
        self._flush()

    def owners(self) -> Iterator[tuple[Owner, int, int]]:
        """The owners that the file names, each with its entries and its first row."""
        rows = self._base.execute(
            "select f.who, g.entries, g.row from"
            " (select min(first) as first, count(*) as entries, min(row) as row"
            "  from groups group by owner) g join fragments f on f.seq = g.first order by g.first"
        )
        for who, entries, row in rows:
            yield self._owner(who), entries, row

    def _owner(self, number: int) -> Owner:
        owner = self._owner_of.get(number)
        if owner is None:
            if len(self._owner_of) >= _MOST_OWNERS:
                self._owner_of.clear()
            query = "select name, credit_code, region, aliases from owners where id = ?"
            name, credit_code, region, aliases = self._base.execute(query, (number,)).fetchone()
            owner = Owner(name, credit_code, region, tuple(json.loads(aliases)))
            self._owner_of[number] = owner
        return owner

    def drafts(self, skip: int = 0) -> Iterator[RecordDraft]:
        """The drafts in the order of the file; the same each time."""
        for row in self._base.execute(_DRAFTS, (skip,)):
            yield self._draft(_Group(*row))

    def _draft(self, group: _Group) -> RecordDraft:
        rows, document, written = _rows_of(group.row, group.rows), None, group.document
        kept: dict[str, str] = json.loads(group.kept) if group.kept else {}
        if group.parts > 1:
            rows, document, kept = self._together(group)
            written = canonical(document)
        return RecordDraft(
            rows=rows,
            owner=self._owner(group.who),
            key_kind=group.kind,
            key=group.own,
            document=json.loads(written) if document is None else document,
            written=written,
            code=group.code,
            ordinal=self._ordinal(group) if group.is_twin else 0,
            doubles=self._doubles(group.name, group.first) if group.is_namesake else (),
            kept=kept,
        )

    def _together(self, group: _Group) -> tuple[tuple[int, ...], dict[str, Any], dict[str, str]]:
        """Rows and document of an entry that several fragments speak of, and what they keep."""
        parts = self._base.execute(
            "select row, rows, document, kept from fragments where key = ? and mark = ?"
            " order by seq",
            (group.key, group.mark),
        ).fetchall()
        rows = tuple(number for row, more, *_rest in parts for number in _rows_of(row, more))
        document: dict[str, Any] = json.loads(parts[0][2])
        kept: dict[str, str] = {}
        for place, (_row, _rows, text, own) in enumerate(parts):
            document = identity.merged(document, json.loads(text)) if place else document
            kept = {**json.loads(own), **kept} if own else kept
        return rows, document, kept

    def _ordinal(self, group: _Group) -> int:
        """How many drafts with the same key come before."""
        query = "select count(*) from groups where key = ? and first < ?"
        return int(self._base.execute(query, (group.key, group.first)).fetchone()[0])

    def _doubles(self, name: bytes, first: int) -> tuple[int, ...]:
        """First rows of other drafts of the same owner with the same title."""
        rows = self._base.execute(
            "select row from groups where name = ? and first <> ? order by first limit ?",
            (name, first, _MOST_DOUBLES),
        )
        return tuple(row[0] for row in rows)

    def problems(self) -> Iterator[Problem]:
        """All problems, in the order of the rows; of a row that is secret nothing else is said."""
        self._flush()
        for row, column, value, message, parts, refused, secret in self._base.execute(
            'select row, "column", value, message, parts, refused, secret from problems'
            " where secret or row not in (select row from problems where secret and refused)"
            " order by row, seq"
        ):
            reason = Text(message, json.loads(parts))
            yield Problem(row, reason, column, value, refused=bool(refused), secret=bool(secret))

    def secret_rows(self) -> frozenset[int]:
        """Numbers of the rows of which nothing may be written anywhere."""
        self._flush()
        rows = self._base.execute("select distinct row from problems where secret")
        return frozenset(row[0] for row in rows)

    def close(self) -> None:
        """Lets go of the scratch file; it goes with its folder."""
        self._base.close()


def _rows_of(row: int, more: str | None) -> tuple[int, ...]:
    return tuple(json.loads(more)) if more else (row,)
