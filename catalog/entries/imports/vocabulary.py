"""Words: how labels and values are made comparable and looked up."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from catalog.entries.imports import vocabulary_labels as labels
from catalog.entries.imports import vocabulary_values as words

_BLANKS = re.compile(r"[\s\u200b\ufeff]+")
_BRACKETS = re.compile(r"[(\[【〔<《{]([^()\[\]【】〔〕<>《》{}]*)[)\]】〕>》}]")
_EDGES = re.compile(r"^[*#:：、.\-_'\"]+|[*#:：、.\-_'\"]+$")
_PARTIAL_LENGTH = 3
_LONGEST_KEPT = 200  # a memory of long texts would grow with the file


@dataclass(frozen=True, slots=True)
class LabelMeaning:
    """Which fields a label may mean, the first being the usual one."""

    fields: tuple[str, ...]
    confidence: float
    settled: bool
    is_creation: bool = False


def folded(text: str) -> str:
    """One spelling of full-width and half-width forms, of case and of surrounding blanks."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def plain_label(label: str) -> str:
    """A label without blanks, marks such as 必填, and units in brackets."""
    return _plain_label(label) if len(label) <= _LONGEST_KEPT else _plain_label.__wrapped__(label)


@lru_cache(maxsize=8192)
def _plain_label(label: str) -> str:
    text = _BLANKS.sub("", folded(label))
    text = _BRACKETS.sub(_kept_bracket, text)
    return _EDGES.sub("", text)


def _kept_bracket(found: re.Match[str]) -> str:
    inner = found.group(1)
    if inner in _marks() or any(mark in inner for mark in _marks() if len(mark) > 1):
        return ""
    return "" if inner in _units() else inner


def plain_value(value: str) -> str:
    """A value without blanks, quotation marks and closing stops."""
    return _plain_value(value) if len(value) <= _LONGEST_KEPT else _plain_value.__wrapped__(value)


@lru_cache(maxsize=8192)
def _plain_value(value: str) -> str:
    text = _BLANKS.sub("", folded(value)).strip(folded(words.QUOTES))
    return text.strip("。.;,:")


@lru_cache(maxsize=1)
def _marks() -> frozenset[str]:
    return frozenset(labels.MARKS.split())


@lru_cache(maxsize=1)
def _units() -> frozenset[str]:
    return frozenset(labels.UNITS.split())


@lru_cache(maxsize=64)
def word_set(spellings: str) -> frozenset[str]:
    """The spellings of one word list, comparable."""
    return frozenset(plain_value(word) or word for word in spellings.split())


def lookup(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Spelling → keys; a spelling under several keys means all of them."""
    found: dict[str, tuple[str, ...]] = {}
    for key, spellings in table.items():
        for spelling in spellings.split():
            plain = plain_value(spelling)
            found[plain] = (*found.get(plain, ()), key)
    return found


@lru_cache(maxsize=1)
def _blank_values() -> frozenset[str]:
    return frozenset(words.BLANK.split())


def is_blank(value: str) -> bool:
    """Whether a cell says nothing: empty, or a filler such as 暂无."""
    text = value.strip()
    return not text or (len(text) <= 12 and text.casefold() in _blank_values())  # noqa: PLR2004


@lru_cache(maxsize=1)
def _known_labels() -> dict[str, LabelMeaning]:
    known: dict[str, LabelMeaning] = {}
    for label, (field, confidence) in labels.SECOND_CHOICE.items():
        known[plain_label(label)] = LabelMeaning(
            (field,), confidence, settled=True, is_creation=field == "issued_on"
        )
    for label, fields in labels.AMBIGUOUS.items():
        known[plain_label(label)] = LabelMeaning(fields, 0.9, settled=False)
    for field, spellings in labels.LABELS.items():
        for label in spellings.split():
            known[plain_label(label)] = LabelMeaning((field,), 1.0, settled=True)
    for label in labels.LEFT_OUT.split():
        known[plain_label(label)] = LabelMeaning((), 1.0, settled=True)
    return known


@lru_cache(maxsize=4096)
def meaning(label: str, group: str = "") -> LabelMeaning | None:
    """What a label, under the label of its group, means; None when it says nothing."""
    plain = plain_label(label)
    grouped = labels.GROUPED.get((plain_label(group), plain)) if group else None
    if grouped:
        return LabelMeaning((grouped,), 1.0, settled=True)
    return _known_labels().get(plain) or _partial(plain)


def _partial(plain: str) -> LabelMeaning | None:
    """The longest known label inside a longer one: 本数据集的更新频率 means 更新频率."""
    best = max(
        (known for known in _known_labels() if _is_part(known, plain)), key=len, default=None
    )
    if best is None:
        return None
    found = _known_labels()[best]
    return LabelMeaning(found.fields, min(0.7, found.confidence), settled=False)


def _is_part(known: str, plain: str) -> bool:
    return len(known) >= _PARTIAL_LENGTH and not known.isascii() and known in plain


def is_known(label: str, group: str = "") -> bool:
    """Whether a cell looks like a header: its text is a label of ours."""
    found = meaning(label, group)
    return found is not None and found.confidence > 0.7  # noqa: PLR2004  partial labels do not count


@lru_cache(maxsize=2)
def nested_labels(kind: str) -> dict[str, str]:
    """Label → key of an item or a resource that is an object inside a JSON file."""
    table = labels.NESTED_ITEM if kind == "items" else labels.NESTED_RESOURCE
    known: dict[str, str] = {}
    for key, spellings in table.items():
        for label in spellings.split():
            known.setdefault(plain_label(label), key)
    return known
