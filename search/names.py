"""Keys by which names are sorted and guessed: pinyin, made once, when a record is written."""

import unicodedata
from functools import lru_cache

from search.analysis import words

LONGEST = 120
GAP = "."


def name_key(title: str) -> str:
    """The sort key of a title: syllables, letters and digits, with a dot between them.

    A dot sorts before every letter and digit, so that a shorter syllable comes first.
    """
    pieces: list[str] = []
    for run in _runs(unicodedata.normalize("NFKC", title).lower()):
        pieces.extend(_syllables(run) if _is_chinese(run[0]) else (run,))
        if sum(map(len, pieces)) > LONGEST:
            break
    return GAP.join(pieces)[:LONGEST]


def _is_chinese(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def _runs(text: str) -> list[str]:
    """Chinese words and runs of ASCII letters and digits; everything else only separates."""
    runs: list[str] = []
    current = ""
    for character in f"{text} ":
        keep = _is_chinese(character) or (character.isascii() and character.isalnum())
        if current and (not keep or _is_chinese(character) != _is_chinese(current[0])):
            runs.extend(words(current) if _is_chinese(current[0]) else [current])
            current = ""
        current += character if keep else ""
    return runs


@lru_cache(maxsize=20_000)
def _syllables(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin  # noqa: PLC0415  start-up time

    spoken = (s for s in lazy_pinyin(word, errors="ignore", v_to_u=False) if s.isascii())
    return tuple(s.lower() for s in spoken)
