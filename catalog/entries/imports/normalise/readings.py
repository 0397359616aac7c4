"""What reading one cell gives, and how a cell of any kind becomes text or a list of texts."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports import vocabulary_values as words
from portal.kernel.text import Text, _

_NOTHING: Mapping[str, Any] = {}
_REPR = re.compile(
    r"\s*(?:(None|null|nan|NaN)|'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|([^,'\"\[\]]+?))\s*(?:,|$)"
)
_INJECTED = re.compile(r"^'(?=[=+\-@\t\r＝＋－＠])")
_BRACKET = re.compile(f"[{re.escape(words.OPENING)}]")
_LONGEST_LIST = 50_000
_ALIKE = {",": ",，", "，": ",，", ";": ";；", "；": ";；"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A normalised value; `also` sets other fields, `reason` says why it could not be read."""

    value: Any = None
    also: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    reason: Text | None = None


NOT_STATED = Reading()


def unreadable(note: str | None = None, raw: str = "", reason: Text | None = None) -> Reading:
    """A value that fits nothing: kept as given in the note field, where there is one."""
    if note:
        said = reason or _("这个值不在可识别的范围内，已按原文保留在相关的说明里。请核对。")
        return Reading(None, {note: raw}, said)
    return Reading(reason=reason or not_taken())


def not_taken() -> Text:
    """What is said of a value that fits nothing and has no field for its text."""
    return _("这个值不在可识别的范围内，没有采用；原文记在导入结果里。请按填写说明改正。")


def as_text(raw: Any) -> str:
    """A cell as text, without the blanks around it."""
    if isinstance(raw, str):
        return _plain(raw)
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "1" if raw else "0"
    if isinstance(raw, date | datetime):
        return raw.isoformat(sep=" ") if isinstance(raw, datetime) else raw.isoformat()
    if isinstance(raw, list):
        return "\n".join(text for inner in raw if (text := as_text(inner)))
    return json.dumps(raw, ensure_ascii=False) if isinstance(raw, dict) else str(raw)


def _plain(raw: str) -> str:
    text = raw.strip()
    if text[:1] == "[" and text[-1:] == "]" and (listed := as_list(text)) is not None:
        text = "\n".join(listed)
    if text[:1] == "'":
        text = _INJECTED.sub("", text)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def as_list(raw: str) -> list[str] | None:
    """The texts of a list written as text, in JSON or as programs print it; None if it is not."""
    inner = raw.strip()[1:-1]
    if len(inner) > _LONGEST_LIST:
        return None
    found: list[str] = []
    place = 0
    while place < len(inner):
        match = _REPR.match(inner, place)
        if match is None or match.end() == place:
            return None
        place = match.end()
        if match.group(1) is None:
            text = next(part for part in match.groups()[1:] if part is not None)
            found.append(text.strip())
    return [text for text in found if text]


def as_texts(raw: Any, signs: str) -> list[str]:
    """The texts of a cell that may hold several, parted by the first of the signs in it."""
    if isinstance(raw, list):
        parts = [as_text(inner) for inner in raw]
    elif isinstance(raw, str) and raw[:1] == "[" and (listed := as_list(raw)) is not None:
        parts = listed
    else:
        parts = split_outside_brackets(as_text(raw), signs)
    cleaned = (" ".join(part.split()).strip(" ,，、;；|") for part in parts)
    return list(dict.fromkeys(text for text in cleaned if not vocabulary.is_blank(text)))


def split_outside_brackets(text: str, signs: str) -> list[str]:
    """Parts a text by one sign, the first of the signs that stands outside brackets."""
    present = [sign for sign in signs if sign in text]
    if not present:
        return [text]
    if _BRACKET.search(text) is None:
        return _split_plain(text, present[0])
    outside = _outside(text)
    visible = {text[place] for place in outside}
    sign = next((sign for sign in present if sign in visible), None)
    if sign is None:
        return [text]
    alike = _ALIKE.get(sign, sign)
    cuts = [place for place in outside if text[place] in alike]
    starts, ends = [0, *(cut + 1 for cut in cuts)], [*cuts, len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _split_plain(text: str, sign: str) -> list[str]:
    for other in _ALIKE.get(sign, ""):
        text = text.replace(other, sign)
    return text.split(sign)


def _outside(text: str) -> list[int]:
    """Places outside brackets; all of them where brackets do not match."""
    depth = 0
    places = []
    for place, letter in enumerate(text):
        depth += letter in words.OPENING
        if depth == 0:
            places.append(place)
        depth = max(0, depth - (letter in words.CLOSING))
    return places if depth == 0 else list(range(len(text)))
