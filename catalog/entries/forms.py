"""The entry form: from what a browser sends to a document, and back, losing nothing typed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from catalog.entries.fields import PART_FIELDS, SECTIONS, Field

SEPARATORS = re.compile(r"[,，、;；\s]+")
TRUE, FALSE = "1", "0"


class Sent(Protocol):
    """The form as the browser sent it."""

    def getlist(self, key: str) -> list[str]: ...
    def keys(self) -> Iterable[str]: ...


def document_of(sent: Sent, previous: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The document that a form describes, unchecked; what the form has no field for is kept.

    A field that comes back as it was shown keeps its value, however a text would be read.
    """
    document: dict[str, Any] = dict(previous or {})
    for section in SECTIONS:
        for field in section.fields:
            known = _get(document, field.name)
            _put(document, field.name, _value(sent, field, field.name, known))
    for part in PART_FIELDS:
        document[part] = list(_rows(sent, part, document.get(part, ())))
    return document


def values_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the form's fields show of a document."""
    return {
        field.name: _shown(_get(document, field.name), field)
        for section in SECTIONS
        for field in section.fields
    }


def rows_of(document: Mapping[str, Any], part: str, *, blank: int = 0) -> list[dict[str, Any]]:
    """The rows of a part as the form shows them, with blank ones to fill in."""
    fields = PART_FIELDS[part]
    rows = [
        {"id": row.get("id", ""), **{f.name: _shown(row.get(f.name), f) for f in fields}}
        for row in document.get(part, ())
        if isinstance(row, Mapping)
    ]
    empty = {"id": "", **{f.name: "" for f in fields}}
    return rows + [dict(empty) for _number in range(blank)]


def _value(sent: Sent, field: Field, name: str, known: Any = None) -> Any:
    if field.kind == "codes":
        chosen = [value for value in sent.getlist(name) if value]
        return known if known and set(chosen) == set(known) else chosen
    raw = _plain(_first(sent, name))
    if known not in (None, "", []) and raw == _plain(_shown(known, field)):
        return known
    if field.kind == "list":
        return [value for value in SEPARATORS.split(raw) if value]
    if field.kind == "lines":
        return [line.strip() for line in raw.split("\n") if line.strip()]
    if field.kind == "flag":
        return {TRUE: True, FALSE: False}.get(raw)
    return raw or None


def _plain(raw: str) -> str:
    """Without what browsers change in a text on their own."""
    return raw.replace("\r\n", "\n").replace("\r", "\n").strip()


def _first(sent: Sent, name: str) -> str:
    values = sent.getlist(name)
    return values[0] if values else ""


def _rows(sent: Sent, part: str, previous: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    known = {row.get("id"): row for row in previous}
    for number in _numbers(sent, part):
        prefix = f"{part}.{number}."
        identifier = _first(sent, prefix + "id")
        former = known.get(identifier, {}) if identifier else {}
        row = {
            f.name: _value(sent, f, prefix + f.name, former.get(f.name)) for f in PART_FIELDS[part]
        }
        stated = any(value not in (None, "", []) for value in row.values())
        if not stated or _first(sent, "_remove") == f"{part}.{number}":
            continue
        yield {**former, **row, **({"id": identifier} if identifier else {})}


def _numbers(sent: Sent, part: str) -> list[int]:
    pattern = re.compile(rf"{part}\.(\d{{1,5}})\.\w+")
    found = {int(match[1]) for key in sent.keys() if (match := pattern.fullmatch(key))}  # noqa: SIM118
    return sorted(found)


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    head, dot, tail = path.partition(".")
    if dot:
        inner = dict(document.get(head) or {})
        inner[tail] = value
        document[head] = inner
    else:
        document[head] = value


def _get(document: Mapping[str, Any], path: str) -> Any:
    head, dot, tail = path.partition(".")
    if not dot:
        return document.get(head)
    return (document.get(head) or {}).get(tail)


def _shown(value: Any, field: Field) -> Any:
    if field.kind == "codes":
        return list(value or ())
    if field.kind == "list":
        return "、".join(value or ())
    if field.kind == "lines":
        return "\n".join(value or ())
    if field.kind == "flag":
        return "" if value is None else TRUE if value else FALSE
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
