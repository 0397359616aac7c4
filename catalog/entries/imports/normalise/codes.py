"""Texts to the keys of our code lists: cycles, share and open types, classes, levels."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports import vocabulary_values as words
from catalog.entries.imports.normalise.readings import (
    NOT_STATED,
    Reading,
    as_text,
    as_texts,
    unreadable,
)
from portal.kernel.text import _

Reader = Callable[[Any, str], Reading]
_LONGEST_NOTE, _LONGEST_SUM = 500, 9
_SHORTEST_CONDITION = 10
_CYCLE = re.compile(words.CYCLE_PATTERN)


def code_reader(table: dict[str, str], note: str | None = None) -> Reader:
    """A reader for one code list; what it does not know goes to the note field."""
    known = vocabulary.lookup(table)

    def read(raw: Any, _label: str = "") -> Reading:
        text = as_text(raw)
        keys = known.get(vocabulary.plain_value(text))
        if keys:
            return Reading(keys[0])
        return NOT_STATED if vocabulary.is_blank(text) else unreadable(note, text[:_LONGEST_NOTE])

    return read


def codes_reader(table: dict[str, str], note: str | None = None) -> Reader:
    """A reader for a cell with several keys of one code list."""
    known = vocabulary.lookup(table)

    def read(raw: Any, _label: str = "") -> Reading:
        whole = known.get(vocabulary.plain_value(as_text(raw)))
        if whole:
            return Reading(list(whole))
        texts = as_texts(raw, words.LIST_SIGNS)
        found = [known.get(vocabulary.plain_value(text), ()) for text in texts]
        keys = list(dict.fromkeys(key for keys in found for key in keys))
        unknown = [text for text, keys in zip(texts, found, strict=True) if not keys]
        if not unknown:
            return Reading(keys or None)
        kept: dict[str, Any] = {note: unknown} if note else {}
        return Reading(keys or None, kept, unreadable(note).reason)

    return read


@lru_cache(maxsize=1)
def _cycles() -> dict[str, tuple[str, ...]]:
    return vocabulary.lookup(words.UPDATE_CYCLE)


def read_update_cycle(raw: Any, label: str = "") -> Reading:
    """How often the data is updated; a bare number is only read where its meaning is known."""
    text = as_text(raw)
    plain = vocabulary.plain_value(text)
    codes = words.UPDATE_CYCLE_CODES.get(vocabulary.plain_label(label))
    if codes and plain in codes:
        return Reading(codes[plain])
    key = _cycles().get(plain, (None,))[0] or _counted_cycle(plain)
    if key == "other" or (key == "realtime" and words.LEVEL_SIGN in plain):
        return Reading(key, {"update_cycle_note": text})
    if key:
        return Reading(key)
    if vocabulary.is_blank(text):
        return NOT_STATED
    if plain.isdigit():
        reason = _("更新周期只写了代码，不同系统的代码含义不同。请改写为文字，例如“每月”。")
    else:
        reason = _("不是可识别的更新周期，已记为“其他”并保留原文。请改为每日、每月、每年等。")
    return Reading("other", {"update_cycle_note": text[:_LONGEST_NOTE]}, reason)


def _counted_cycle(plain: str) -> str | None:
    match = _CYCLE.fullmatch(plain)
    if match is None or not (match.group(1) or len(plain) > 1):
        return None
    number = _number(match.group(1) or "1")
    days = words.CYCLE_UNITS[match.group(2)] * number if number else None
    return words.CYCLE_DAYS.get(int(days)) if days is not None else None


def _number(text: str) -> float | None:
    return float(text) if text.isdecimal() else words.DIGITS.get(text)


@lru_cache(maxsize=1)
def _open_types() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    return vocabulary.lookup(words.OPEN_TYPE), vocabulary.lookup(words.OPEN_ACCESS)


def read_open_type(raw: Any, _label: str = "") -> Reading:
    """Open type, and how one gets the data where the word says it.

    A mere yes says that the data is open, not on which terms: `open` in `also` marks it.
    """
    text = as_text(raw)
    plain = vocabulary.plain_value(text)
    types, access = _open_types()
    found = types.get(plain)
    if found:
        ways = access.get(plain)
        return Reading(found[0], {"open_access": ways[0]} if ways else {})
    if plain in vocabulary.word_set(words.OPEN_TYPE_WEAK):
        return Reading(None, {"open": True})
    if vocabulary.is_blank(text):
        return NOT_STATED
    return unreadable("open_condition", text[:_LONGEST_NOTE])


def read_open_condition(raw: Any, label: str = "") -> Reading:
    """A condition in words; an open type written in its column is taken as what it is."""
    reading = read_open_type(raw, label)
    if reading.value or reading.also.get("open"):
        return Reading(None, {"open_type": reading.value, **reading.also})
    return _cut(as_text(raw), 1000) if reading.reason else NOT_STATED


_share_types = code_reader(words.SHARE_TYPE)


def read_share_type(raw: Any, label: str = "") -> Reading:
    """A share type; a whole sentence in its place is the condition of sharing, a word is not."""
    reading = _share_types(raw, label)
    text = as_text(raw)
    if reading.reason is None or len(text) < _SHORTEST_CONDITION:
        return reading
    return unreadable("share_condition", text[:_LONGEST_NOTE])


def read_share_condition(raw: Any, label: str = "") -> Reading:
    """A condition in words; a share type written in its column is taken as what it is."""
    text = as_text(raw)
    reading = read_share_type(raw, label)
    if reading.value and not text.isdigit():
        return Reading(None, {"share_type": reading.value})
    return NOT_STATED if vocabulary.is_blank(text) else _cut(text, 500)


def _cut(text: str, most: int) -> Reading:
    if len(text) <= most:
        return Reading(text)
    reason = _("超过 %(most)s 个字，已截短。请改短后重新导入。", most=most)
    return Reading(text[:most].rstrip(), reason=reason)


read_share_mode = code_reader(words.SHARE_MODE)
read_share_mode_types = codes_reader(words.SHARE_MODE_TYPE)
read_basis_level = code_reader(words.BASIS_LEVEL)
read_security_level = code_reader(words.SECURITY_LEVEL)
read_format_class = code_reader(words.FORMAT_CLASS, "format_note")
read_open_access = code_reader(words.OPEN_ACCESS, "open_condition")
read_collection = code_reader(words.COLLECTION)
read_scope = code_reader(words.SCOPE)
read_scenes = codes_reader(words.SCENES, "tags")
_subjects = codes_reader(words.SUBJECTS)


def read_subjects(raw: Any, label: str = "") -> Reading:
    """Person, place, event, thing, organisation: in words, or as the sum of their bits."""
    text = as_text(raw)
    if not text.isdecimal():
        return _subjects(raw, label)
    number = int(text[:_LONGEST_SUM])
    if not 0 < number < sum(words.SUBJECT_BITS) + 1:
        return unreadable()
    return Reading([key for bit, key in words.SUBJECT_BITS.items() if number & bit])


_item_types = code_reader(words.ITEM_TYPE)
_TYPE_LENGTH = re.compile(r"([^()]+)\((\d{1,6}(?:,\d{1,3})?)\)")


def read_item_type(raw: Any, label: str = "") -> Reading:
    """The type of an item; varchar(20) brings its length along."""
    text = vocabulary.folded(as_text(raw))
    sized = _TYPE_LENGTH.fullmatch(text)
    reading = _item_types(sized.group(1) if sized else text, label)
    also = {"length": sized.group(2)} if sized else {}
    if reading.reason:
        said = unreadable("note").reason
        return Reading("other", {**also, "note": as_text(raw)[:_LONGEST_NOTE]}, said)
    return Reading(reading.value, also)
