"""Formats to resources, and items and resources that are objects inside a cell."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports import vocabulary_values as words
from catalog.entries.imports.normalise.readings import (
    NOT_STATED,
    Reading,
    as_text,
    as_texts,
    split_outside_brackets,
    unreadable,
)
from catalog.entries.imports.readers.source import cleaned
from portal.kernel.text import _

_LONGEST_NAME = 200
SEVERAL_NAMES = 3  # “省、市” may be one item, “省、市、县” are three
_LONGEST_FORMAT, _MOST_FORMATS = 40, 30
_PARAMETER = {"desc": "description", "status": "required", "remark": "description"}
_PARAMETER_KEYS = frozenset({"name", "position", "type", "required", "description"})


def format_of(text: str) -> tuple[str, str] | None:
    """Kind and format of one word: xlsx, api, 库表, 文件集."""
    plain = vocabulary.plain_value(text).lstrip(".*")
    if plain in words.RESOURCES:
        return words.RESOURCES[plain]
    if plain in vocabulary.word_set(words.FILE_FORMATS):
        return "file", plain
    if plain in vocabulary.word_set(words.DATABASE_FORMATS):
        return "table", plain
    return None


def read_formats(raw: Any, label: str = "") -> Reading:
    """(kind, format) of every word in the cell; an unknown one is a file of that format."""
    signs = words.LIST_SIGNS + "/"
    texts = as_texts(raw, signs)
    if len(texts) == 1 and format_of(texts[0]) is None:
        texts = texts[0].split()
    codes = words.RESOURCE_CODES.get(vocabulary.plain_label(label), {})
    found: dict[tuple[str, str], None] = {}
    unknown = False
    for text in texts:
        pair = codes.get(text) or format_of(text)
        unknown = unknown or pair is None
        found[pair or ("file", text.casefold()[:20])] = None
    reason = _("不是已知的格式，已按原文记录。请核对。") if unknown else None
    return Reading([list(pair) for pair in found] or None, reason=reason)


def read_format_details(raw: Any, _label: str = "") -> Reading:
    """Names of formats in small letters: xlsx, mysql."""
    texts = as_texts(raw, words.LIST_SIGNS + "/")
    names = dict.fromkeys(text.casefold()[:_LONGEST_FORMAT] for text in texts)
    return Reading(list(names)[:_MOST_FORMATS] or None)


def read_kind(raw: Any, _label: str = "") -> Reading:
    """Table, file or interface."""
    text = as_text(raw)
    found = format_of(text)
    if found:
        return Reading(found[0])
    return NOT_STATED if vocabulary.is_blank(text) else unreadable()


def names_in(text: str, fewest: int = SEVERAL_NAMES) -> list[str]:
    """The names that a text joins; one, where it is rather a single name.

    Signs that stand in no name part two already; commas so many as `fewest` says, slashes three.
    """
    for signs, least in (
        (words.ITEM_BARS, 2),
        (words.ITEM_COMMAS, fewest),
        (words.ITEM_SLASHES, SEVERAL_NAMES),
    ):
        parts = [part for part in parts_of(text, signs) if part]
        if len(parts) >= least:
            return parts
    return [" ".join(text.split())]


def parts_of(text: str, signs: str) -> list[str]:
    """What a text joins by the first of the signs in it, empty parts among them."""
    return [" ".join(part.split()) for part in split_outside_brackets(text, signs)]


def read_items(raw: Any, _label: str = "") -> Reading:
    """Items of an entry in one cell: names joined by a sign, or a list of objects."""
    objects = nested_objects(raw)
    if objects is not None:
        return Reading([_keyed(value, "items") for value in objects] or None)
    names = as_texts(raw, "") if isinstance(raw, list) else names_in(as_text(raw), 2)
    names = [name for name in dict.fromkeys(names) if not vocabulary.is_blank(name)]
    long = any(len(name) > _LONGEST_NAME for name in names)
    reason = _("有信息项名称超过 %(most)s 个字，已截短。", most=_LONGEST_NAME) if long else None
    return Reading([{"name": name[:_LONGEST_NAME]} for name in names] or None, reason=reason)


def read_resources(raw: Any, _label: str = "") -> Reading:
    """Resources of an entry as a list of objects."""
    objects = nested_objects(raw)
    if objects is None:
        return NOT_STATED if vocabulary.is_blank(as_text(raw)) else unreadable()
    return Reading([_keyed(value, "resources") for value in objects] or None)


def _keyed(value: Mapping[str, Any], kind: str) -> dict[str, Any]:
    keyed: dict[str, Any] = {}
    for label, cell in value.items():
        key = _key_of(label, kind)
        if key and cell not in (None, "", []):
            keyed.setdefault(key, cell)
    return keyed


@lru_cache(maxsize=4096)
def _key_of(label: str, kind: str) -> str | None:
    return vocabulary.nested_labels(kind).get(vocabulary.plain_label(label))


def nested_objects(raw: Any) -> list[dict[str, Any]] | None:
    """The objects of a cell that holds a list of them, itself or as JSON text."""
    value = raw
    if isinstance(raw, str) and raw.lstrip().startswith("[{"):
        try:
            value = cleaned(json.loads(raw))
        except (ValueError, RecursionError):
            return None
    if isinstance(value, list) and value and all(isinstance(inner, dict) for inner in value):
        return value
    return None


def parameters_reader(*, inputs: bool) -> Callable[[Any, str], Reading]:
    """A reader for the parameters of an interface."""
    allowed = _PARAMETER_KEYS if inputs else frozenset({"name", "type", "description"})

    def read(raw: Any, _label: str = "") -> Reading:
        objects = nested_objects(raw)
        if objects is None:
            return NOT_STATED if vocabulary.is_blank(as_text(raw)) else unreadable()
        return Reading([_parameter(value, allowed) for value in objects])

    return read


def _parameter(value: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, cell in value.items():
        name = _PARAMETER.get(key, key)
        if name in allowed and cell not in (None, ""):
            found[name] = (
                cell in (True, "required", "1", 1) if name == "required" else as_text(cell)
            )
    return found
