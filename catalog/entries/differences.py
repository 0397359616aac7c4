"""What differs between two documents, field by field and row by row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from catalog.entries.fields import BY_NAME, PART_FIELDS, Field
from catalog.entries.rules import moment_of
from portal.kernel import clock
from portal.kernel.text import Text, _

YES, NO = _("是"), _("否")
NAME = "name"
NO_NAMES: Mapping[str, str] = {}
LEAST_COMPARED, MOST_COMPARED = 12, 1500  # characters: shorter ones are shown whole, longer too

Parts = list[tuple[str, str]] | None  # (same, ins or del; words), None for nothing


@dataclass(frozen=True, slots=True)
class Change:
    """One field that is not the same: words of both sides, and what happened."""

    path: str
    label: Text | str
    old: str
    new: str

    @property
    def kind(self) -> str:
        """added, removed or changed."""
        if not self.old:
            return "added"
        return "changed" if self.new else "removed"


@dataclass(frozen=True, slots=True)
class RowChange:
    """An item or resource that was added, removed, or changed in some fields."""

    kind: str
    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs; `unchanged` counts the fields that do not."""

    fields: tuple[Change, ...]
    items: tuple[RowChange, ...]
    resources: tuple[RowChange, ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        return not (self.fields or self.items or self.resources)


def difference(
    old: Mapping[str, Any], new: Mapping[str, Any], *, units: Mapping[str, str] = NO_NAMES
) -> Difference:
    """The differences of two documents, in the order of the form; `units` are names by id."""
    changes = [
        Change(
            name,
            field.label,
            words(_get(old, name), field, units),
            words(_get(new, name), field, units),
        )
        for name, field in BY_NAME.items()
    ]
    changed = tuple(c for c in changes if c.old != c.new)
    return Difference(
        fields=changed,
        items=tuple(_rows(old, new, "items")),
        resources=tuple(_rows(old, new, "resources")),
        unchanged=sum(1 for c in changes if c.old == c.new and c.old),
    )


def words(value: Any, field: Field, units: Mapping[str, str] = NO_NAMES) -> str:
    """A value in the words of its field; nothing for what is not stated."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return str(YES if value else NO)
    if isinstance(value, list):
        return _list_words(value, field, units)
    if field.codes is not None:
        return str(field.codes.name(str(value)))
    if isinstance(value, int | float):
        return f"{value:,}".removesuffix(".0")  # to the last digit: two that differ look different
    return _day_or_moment(str(value)) if field.kind == "date" else str(value)


def _day_or_moment(written: str) -> str:
    """A day as it is; a moment on the city's clocks, with its seconds where it has some."""
    found = moment_of(written)
    if found is None or len(written) == len("2022-11-08"):
        return written
    exact = "minutes" if found.second == found.microsecond == 0 else "auto"
    return clock.local(found).replace(tzinfo=None).isoformat(" ", exact)


def compared(old: str, new: str) -> tuple[Parts, Parts]:
    """Both sides with what is gone and what is new marked; long texts place by place."""
    if not (LEAST_COMPARED <= min(len(old), len(new)) <= max(len(old), len(new)) <= MOST_COMPARED):
        return [("del", old)] if old else None, [("ins", new)] if new else None
    before: list[tuple[str, str]] = []
    after: list[tuple[str, str]] = []
    for tag, i, j, k, n in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        same = tag == "equal"
        if j > i:
            before.append(("same" if same else "del", old[i:j]))
        if n > k:
            after.append(("same" if same else "ins", new[k:n]))
    return before, after


def parameter_words(row: Mapping[str, Any]) -> Text | str:
    """One parameter of an interface: its name, where and of what type it is, what it means."""
    needed, name = row.get("required"), str(row.get(NAME) or "")
    facts = [str(fact) for fact in (row.get("position"), row.get("type")) if fact]
    facts += [] if needed is None else [str(_("必填") if needed else _("选填"))]
    told = _("%(name)s（%(facts)s）", name=name, facts=str(_("，")).join(facts)) if facts else name
    means = row.get("description")
    return _("%(what)s：%(words)s", what=told, words=means) if means else told


def _list_words(value: list[Any], field: Field, units: Mapping[str, str]) -> str:
    if field.kind == "parameters":
        return str(_("；")).join(str(parameter_words(row)) for row in value)
    if field.kind == "units":
        return str(_("、")).join(units.get(str(unit_id), str(unit_id)) for unit_id in value)
    parts = [str(field.codes.name(v)) if field.codes else str(v) for v in value]
    return (" / " if field.kind in ("lines", "path") else str(_("、"))).join(parts)


def _rows(old: Mapping[str, Any], new: Mapping[str, Any], part: str) -> Iterator[RowChange]:
    """A row that is only on one side is told by its name and by all else that it states."""
    before = {_key(row): row for row in old.get(part, ())}
    after = {_key(row): row for row in new.get(part, ())}
    fields = PART_FIELDS[part]
    rest = [field for field in fields if field.name != NAME]
    for key, row in after.items():
        if key not in before:
            yield RowChange("added", _name(row), tuple(_row_changes({}, row, rest)))
        elif changes := tuple(_row_changes(before[key], row, fields)):
            yield RowChange("changed", _name(row), changes)
    for key, row in before.items():
        if key not in after:
            yield RowChange("removed", _name(row), tuple(_row_changes(row, {}, rest)))


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get(NAME, ""))


def _key(row: Mapping[str, Any]) -> str:
    return str(row.get("id") or row.get("name"))


def _row_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], fields: Sequence[Field]
) -> Iterator[Change]:
    for field in fields:
        before, after = words(old.get(field.name), field), words(new.get(field.name), field)
        if before != after:
            yield Change(field.name, field.label, before, after)


def _get(document: Mapping[str, Any], path: str) -> Any:
    head, dot, tail = path.partition(".")
    return (document.get(head) or {}).get(tail) if dot else document.get(head)
