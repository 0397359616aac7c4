"""Keys by which names are sorted and guessed: pinyin, made once, when a record is written."""

import re
import unicodedata
from functools import lru_cache

from search.analysis import words

LONGEST = 120
GAP = "."
# Chinese, or ASCII letters and digits; everything else only separates
_RUNS = re.compile("[\u3400-\u9fff]+|[a-z0-9]+")


def name_key(title: str) -> str:
    """The sort key of a title: syllables, letters and digits, with a dot between them.

    A dot sorts before every letter and digit, so that a shorter syllable comes first.
    """
    pieces: list[str] = []
    length = 0
    for run in _RUNS.findall(unicodedata.normalize("NFKC", title).lower()):
        if run[0].isascii():
            pieces.append(run)
            length += len(run)
            continue
        for word in words(run):
            pieces.extend(spoken := _syllables(word))
            length += sum(map(len, spoken))
            if length > LONGEST:
                break
        if length > LONGEST:
            break
    return GAP.join(pieces)[:LONGEST]


@lru_cache(maxsize=20_000)
def _syllables(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin  # noqa: PLC0415  start-up time

    spoken = (s for s in lazy_pinyin(word, errors="ignore", v_to_u=False) if s.isascii())
    return tuple(s.lower() for s in spoken)
