"""Builds one entry document from readings, and the resources of one row."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from catalog.entries.imports.fields import FIELDS
from catalog.entries.imports.normalise.readings import Reading
from catalog.entries.imports.settling import settle
from portal.kernel.text import Text, _

_MOST_TAGS = 300
_LONGEST_PHONE = 60
_MOST_LEVELS = 26
_LONGEST_FORMAT = 40
_MEMO_LENGTH = 60
_NUMBERS = (bool, int, float)
_LISTS = frozenset(
    {
        "category", "format_details", "share_mode_types", "related", "themes", "industries",
        "source_topics", "tags", "subjects", "scenes", "matters",
    }
)  # fmt: skip
Found = list[tuple[str, Text, Any]]


class EntryBuilder:
    """Collects what the rows of one entry say; `document()` gives the whole."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.items: list[dict[str, Any]] = []
        self.resources: list[dict[str, Any]] = []
        self.volume: dict[str, Any] = {}
        self.conflicts: list[str] = []

    def add(self, key: str, reading: Reading) -> None:
        """Takes a reading for a field of the entry, and what it says of other fields."""
        for other, value in reading.also.items():
            self._set(other, value)
        self._set(key, reading.value)

    def _set(self, key: str, value: Any) -> None:
        if value is None or value == "":
            return
        if key in _LISTS:
            known = self.values.setdefault(key, [])
            known.extend(inner for inner in value if key == "category" or inner not in known)
        elif key == "data_updated_at":
            self.values[key] = max(self.values.get(key, ""), value)
        elif key in ("open_type", "share_type") and self.values.get(key, value) != value:
            self.conflicts.append(key)
        elif key == "contact_phone" and key in self.values:
            both = f"{self.values[key]} {value}"
            if value not in self.values[key] and len(both) <= _LONGEST_PHONE:
                self.values[key] = both
        else:
            self.values.setdefault(key, value)

    def take_conflicts(self) -> list[str]:
        """Fields that two columns of a row fill differently; the first was taken."""
        found, self.conflicts = self.conflicts, []
        return found

    def document(self) -> dict[str, Any]:
        """The entry document; what was not stated is left out."""
        document = {
            key: list(value) if isinstance(value, list) else value
            for key, value in self.values.items()
        }
        settle(document, self.items)
        if "tags" in document:
            document["tags"] = document["tags"][:_MOST_TAGS]
        if "category" in document:
            document["category"] = document["category"][:_MOST_LEVELS]
        if self.volume:
            document["volume"] = dict(self.volume)
        if self.items:
            document["items"] = without_repeats(self.items)
        if self.resources:
            document["resources"] = without_repeats(self.resources)
        return document


def without_repeats(parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each part once, in the order given."""
    names = {part.get("name") for part in parts}
    if len(names) == len(parts):  # the usual case needs no comparing
        return list(parts)
    seen: set[str] = set()
    kept = []
    for part in parts:
        mark = repr(sorted(part.items(), key=lambda pair: pair[0]))
        if mark not in seen:
            seen.add(mark)
            kept.append(part)
    return kept


def row_resources(
    entry: Mapping[str, Any], cells: Mapping[str, Any], own: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The resources that one row speaks of.

    `entry`: title, source_url and data_updated_at of the row; `cells`: format, kind, files and
    apis as read; `own`: the fields of the resource itself.
    """
    pairs = _pairs(cells, own)
    shared = {"updated_at": own.get("updated_at") or entry.get("data_updated_at")}
    if len(pairs) == 1:
        shared |= {"address": own.get("address") or entry.get("source_url")}
    found = []
    for kind, form in pairs:
        resource = {"kind": kind, "name": own.get("name") or entry.get("title"), "format": form}
        resource |= {key: value for key, value in own.items() if key not in resource}
        resource |= {key: value for key, value in shared.items() if value}
        found.append({key: value for key, value in resource.items() if value not in (None, "")})
    return found


def _pairs(cells: Mapping[str, Any], own: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = [(kind, form) for kind, form in cells.get("format") or ()]
    kind = cells.get("kind")
    if kind and len(pairs) <= 1:
        form = pairs[0][1] if pairs else ""
        pairs = [(kind, form or ("api" if kind == "api" else ""))]
    if cells.get("files") == 0:
        pairs = [pair for pair in pairs if pair[0] != "file"]
    if cells.get("apis") == 0:
        pairs = [pair for pair in pairs if pair != ("api", "api")]
    if cells.get("files") and not any(pair[0] == "file" for pair in pairs):
        pairs.append(("file", ""))
    if cells.get("apis") and not any(pair[0] == "api" for pair in pairs):
        pairs.append(("api", "api"))
    return pairs or _unformatted(own)


def _unformatted(own: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A row that names a resource without a format still has one."""
    if not own.keys() & {"address", "name", "file_name", "table", "method", "inputs"}:
        return []
    if own.keys() & {"table", "database", "schema"}:
        return [("table", "")]
    return [("api", "api")] if own.keys() & {"method", "inputs", "outputs"} else [("file", "")]


def nested(values: Sequence[Mapping[str, Any]], part: str) -> tuple[list[dict[str, Any]], Found]:
    """Items or resources that were objects in a cell, each value read by its field."""
    found: list[dict[str, Any]] = []
    problems: Found = []
    for value in values:
        read, reasons = _nested_value(value, part)
        problems.extend(reasons)
        if part == "resources":
            read.setdefault("kind", "api" if read.get("format") == "api" else "file")
        if read.get("name") or part == "resources":
            found.append(read)
        else:
            problems.append(("name", _("有一个信息项没有名称，未保留。"), ""))
    return found, problems


def _nested_value(value: Mapping[str, Any], part: str) -> tuple[dict[str, Any], Found]:
    read: dict[str, Any] = {}
    problems: Found = []
    for key, raw in value.items():
        if key == "format":
            read[key] = str(raw).casefold()[:_LONGEST_FORMAT]
            continue
        kind = type(raw)
        short = len(raw) <= _MEMO_LENGTH if kind is str else kind in _NUMBERS
        reading = _remembered(part, key, raw) if short else _read(part, key, raw)
        if reading.also:
            read.update({k: v for k, v in reading.also.items() if k not in read})
        if reading.value is not None:
            read[key] = reading.value
        if reading.reason is not None:
            problems.append((key, reading.reason, raw))
    return read, problems


def _read(part: str, key: str, raw: Any) -> Reading:
    return FIELDS[f"{part}.{key}"].read(raw, "")


_remembered = lru_cache(maxsize=8192, typed=True)(_read)  # 1 and true are equal and not the same
