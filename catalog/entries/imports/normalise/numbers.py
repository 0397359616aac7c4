"""Numbers with commas, units and words around them; yes and no; item lengths."""

import re
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports import vocabulary_values as words
from catalog.entries.imports.normalise.readings import NOT_STATED, Reading, as_text, unreadable
from portal.kernel.text import Text, _

_NUMBER = re.compile(words.NUMBER_PATTERN)
_LARGEST = 1e15
_LENGTH = re.compile(r"(\d{1,9})(?:\.0+)?(?:[,.，、]\s*(\d{1,4}))?")


def _not_a_number() -> Text:
    return _("不是可识别的数。请只写数字，例如 1299 或 3.5。")


def parts_of(raw: Any) -> tuple[float, str, str] | None:
    """The number with its ten thousands multiplied in, the multiplier and the unit behind it."""
    text = vocabulary.folded(as_text(raw)).replace(" ", "")
    match = _NUMBER.fullmatch(text)
    if match is None or match.group(2) not in ("", *words.TEN_THOUSAND):
        return None
    multiplier, unit = match.group(2), match.group(3)
    if multiplier in ("k", "w") and unit:
        multiplier, unit = "", multiplier + unit
    number = float(match.group(1).replace(",", "")) * words.TEN_THOUSAND.get(multiplier, 1)
    return (number, multiplier, unit) if 0 <= number < _LARGEST else None


def read_count(raw: Any, _label: str = "") -> Reading:
    """A whole number of things: 1,299; 3.5万条."""
    if _is_whole(raw):
        return Reading(raw)
    if vocabulary.is_blank(as_text(raw)):
        return NOT_STATED
    found = parts_of(raw)
    if found is None or found[2] not in ("", *words.COUNT_UNITS.split()):
        return Reading(reason=_not_a_number())
    return Reading(round(found[0]))


def _is_whole(raw: Any) -> bool:
    """A number as JSON and workbooks hold it; zero may be a filler and is looked at closely."""
    return type(raw) is int and 0 < raw < _LARGEST


def _tidy(number: float) -> float:
    return round(float(number), 6)


def read_gigabytes(raw: Any, _label: str = "") -> Reading:
    """A volume in GB; other units are converted."""
    if vocabulary.is_blank(as_text(raw)):
        return NOT_STATED
    found = parts_of(raw)
    factor = words.GIGABYTES.get(found[2] or found[1] if found else "-")
    if found is None or factor is None:
        return Reading(reason=_not_a_number())
    number = found[0]
    if not found[2] and found[1] in words.GIGABYTES and found[1]:
        number /= words.TEN_THOUSAND[found[1]]
    return Reading(_tidy(number * factor))


def read_ten_thousands(raw: Any, _label: str = "") -> Reading:
    """Records in units of ten thousand, unless the cell names its own unit."""
    if vocabulary.is_blank(as_text(raw)):
        return NOT_STATED
    found = parts_of(raw)
    if found is None:
        return Reading(reason=_not_a_number())
    stated = found[1] or found[2]
    return Reading(_tidy(found[0] / 10_000 if stated else found[0]))


def read_bytes(raw: Any, _label: str = "") -> Reading:
    """A size in bytes: 588, 1.2MB."""
    if _is_whole(raw):
        return Reading(raw)
    if vocabulary.is_blank(as_text(raw)):
        return NOT_STATED
    found = parts_of(raw)
    factor = words.SIZE_UNITS.get((found[2] or found[1] or "b") if found else "-")
    if found is None or factor is None:
        return Reading(reason=_not_a_number())
    number = found[0] / words.TEN_THOUSAND[found[1]] if found[1] and not found[2] else found[0]
    return Reading(round(number * factor))


def read_boolean(raw: Any, _label: str = "") -> Reading:
    """Yes or no in the ways that forms write it."""
    text = vocabulary.plain_value(as_text(raw))
    if text in vocabulary.word_set(words.YES):
        return Reading(True)
    if text in vocabulary.word_set(words.NO):
        return Reading(False)
    if vocabulary.is_blank(text):
        return NOT_STATED
    return unreadable(reason=_("这里应填“是”或“否”。"))


def read_length(raw: Any, _label: str = "") -> Reading:
    """A length `20`, or digits before and behind the point `6,2`."""
    text = vocabulary.folded(as_text(raw))
    if vocabulary.is_blank(text):
        return NOT_STATED
    match = _LENGTH.match(text.strip("()"))
    if match is None:
        return Reading(text[:20], reason=_("不是可识别的长度。请写成 20 或 6,2 的样子。"))
    return Reading(",".join(part for part in match.groups() if part))
