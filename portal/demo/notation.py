"""The compact notation of sample items and resources, expanded to the entry document's form.

An item is `name|field|type and length|flags~masking|range|note`; a resource begins with its kind:
`table|name|database system|table`, `file|name|format` or `api|name|format|queried fields`.
"""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NAMESPACE = uuid.UUID("5b0d3c1e-7a44-5e0b-9a63-6a696e616e00")
ADDRESS = "https://data.jinan.example"  # a top-level name that nobody can have (RFC 2606)

_TYPES: Mapping[str, str] = {
    "C": "string",
    "N": "number",
    "Y": "currency",
    "D": "date",
    "T": "datetime",
    "L": "boolean",
    "M": "memo",
    "G": "general",
    "B": "double",
    "I": "integer",
    "F": "float",
    "X": "binary",
    "S": "text",
    "O": "other",
}
_ITEM_SHARE: Mapping[str, str] = {"2": "conditional", "3": "withheld"}
_LENGTH_OF_TYPE: Mapping[str, str] = {"D": "10", "T": "19", "L": "1"}
_MARKS: Mapping[str, str] = {"k": "key", "s": "sensitive", "i": "incremental", "d": "standardised"}
_FILE_ENCODINGS: Mapping[str, str] = {
    "csv": "UTF-8",
    "json": "UTF-8",
    "geojson": "UTF-8",
    "xml": "UTF-8",
}
# Bytes that a value takes in a text file: by its type, and by its format beside plain commas.
_BYTES_OF_TYPE: Mapping[str, int] = {
    "memo": 120,
    "text": 600,
    "general": 90,
    "date": 10,
    "datetime": 19,
    "boolean": 1,
}
_BYTES_OF_A_NUMBER = 7
_LONGEST_TEXT = 45
_TIMES_OF_FORMAT: Mapping[str, float] = {
    "csv": 1.0,
    "xlsx": 0.4,
    "xls": 1.2,
    "json": 2.2,
    "xml": 2.6,
    "geojson": 3.1,
    "shp": 2.0,
    "gdb": 1.4,
}
# Documents and pictures are no rows; a record of what they show takes so much of them.
_BYTES_OF_A_RECORD: Mapping[str, int] = {
    "pdf": 48_000,
    "html": 9_000,
    "docx": 30_000,
    "doc": 40_000,
    "jpg": 380_000,
    "zip": 24_000,
}
_HEADING = 1_200  # of any file: names of columns, styles, an index
_TYPE_AND_LENGTH = re.compile(r"([A-Z])(\d+(?:,\d+)?)?")


@dataclass(frozen=True, slots=True)
class Words:
    """The words that the notation stands for: bases, maskings, paging."""

    mark: str
    bases: Mapping[str, Mapping[str, str]]
    maskings: Mapping[str, str]
    paging: Mapping[str, str]
    row_total: str


@dataclass(frozen=True, slots=True)
class Around:
    """What a resource takes from its entry."""

    key: str
    unit: str
    rows: int
    size_bytes: int
    items: Sequence[Mapping[str, Any]]


def identity(*path: str) -> str:
    """The same identifier on every machine for the same sample record."""
    return str(uuid.uuid5(NAMESPACE, "/".join(path)))


def item(entry_key: str, line: str, words: Words) -> dict[str, Any]:
    """One information item from its line; ValueError where the line is not in the notation."""
    name, field, kind, flags, *rest = line.split("|")
    marks, _tilde, masking = flags.partition("~")
    matched = _TYPE_AND_LENGTH.fullmatch(kind)
    if matched is None or not set(marks) <= {*_MARKS, *_ITEM_SHARE, "n"}:
        message = f"{entry_key}: {line}"
        raise ValueError(message)
    letter, length = matched.groups()
    value_range, note = (*rest, "", "")[:2]
    share = next((_ITEM_SHARE[mark] for mark in marks if mark in _ITEM_SHARE), None)
    found = {
        "id": identity("entry", entry_key, "item", field),
        "name": name,
        "field": field,
        "type": _TYPES[letter],
        "length": length or _LENGTH_OF_TYPE.get(letter),
        "range": value_range or None,
        **{label: mark in marks for mark, label in _MARKS.items()},
        "own": "n" not in marks,
        "masking": words.maskings[masking] if masking else None,
        "share_type": share,
        "note": note or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def resource(around: Around, line: str, words: Words) -> dict[str, Any]:
    """One resource from its line."""
    kind, name, form, *rest = line.split("|")
    shared = {
        "id": identity("entry", around.key, "resource", kind, name, form),
        "kind": kind,
        "name": name,
        "format": form,
    }
    if kind == "table":
        place = {
            "database": f"{around.unit}_db".replace("-", "_"),
            "schema": "share",
            "table": rest[0],
        }
        return {**shared, **place, "rows": around.rows}
    if kind == "file":
        return {**shared, **_file(around, name, form)}
    fields = [field for field in rest[0].split(",") if field] if rest else []
    return {**shared, **_interface(around, fields, words)}


def _file(around: Around, name: str, form: str) -> dict[str, Any]:
    slug = identity("file", around.key, name, form)[:8]
    found: dict[str, Any] = {
        "address": f"{ADDRESS}/files/{around.unit}/{around.key}-{slug}.{form}",
        "file_name": f"{name}.{form}",
        "size_bytes": _size(around, form),
    }
    if form in _TIMES_OF_FORMAT:
        found["rows"] = around.rows
    encoding = _FILE_ENCODINGS.get(form)
    return {**found, "encoding": encoding} if encoding else found


def _size(around: Around, form: str) -> int:
    """What a file of so many rows takes; the volume of the source where there are no rows."""
    if form in _TIMES_OF_FORMAT:
        row = sum(_bytes_of(item) for item in around.items) + len(around.items)
        return _HEADING + round(around.rows * row * _TIMES_OF_FORMAT[form])
    if form in _BYTES_OF_A_RECORD:
        return _HEADING + min(around.rows * _BYTES_OF_A_RECORD[form], around.size_bytes)
    return around.size_bytes


def _bytes_of(item: Mapping[str, Any]) -> int:
    if item["type"] == "string":
        return min(int(item.get("length") or 20), _LONGEST_TEXT)
    return _BYTES_OF_TYPE.get(item["type"], _BYTES_OF_A_NUMBER)


def _interface(around: Around, fields: Iterable[str], words: Words) -> dict[str, Any]:
    by_field = {row["field"]: row for row in around.items}
    asked = [_parameter(by_field[field]) for field in fields]
    paging = [
        {
            "name": name,
            "position": "query",
            "type": "integer",
            "required": False,
            "description": text,
        }
        for name, text in words.paging.items()
    ]
    slug = identity("api", around.key, *by_field, *fields)[:6]
    given = [row for row in around.items if _is_given(row)]
    return {
        "address": f"{ADDRESS}/services/{around.unit}/{around.key}/{slug}",
        "method": "GET",
        "auth": "AppKey + HMAC-SHA256",
        "inputs": [*asked, *paging],
        "outputs": [
            {"name": "total", "type": "integer", "description": words.row_total},
            *({"name": r["field"], "type": r["type"], "description": r["name"]} for r in given),
        ],
    }


def _is_given(row: Mapping[str, Any]) -> bool:
    """An interface gives no item that is not shared, and a sensitive one masked only."""
    masked = not row["sensitive"] or "masking" in row
    return masked and row.get("share_type") != "withheld"


def _parameter(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": row["field"],
        "position": "query",
        "type": row["type"],
        "required": False,
        "description": row["name"],
    }
