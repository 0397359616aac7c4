"""Short pieces of text around what was looked for: escaped first, then marked."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from search.analysis import BREAK
from search.plan import plan

LENGTH = 120
LEAD = 30
ELLIPSIS = "…"


def highlighted(text: str, query: str, *, loose: bool = False) -> str:
    """The whole text, safe for a page, with `<mark>` around every hit."""
    pattern = _pattern(query, loose)
    if pattern is None:
        return escape(text)
    pieces: list[str] = []
    end = 0
    for found in pattern.finditer(text):
        pieces += [escape(text[end : found.start()]), f"<mark>{escape(found.group())}</mark>"]
        end = found.end()
    return "".join(pieces) + escape(text[end:])


def snippet(text: str, query: str, *, length: int = LENGTH, loose: bool = False) -> str:
    """At most `length` characters of the text around the first hit, marked; else its beginning."""
    start, end = _window(text, _pattern(query, loose), length)
    before = ELLIPSIS if start > 0 else ""
    after = ELLIPSIS if end < len(text) else ""
    return before + highlighted(text[start:end].strip(), query, loose=loose) + after


def matching(
    texts: Sequence[str], query: str, *, most: int = 3, loose: bool = False
) -> tuple[str, ...]:
    """The first of several short texts that hold a hit, such as the names of items."""
    pattern = _pattern(query, loose)
    if pattern is None:
        return ()
    return tuple(text for text in texts if pattern.search(text))[:most]


def _window(text: str, pattern: re.Pattern[str] | None, length: int) -> tuple[int, int]:
    if len(text) <= length:
        return 0, len(text)
    found = pattern.search(text) if pattern else None
    if found is None:
        return 0, length
    room = min(LEAD, max(0, length - (found.end() - found.start())))
    start = max(0, min(found.start() - room, len(text) - length))
    return start, min(len(text), max(start + length, found.end()))


@lru_cache(maxsize=500)
def _pattern(query: str, loose: bool) -> re.Pattern[str] | None:  # noqa: FBT001  the cache's key
    """Finds the words of a query in a text as it was written: any width, any case, any signs."""
    texts = {word.text for word in plan(query, loose=loose).words}
    if not texts:
        return None
    longest_first = sorted(texts, key=lambda text: (-len(text), text))
    return re.compile("|".join(map(_expression, longest_first)), re.IGNORECASE)


def _expression(text: str) -> str:
    return "".join(_any_width(character) for character in text)


def _any_width(character: str) -> str:
    if character == BREAK:
        return r"[\W_]{1,3}"
    if "!" <= character <= "~":
        return f"[{re.escape(character)}{chr(ord(character) + 0xFEE0)}]"
    return re.escape(character)
