"""A stale edit: what both sides changed is asked, what one side changed is taken."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.entries.differences import NO_NAMES, words
from catalog.entries.document import tidy
from catalog.entries.fields import BY_NAME, PART_FIELDS, PART_LABELS, Field
from portal.kernel.text import Text, _

Document = Mapping[str, Any]
THEIRS, MINE = "theirs", "mine"


@dataclass(frozen=True, slots=True)
class Clash:
    """One field or row that both sides changed; words of the three, empty for what is not there."""

    key: str
    label: Text | str
    before: str
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True)
class Taken:
    """One field or row that one side changed: whose value stands in the merged document."""

    label: Text | str
    side: str
    words: str


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged document, with mine where both changed, and how it came about."""

    document: dict[str, Any]
    clashes: tuple[Clash, ...]
    taken: tuple[Taken, ...]


def merge(
    base: Document | None,
    theirs: Document,
    mine: Document,
    *,
    units: Mapping[str, str] = NO_NAMES,
) -> Merge:
    """Both sides in one; without the common base everything that differs is asked.

    `units` are the names of units by id, for the words of the two sides.
    """
    document: dict[str, Any] = {**theirs, **mine}
    clashes: list[Clash] = []
    taken: list[Taken] = []
    for path, field in BY_NAME.items():
        value, side = _fields(base, theirs, mine, path)
        put(document, path, value)
        _note(_told(field.label, path, [field], side, units=units), clashes, taken)
    for part in PART_FIELDS:
        document[part] = list(_merged_rows(base, theirs, mine, part, clashes=clashes, taken=taken))
    return Merge(document, tuple(clashes), tuple(taken))


def chosen(document: Document, theirs: Document, keep: Mapping[str, str]) -> dict[str, Any]:
    """The document with the other side's value wherever a choice says so."""
    made: dict[str, Any] = dict(document)
    for key, side in keep.items():
        part, _dot, row_id = key.partition(".")
        if side != THEIRS:
            continue
        if key in BY_NAME:
            put(made, key, get(theirs, key))
        elif part in PART_FIELDS:
            made[part] = _with_theirs(made.get(part) or (), theirs.get(part) or (), row_id)
    return made


def get(document: Document, path: str) -> Any:
    """The value of a field by its path, one level deep at most."""
    head, dot, tail = path.partition(".")
    return (document.get(head) or {}).get(tail) if dot else document.get(head)


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Writes the value of a field by its path."""
    head, dot, tail = path.partition(".")
    document[head] = {**(document.get(head) or {}), tail: value} if dot else value


@dataclass(frozen=True, slots=True)
class _Sides:
    """The three values of one place, and whose is taken: "" for equal ones."""

    before: Any
    theirs: Any
    mine: Any
    taken: str


def _fields(
    base: Document | None, theirs: Document, mine: Document, path: str
) -> tuple[Any, _Sides]:
    field = BY_NAME[path]
    before = get(base, path) if base is not None else None
    other, own = get(theirs, path), get(mine, path)
    old, new, ours = (_said(value, field) for value in (before, other, own))
    taken = _side(old if base is not None else None, new, ours)
    return (other if taken in ("", THEIRS) else own), _Sides(before, other, own, taken)


def _side(before: str | None, theirs: str, mine: str) -> str:
    """Whose value is taken: nobody's for equal ones, "both" where somebody has to choose."""
    if theirs == mine:
        return ""
    if before is not None and theirs == before:
        return MINE
    if before is not None and mine == before:
        return THEIRS
    return "both"


def _said(value: Any, field: Field) -> str:
    """A value for comparison: a number typed is the number stored."""
    if field.kind == "parameters":
        return "\n".join(json.dumps(tidy(row), sort_keys=True) for row in value or ())
    if isinstance(value, list):
        return "\n".join(sorted(map(str, value)) if field.kind == "codes" else map(str, value))
    if value in (None, "", {}):
        return ""
    if field.kind == "number":
        try:
            return f"{float(value):.12g}"
        except (TypeError, ValueError):
            return str(value)
    return str(value)


def _told(
    label: Text | str,
    key: str,
    fields: Sequence[Field],
    sides: _Sides,
    *,
    units: Mapping[str, str] = NO_NAMES,
) -> Clash | Taken | None:
    if not sides.taken:
        return None
    told = fields if len(fields) == 1 else _at_issue(fields, sides)
    before, theirs, mine = (
        _in_words(v, told, units) for v in (sides.before, sides.theirs, sides.mine)
    )
    if sides.taken == "both":
        return Clash(key, label, before, theirs, mine)
    return Taken(label, sides.taken, theirs if sides.taken == THEIRS else mine)


def _at_issue(fields: Sequence[Field], sides: _Sides) -> Sequence[Field]:
    """The fields of a row in which its sides differ; all of them where a side has no such row."""
    rows = [row for row in (sides.before, sides.theirs, sides.mine) if row is not None]
    differing = [f for f in fields if len({_said(row.get(f.name), f) for row in rows}) > 1]
    return differing or fields


def _in_words(value: Any, fields: Sequence[Field], units: Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        pairs = [(f.label, words(value.get(f.name), f)) for f in fields]
        return " · ".join(f"{label} {said}" for label, said in pairs if said)
    return words(value, fields[0], units)


def _note(told: Clash | Taken | None, clashes: list[Clash], taken: list[Taken]) -> None:
    if isinstance(told, Clash):
        clashes.append(told)
    elif told is not None:
        taken.append(told)


def _merged_rows(
    base: Document | None,
    theirs: Document,
    mine: Document,
    part: str,
    *,
    clashes: list[Clash],
    taken: list[Taken],
) -> Iterator[dict[str, Any]]:
    fields = PART_FIELDS[part]
    before = {row["id"]: row for row in (base or {}).get(part) or () if row.get("id")}
    others = {row["id"]: row for row in theirs.get(part) or () if row.get("id")}
    own = _matched(mine.get(part) or (), before, others)
    for key, row in [*own.items(), *((k, None) for k in others if k not in own)]:
        other = others.get(key)
        sides = _Sides(
            before.get(key),
            other,
            row,
            _row_side((before.get(key), other, row), fields, knows_base=base is not None),
        )
        name = str((row or other or {}).get("name") or "")
        label = _("%(part)s“%(name)s”", part=PART_LABELS[part], name=name)
        _note(_told(label, f"{part}.{key}", fields, sides), clashes, taken)
        kept = other if sides.taken in ("", THEIRS) else row
        if kept is not None:
            yield {**(before.get(key) or {}), **(other or {}), **kept}


def _matched(
    rows: Sequence[Document], before: Mapping[str, Document], others: Mapping[str, Document]
) -> dict[str, dict[str, Any]]:
    """My rows by id; one that is new here and has the name of one that is new there is that one."""
    fresh = {str(row.get("name")): key for key, row in others.items() if key not in before}
    found: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows):
        key = str(row.get("id") or fresh.pop(str(row.get("name")), f"new-{number}"))
        found[key if key not in found else f"new-{number}"] = (
            dict(row) if key.startswith("new-") else {**row, "id": key}
        )
    return found


def _row_side(
    rows: tuple[Document | None, Document | None, Document | None],
    fields: Sequence[Field],
    *,
    knows_base: bool,
) -> str:
    old, new, own = (_row_said(row, fields) for row in rows)
    return _side(old if knows_base else None, new, own)


def _row_said(row: Document | None, fields: Sequence[Field]) -> str:
    return "" if row is None else "\x1f".join(_said(row.get(f.name), f) for f in fields)


def _with_theirs(
    rows: Sequence[Document], others: Sequence[Document], row_id: str
) -> list[dict[str, Any]]:
    other = next((dict(row) for row in others if row.get("id") == row_id), None)
    made = [
        other if row.get("id") == row_id else dict(row)
        for row in rows
        if row.get("id") != row_id or other is not None
    ]
    if other is not None and other not in made:
        made.append(other)
    return [row for row in made if row is not None]
