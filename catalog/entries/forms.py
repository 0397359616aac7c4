"""The entry form: from what a browser sends to a document, and back, losing nothing typed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from catalog.entries.directory import UnitDirectory
from catalog.entries.fields import PARAMETER_FIELDS, PART_FIELDS, SECTIONS, Field
from catalog.entries.rules import SEPARATOR, readable

SEPARATORS = re.compile(r"[,，、;；\s]+")
TRUE, FALSE = "1", "0"
ADD, REMOVE = "_add", "_remove"
LONGEST_NUMBER = 5  # digits of the number of a row
DEEPEST = 4  # dots in the longest name of a control, `resources.0.inputs.0.name`
NO_UNITS = UnitDirectory()
_LEVELS = re.compile(rf"[{SEPARATOR}\n]")
_STROKE = "／"  # stands for the separator inside the name of a level, which must not divide it
_BLOCKS = frozenset({"long", "lines"})  # kinds whose control shows several lines


class Sent(Protocol):
    """The form as the browser sent it."""

    def getlist(self, key: str) -> list[str]: ...
    def keys(self) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True)
class _Form:
    """What was sent, with the numbers of the rows below each name, and whom names mean."""

    sent: Sent
    numbers: Mapping[str, Sequence[int]]
    units: UnitDirectory

    def first(self, name: str) -> str:
        values = self.sent.getlist(name)
        return values[0] if values else ""

    def rows(self, name: str) -> Iterator[str]:
        """The names of the rows in order, but for the one that is to be removed."""
        for number in self.numbers.get(name, ()):
            row = f"{name}.{number}"
            if self.first(REMOVE) != row:
                yield row

    def adds_to(self, row: str) -> bool:
        """Whether a row is asked for inside this one, which therefore stays, however empty."""
        return self.first(ADD).startswith(f"{row}.")


def document_of(
    sent: Sent, previous: Mapping[str, Any] | None = None, *, units: UnitDirectory = NO_UNITS
) -> dict[str, Any]:
    """The document that a form describes, unchecked; what the form has no field for is kept.

    A field that comes back as it was shown keeps its value, however a text would be read. A unit
    that `units` does not know stays in the document as it was typed.
    """
    form = _Form(sent, _numbers(sent), units)
    document: dict[str, Any] = dict(previous or {})
    for section in SECTIONS:
        for field in (*section.fields, *section.rows):
            known = _get(document, field.name)
            _put(document, field.name, _value(form, field, field.name, known))
    for part in PART_FIELDS:
        document[part] = list(_rows(form, part, document.get(part, ())))
    return document


def values_of(document: Mapping[str, Any], *, units: UnitDirectory = NO_UNITS) -> dict[str, Any]:
    """What the form's fields show of a document."""
    return {
        field.name: _shown(_get(document, field.name), field, units)
        for section in SECTIONS
        for field in (*section.fields, *section.rows)
    }


def rows_of(document: Mapping[str, Any], part: str, *, blank: int = 0) -> list[dict[str, Any]]:
    """The rows of a part as the form shows them, with blank ones to fill in."""
    fields = PART_FIELDS[part]
    rows = [_shown_row(row, fields) for row in document.get(part, ()) if isinstance(row, Mapping)]
    return rows + [_shown_row({}, fields) for _number in range(blank)]


def sent_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names and values that send a document back as it is; units by their ids."""
    for name, value in values_of(document).items():
        yield from _sent(name, value)
    for part in PART_FIELDS:
        yield from _sent(part, rows_of(document, part))


def _sent(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list):
        yield name, value
    elif value and (isinstance(value[0], Mapping) or name in _BY_ROWS):
        for number, row in enumerate(value):
            inner = row.items() if isinstance(row, Mapping) else [("", row)]
            for key, one in inner:
                yield from _sent(f"{name}.{number}.{key}" if key else f"{name}.{number}", one)
    else:
        for one in value:
            yield name, one


_BY_ROWS = frozenset(field.name for section in SECTIONS for field in section.rows)


def _value(form: _Form, field: Field, name: str, known: Any = None) -> Any:
    if field.kind == "codes":
        chosen = [value for value in form.sent.getlist(name) if value]
        return known if known and set(chosen) == set(known) else chosen
    if field.kind == "units":
        return _units(form, name, known or ())
    if field.kind == "parameters":
        return list(_parameters(form, name, known or ()))
    raw = _plain(form.first(name))
    if known not in (None, "", []) and _is_as_shown(raw, known, field):
        return known
    return _READ.get(field.kind, _stated)(raw)


def _stated(raw: str) -> str | None:
    return raw or None


_READ: Mapping[str, Any] = {
    "list": lambda raw: [value for value in SEPARATORS.split(raw) if value],
    "lines": lambda raw: [line.strip() for line in raw.split("\n") if line.strip()],
    "path": lambda raw: [name.strip() for name in _LEVELS.split(raw) if name.strip()],
    "flag": {TRUE: True, FALSE: False}.get,
}


def _is_as_shown(raw: str, known: Any, field: Field) -> bool:
    """Whether a text came back as it was shown; a control of one line drops the line ends."""
    shown = _plain(_shown(known, field, NO_UNITS))
    return raw == shown or (field.kind not in _BLOCKS and raw == shown.replace("\n", "").strip())


def _plain(raw: str) -> str:
    """Without what browsers change in a text on their own, and what they cannot show."""
    return readable(raw.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _units(form: _Form, name: str, known: Sequence[str]) -> list[str]:
    typed = (_plain(form.first(row)) for row in form.rows(name))
    found = (form.units.find(text, known) or text for text in typed if text)
    return list(dict.fromkeys(found))


def _parameters(form: _Form, name: str, known: Sequence[Any]) -> Iterator[dict[str, Any]]:
    former = dict(enumerate(row for row in known if isinstance(row, Mapping)))
    for row in form.rows(name):
        place = int(row.rpartition(".")[2])
        values = _row(form, row, PARAMETER_FIELDS, former.get(place, {}))
        if _states(values):
            yield values


def _rows(
    form: _Form, part: str, previous: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    known = {row.get("id"): row for row in previous}
    for name in form.rows(part):
        identifier = _plain(form.first(f"{name}.id"))
        former = known.get(identifier, {}) if identifier else {}
        row = _row(form, name, PART_FIELDS[part], former)
        if _states(row) or form.adds_to(name):
            yield {**former, **row, **({"id": identifier} if identifier else {})}


def _row(
    form: _Form, name: str, fields: Sequence[Field], former: Mapping[str, Any]
) -> dict[str, Any]:
    return {f.name: _value(form, f, f"{name}.{f.name}", former.get(f.name)) for f in fields}


def _states(row: Mapping[str, Any]) -> bool:
    return any(value not in (None, "", []) for value in row.values())


def _numbers(sent: Sent) -> dict[str, list[int]]:
    """The numbers of the rows that were sent below each name, in one walk over all names."""
    found: dict[str, set[int]] = {}
    for key in sent.keys():  # noqa: SIM118  a form is no mapping
        parts = key.split(".", DEEPEST)
        for at, part in enumerate(parts):
            if at and part.isascii() and part.isdigit() and len(part) <= LONGEST_NUMBER:
                found.setdefault(".".join(parts[:at]), set()).add(int(part))
    return {name: sorted(numbers) for name, numbers in found.items()}


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


def _shown_row(row: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    known = {"id": row.get("id", "")} if fields is not PARAMETER_FIELDS else {}
    return {**known, **{f.name: _shown(row.get(f.name), f, NO_UNITS) for f in fields}}


def _shown(value: Any, field: Field, units: UnitDirectory) -> Any:
    if field.kind in _SHOWN_LISTS:
        return _SHOWN_LISTS[field.kind](value or (), units)
    if field.kind == "flag":
        return "" if value is None else TRUE if value else FALSE
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


_SHOWN_LISTS: Mapping[str, Any] = {
    "codes": lambda value, _units: list(value),
    "list": lambda value, _units: "、".join(value),
    "lines": lambda value, _units: "\n".join(value),
    "path": lambda value, _units: SEPARATOR.join(n.replace(SEPARATOR, _STROKE) for n in value),
    "units": lambda value, units: [units.label(one) for one in value],
    "parameters": lambda value, _units: [
        _shown_row(row, PARAMETER_FIELDS) for row in value if isinstance(row, Mapping)
    ],
}
