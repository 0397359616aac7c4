"""What differs between two documents, field by field and row by row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.entries.fields import BY_NAME, PART_FIELDS, Field
from portal.kernel.text import Text, _

YES, NO = _("是"), _("否")


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


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """The differences of two documents, in the order of the form."""
    changes = [
        Change(name, field.label, words(_get(old, name), field), words(_get(new, name), field))
        for name, field in BY_NAME.items()
    ]
    changed = tuple(c for c in changes if c.old != c.new)
    return Difference(
        fields=changed,
        items=tuple(_rows(old, new, "items")),
        resources=tuple(_rows(old, new, "resources")),
        unchanged=sum(1 for c in changes if c.old == c.new and c.old),
    )


def words(value: Any, field: Field) -> str:
    """A value in the words of its field; nothing for what is not stated."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return str(YES if value else NO)
    if isinstance(value, list):
        parts = [str(field.codes.name(v)) if field.codes else str(v) for v in value]
        return (" / " if field.kind == "lines" else "、").join(parts)
    if field.codes is not None:
        return str(field.codes.name(str(value)))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _rows(old: Mapping[str, Any], new: Mapping[str, Any], part: str) -> Iterator[RowChange]:
    before = {_key(row): row for row in old.get(part, ())}
    after = {_key(row): row for row in new.get(part, ())}
    for key, row in after.items():
        changes = tuple(_row_changes(before.get(key, {}), row, PART_FIELDS[part]))
        if key not in before:
            yield RowChange("added", str(row.get("name", "")), changes)
        elif changes:
            yield RowChange("changed", str(row.get("name", "")), changes)
    for key, row in before.items():
        if key not in after:
            yield RowChange("removed", str(row.get("name", "")), ())


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
