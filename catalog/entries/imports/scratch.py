"""A scratch file that holds fragments and problems, so that memory does not grow with the file."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from catalog.entries.imports import identity
from catalog.entries.imports.drafts import Owner, Problem, RecordDraft
from catalog.entries.imports.records import Fragment
from portal.kernel.text import Text, _

_BATCH = 500
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_MOST_DOUBLES = 20
_TABLES = """
create table fragments (seq integer primary key, key blob, mark blob, name blob, owner blob,
                        row int, payload text);
create table problems (seq integer primary key, row int, "column" text, value text,
                       message text, parts text, refused int, secret int);
"""
_GROUPS = """
create table groups as
  select key, mark, name, owner, min(seq) as first, min(row) as row, count(*) as parts
  from fragments group by key, mark;
create index groups_key on groups (key, first);
create index groups_name on groups (name);
create index fragments_key on fragments (key, mark);
create index problems_row on problems (row);
"""


class _Group(NamedTuple):
    """Fragments of one entry."""

    key: bytes
    mark: bytes
    name: bytes
    first: int
    parts: int


class Scratch:
    """Fragments and problems of one reading; `close()` removes the file."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = tempfile.NamedTemporaryFile(prefix="import-", suffix=".scratch", dir=folder)  # noqa: SIM115
        self._base = sqlite3.connect(self._file.name, isolation_level=None)
        for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-8000", "temp_store=1"):
            self._base.execute(f"pragma {pragma}")
        self._base.executescript(_TABLES)
        self._base.execute("begin")
        self._fragments: list[tuple[Any, ...]] = []
        self._problems: list[tuple[Any, ...]] = []

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

    def add_fragment(self, fragment: Fragment, *, free_items: bool) -> None:
        """Keeps a fragment under its identity."""
        document = fragment.builder.document()
        kind, value = identity.own_key(fragment.code, document)
        owner = identity.owner_mark(fragment.owner)
        title = identity.plain_title(str(document.get("title", "")))
        payload = {
            "rows": fragment.rows,
            "owner": [
                fragment.owner.name,
                fragment.owner.credit_code,
                fragment.owner.region,
                list(fragment.owner.aliases),
            ],
            "key": [kind, value],
            "code": fragment.code,
            "document": document,
            "kept": fragment.kept,
        }
        self._fragments.append(
            (
                identity.digest_of(*owner, kind, value),
                identity.content_mark(document, fragment.code, free_items=free_items),
                identity.digest_of(*owner, title),
                identity.digest_of(*owner),
                fragment.rows[0],
                _encode(payload),
            )
        )
        if len(self._fragments) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._base.executemany(
            "insert into fragments (key, mark, name, owner, row, payload)"
            " values (?, ?, ?, ?, ?, ?)",
            self._fragments,
        )
        self._base.executemany(
            'insert into problems (row, "column", value, message, parts, refused, secret)'
            " values (?, ?, ?, ?, ?, ?, ?)",
            self._problems,
        )
        self._fragments.clear()
        self._problems.clear()

    def finish(self) -> int:
        """Groups the fragments; returns how many drafts there are."""
        self._flush()
        self._base.execute("commit")
        self._base.executescript(_GROUPS)
        self._tell_doubles()
        return int(self._base.execute("select count(*) from groups").fetchone()[0])

    def _tell_doubles(self) -> None:
        """A problem for each entry that shares unit and title with another of the file."""
        doubles = self._base.execute(
            "select name, first, row from groups where name in"
            " (select name from groups group by name having count(*) > 1) order by first"
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
            "select f.payload, g.entries, g.row from"
            " (select min(first) as first, count(*) as entries, min(row) as row"
            "  from groups group by owner) g join fragments f on f.seq = g.first order by g.first"
        )
        for payload, entries, row in rows:
            yield _owner(json.loads(payload)), entries, row

    def drafts(self, skip: int = 0) -> Iterator[RecordDraft]:
        """The drafts in the order of the file; the same each time."""
        groups = self._base.execute(
            "select key, mark, name, first, parts from groups order by first limit -1 offset ?",
            (skip,),
        )
        for group in groups:
            yield self._draft(_Group(*group))

    def _draft(self, group: "_Group") -> RecordDraft:
        if group.parts == 1:
            found = self._base.execute(
                "select payload from fragments where seq = ?", (group.first,)
            )
        else:
            found = self._base.execute(
                "select payload from fragments where key = ? and mark = ? order by seq",
                (group.key, group.mark),
            )
        payloads = [json.loads(row[0]) for row in found]
        document = payloads[0]["document"]
        for payload in payloads[1:]:
            document = identity.merged(document, payload["document"])
        ordinal = self._base.execute(
            "select count(*) from groups where key = ? and first < ?", (group.key, group.first)
        ).fetchone()[0]
        kind, value = payloads[0]["key"]
        return RecordDraft(
            rows=tuple(number for payload in payloads for number in payload["rows"]),
            owner=_owner(payloads[0]),
            key_kind=kind,
            key=value,
            document=document,
            code=payloads[0]["code"],
            ordinal=ordinal,
            doubles=self._doubles(group.name, group.first),
            kept=payloads[0]["kept"],
        )

    def _doubles(self, name: bytes, first: int) -> tuple[int, ...]:
        """First rows of other drafts of the same owner with the same title."""
        rows = self._base.execute(
            "select row from groups where name = ? and first <> ? order by first limit ?",
            (name, first, _MOST_DOUBLES),
        )
        return tuple(row[0] for row in rows)

    def problems(self) -> Iterator[Problem]:
        """All problems, in the order of the rows."""
        for row, column, value, message, parts, refused, secret in self._base.execute(
            'select row, "column", value, message, parts, refused, secret from problems'
            " order by row, seq"
        ):
            reason = Text(message, json.loads(parts))
            yield Problem(row, reason, column, value, refused=bool(refused), secret=bool(secret))

    def secret_rows(self) -> frozenset[int]:
        """Numbers of the rows of which nothing may be written anywhere."""
        rows = self._base.execute("select distinct row from problems where secret")
        return frozenset(row[0] for row in rows)

    def close(self) -> None:
        """Closes and removes the scratch file."""
        self._base.close()
        self._file.close()


def _owner(payload: dict[str, Any]) -> Owner:
    name, credit_code, region, aliases = payload["owner"]
    return Owner(name, credit_code, region, tuple(aliases))
