"""Text to tokens, the same for both engines, which then only split at white space.

Three views of a text: `grams`, every pair of neighbouring characters in order, so that a phrase of
pairs is exact substring search; `characters`, each character once, for words of one; `words`, what
the segmenter with our dictionary sees, for ranking alone. Signs count as one break, whatever they are.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from search.document import SearchDocument

if TYPE_CHECKING:
    from rjieba import Jieba

ALGORITHM = 1
BREAK = "\u2581"
BETWEEN_PARTS = "\u2016"
DICTIONARY = Path(__file__).with_name("words.txt")
LONGEST_TEXT = 20_000
_SIGNS = re.compile(r"[^\w]+|\u2581+")
_WORD_FREQUENCY = 20_000


@dataclass(frozen=True, slots=True)
class Analysed:
    """The token fields of one document; each is text to be split at white space."""

    grams: str
    characters: str
    title_grams: str
    title_words: str
    words: str
    exact: tuple[str, ...]
    starts: tuple[str, ...]


def normalised(text: str) -> str:
    """One form for width and case, one mark for any run of signs or spaces."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).lower()
    return _SIGNS.sub(BREAK, plain).strip(BREAK)


def grams(text: str) -> list[str]:
    """Neighbouring pairs of a normalised text, as a query has them: without its edges."""
    return [first + second for first, second in zip(text, text[1:], strict=False)]


def words(text: str) -> list[str]:
    """The words of a normalised text, longest cut, for queries."""
    cut = _segmenter().cut(text, False)  # noqa: FBT003  their signature
    return [word for word in cut if word[0].isalnum()]


def inner_words(text: str) -> list[str]:
    """The words of a normalised text with the words inside them, for documents."""
    cut = _segmenter().cut_for_search(text, False)  # noqa: FBT003  their signature
    return [word for word in cut if word[0].isalnum()]


def analysed(document: SearchDocument) -> Analysed:
    """All token fields of a document."""
    title = normalised(document.title)
    body = [
        normalised(part)
        for part in (
            *(document.code, *document.codes, document.unit, document.abstract),
            *(*document.items, *document.fields, *document.tags, *document.other),
        )
        if part
    ]
    parts = [part for part in (title, *body) if part]
    whole = BREAK.join(parts)
    return Analysed(
        grams=f" {BETWEEN_PARTS} ".join(_framed_grams(part) for part in parts),
        characters=" ".join(sorted(set(whole) - {BREAK})),
        title_grams=_framed_grams(title),
        title_words=" ".join(inner_words(title)),
        words=" ".join(inner_words(whole)),
        exact=tuple(dict.fromkeys(_exact_terms(document, title))),
        starts=tuple(dict.fromkeys(start for start in _starts(document, title) if start)),
    )


def exact_code(text: str) -> str:
    """The term that a code has in the field of exact terms."""
    return "code:" + normalised(text)


def exact_field(text: str) -> str:
    """The term that an item's field name has in the field of exact terms."""
    return "field:" + normalised(text)


def exact_title(text: str) -> str:
    """The term that a whole title has in the field of exact terms."""
    return "title:" + normalised(text)


@lru_cache
def version() -> str:
    """Names the algorithm and the dictionary; kept with each generation of an index."""
    return f"{ALGORITHM}-{hashlib.sha256(DICTIONARY.read_bytes()).hexdigest()[:12]}"


@lru_cache
def dictionary() -> tuple[str, ...]:
    """The domain's own words; lines that begin with a number sign are headings."""
    lines = DICTIONARY.read_text(encoding="utf-8").splitlines()
    return tuple(
        dict.fromkeys(w for line in lines if not line.startswith("#") for w in line.split())
    )


@lru_cache
def _segmenter() -> "Jieba":
    from rjieba import Jieba  # noqa: PLC0415  start-up time

    segmenter = Jieba()
    for word in dictionary():
        segmenter.add_word(word, _WORD_FREQUENCY, "nz")
    return segmenter


def _framed_grams(text: str) -> str:
    framed = f"{BREAK}{text}{BREAK}"
    return " ".join([first + second for first, second in zip(framed, framed[1:], strict=False)])


def _starts(document: SearchDocument, title: str) -> tuple[str, ...]:
    """What a person may begin to type to reach the title: itself, its pinyin, the initials."""
    syllables = document.name_key.split(".")
    return title[:40], "".join(syllables), "".join(syllable[:1] for syllable in syllables)


def _exact_terms(document: SearchDocument, title: str) -> Iterable[str]:
    yield "title:" + title[:200]
    for code in (document.code, *document.codes):
        if code:
            yield exact_code(code)
    for name in document.fields:
        yield exact_field(name)
