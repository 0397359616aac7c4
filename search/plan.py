"""What a person typed, as both engines are asked it: words that must all be there, and ranks."""

import re
from dataclasses import dataclass

from portal.kernel.errors import Invalid
from portal.kernel.text import _
from search import analysis

LONGEST_TEXT = 300
MOST_WORDS = 16
_PARTS = re.compile(r'"([^"]*)"|“([^”]*)”|「([^」]*)」|([^\s,，、;；"“”「」]+)')


@dataclass(frozen=True, slots=True)
class Word:
    """One word or quoted phrase that must be there, as it stands, somewhere in the document.

    `known` tells that the dictionary has it, so that one term finds the same as its grams.
    """

    text: str
    grams: tuple[str, ...]
    terms: tuple[str, ...]
    known: bool = False

    @property
    def is_character(self) -> bool:
        """Whether it is a single character, which has no pair."""
        return not self.grams


@dataclass(frozen=True, slots=True)
class Plan:
    """All of the words; `whole` is the entire text, compared with codes and titles."""

    words: tuple[Word, ...]
    whole: str
    impossible: bool = False


def plan(text: str, *, loose: bool = False) -> Plan:
    """The plan for a text: words are joined by AND, quotes keep a phrase together.

    `loose` takes the words of the dictionary one by one instead of what was written as one.
    `impossible` means that the text holds nothing that could be looked for. Raises Invalid when it
    is too long.
    """
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            _(
                "检索词最多 %(most)s 个字，现为 %(now)s 个。请缩短后再检索。",
                most=LONGEST_TEXT,
                now=len(text),
            )
        )
    texts = [analysis.normalised("".join(groups)) for groups in _PARTS.findall(text)]
    if loose:
        texts = [word for part in texts for word in analysis.words(part)]
    unique = [part for part in dict.fromkeys(texts) if part]
    return Plan(
        words=tuple(_word(part) for part in unique[:MOST_WORDS]),
        whole=analysis.normalised(text),
        impossible=bool(text.strip()) and not unique,
    )


def _word(text: str) -> Word:
    terms = tuple(dict.fromkeys(analysis.words(text)))
    return Word(text, analysis.grams(text), terms, known=analysis.is_known(text))
