"""Text to tokens, the same for both engines, which then only split at white space.

Four views of a text. `grams`: every pair of neighbouring characters in order, so that a phrase of
pairs is exact substring search. `characters`: each character once, for words of one. `contained`:
every word of the dictionary that is somewhere in the text, overlapping or not, so that one term is
exact substring search for a word we know. `words`: where a reader would cut, for ranking.
Signs and spaces count as one break, whatever they are; nothing reaches from one part to another.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from pathlib import Path
from types import ModuleType

from search.document import SearchDocument

ALGORITHM = 2
BREAK = "\u2581"
BETWEEN_PARTS = "\u2016"
DICTIONARY = Path(__file__).with_name("words.txt")
LONGEST_TEXT = 60_000
LONGEST_START = 40
_SIGNS = re.compile(r"[^\w\u2016]+")
_CHINESE_WORD = re.compile("[\u4e00-\u9fa5]{2,}")
_WORD_FREQUENCY = 20_000


@dataclass(frozen=True, slots=True)
class Analysed:
    """The token fields of one document; each text is to be split at white space."""

    grams: str
    characters: str
    contained: str
    title_grams: str
    title_contained: str
    title_words: str
    exact: tuple[str, ...]
    starts: tuple[str, ...]


def normalised(text: str) -> str:
    """One form for width and case, one mark for any run of signs or spaces."""
    return _normalised(_unmarked(text)).strip(BREAK)


def grams(text: str) -> tuple[str, ...]:
    """Neighbouring pairs of a normalised text, as a query has them: without its edges."""
    return tuple(map(add, text, text[1:]))


def words(text: str) -> list[str]:
    """The words of a normalised text, one after the other."""
    cut = _segmenter().cut(text, False)
    return [word for word in cut if word[0].isalnum()]


def is_known(text: str) -> bool:
    """Whether a normalised text is one Chinese word of the dictionary."""
    return _CHINESE_WORD.fullmatch(text) is not None and _segmenter().has_word(text)


def analysed(document: SearchDocument) -> Analysed:
    """All token fields of a document."""
    title = _normalised(_unmarked(document.title))
    bare = title.strip(BREAK)
    framed = f"{BREAK}{bare}{BREAK}"
    parts = (
        *(document.title, document.code, *document.codes, document.unit, document.abstract),
        *(*document.items, *document.fields, *document.tags, *document.other),
    )
    whole = map(_unmarked, filter(None, parts))
    text = _normalised(f" {BETWEEN_PARTS} ".join(["", *whole, ""]))
    return Analysed(
        grams=_spaced_pairs(text),
        characters=" ".join(set(text) - {BREAK, BETWEEN_PARTS}),
        contained=" ".join(_contained(text)),
        title_grams=_spaced_pairs(framed),
        title_contained=" ".join(_contained(title)),
        title_words=" ".join(words(title)),
        exact=tuple(dict.fromkeys(_exact_terms(document))),
        starts=tuple(dict.fromkeys(start for start in _starts(document, bare) if start)),
    )


def exact_code(text: str) -> str:
    """The term that a code has in the field of exact terms."""
    return "code:" + normalised(text)


@lru_cache(maxsize=20_000)  # few names are in use, each in many entries
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
        dict.fromkeys(word for line in lines if not line.startswith("#") for word in line.split())
    )


@lru_cache
def _segmenter() -> ModuleType:
    """The library's own segmenter, which it makes when it is read: a second costs 25 MB."""
    import rjieba  # noqa: PLC0415  start-up time

    for word in dictionary():
        rjieba.add_word(word, _WORD_FREQUENCY, "nz")
    return rjieba


def _unmarked(text: str) -> str:
    """Without our own sign between parts, which somebody may have typed."""
    return text.replace(BETWEEN_PARTS, " ") if BETWEEN_PARTS in text else text


def _normalised(text: str) -> str:
    plain = _SIGNS.sub(BREAK, text[:LONGEST_TEXT])
    if not unicodedata.is_normalized("NFKC", plain):  # asking is a hundred times cheaper than doing
        plain = _SIGNS.sub(BREAK, unicodedata.normalize("NFKC", plain))
    return plain.lower()


def _contained(text: str) -> list[str]:
    return [word for word in _segmenter().cut_all(text) if len(word) > 1]


def _spaced_pairs(text: str) -> str:
    return " ".join(map(add, text, text[1:]))


def _starts(document: SearchDocument, title: str) -> tuple[str, ...]:
    """What a person may begin to type to reach the title: itself, its pinyin, the initials."""
    syllables = document.name_key.split(".")
    initials = "".join(syllable[:1] for syllable in syllables)
    return title[:LONGEST_START], "".join(syllables), initials


def _exact_terms(document: SearchDocument) -> Iterable[str]:
    yield exact_title(document.title)
    yield from (exact_code(code) for code in (document.code, *document.codes) if code)
    yield from (exact_field(name) for name in document.fields)
