"""Themes, industries, categories, tags, contacts, related entries and lists of names."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports import vocabulary_values as words
from catalog.entries.imports.normalise.readings import NOT_STATED, Reading, as_text, as_texts
from portal.kernel.text import _

_MOST_TAGS, _LONGEST_TAG, _MOST_TOPICS = 300, 100, 50
_LONGEST_LEVEL = 200
_LONGEST_PHONE, _LONGEST_CONTACT = 60, 1000
_LONGEST_INDUSTRY = 60
_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_MASKED = re.compile(words.MASKED)
_PUNCTUATION = re.compile(words.JOINTS)
_LIST = re.compile(r"[\n|;；,，]")
_ALIKE = 0.6


@lru_cache(maxsize=1)
def _themes() -> dict[str, tuple[str, ...]]:
    return vocabulary.lookup(words.THEMES)


@lru_cache(maxsize=1)
def _industries() -> dict[str, str]:
    return {
        _bare(spelling): letter
        for letter, spellings in words.INDUSTRIES.items()
        for spelling in (letter, *spellings.split())
    }


def _bare(text: str) -> str:
    return _PUNCTUATION.sub("", vocabulary.plain_value(text))


def industry_of(text: str) -> str | None:
    """The letter of an industry, older names and slips of the pen included."""
    return _industry_of(text) if len(text) <= _LONGEST_INDUSTRY else None


@lru_cache(maxsize=4096)
def _industry_of(text: str) -> str | None:
    bare = _bare(text)
    known = _industries()
    if bare in known:
        return known[bare]
    if len(bare) < 6:  # noqa: PLR2004  short words are alike by chance
        return None
    best = max(known, key=lambda name: _likeness(bare, name))
    return known[best] if _likeness(bare, best) >= _ALIKE else None


def _likeness(one: str, other: str) -> float:
    pairs = [{text[i : i + 2] for i in range(len(text) - 1)} for text in (one, other)]
    return len(pairs[0] & pairs[1]) / (len(pairs[0] | pairs[1]) or 1)


def _is_other(text: str) -> bool:
    return vocabulary.plain_value(text) in vocabulary.word_set(words.OTHER)


def _topics(raw: Any, *, industries_first: bool) -> Reading:
    """Themes and industries, each known by its words: files mix them in both columns."""
    whole = as_text(raw)
    texts = [whole] if _is_one_topic(whole) else as_texts(raw, words.LIST_SIGNS)
    themes: dict[str, None] = {}
    industries: dict[str, None] = {}
    unknown = []
    for text in texts:
        found = _themes().get(vocabulary.plain_value(text))
        letter = industry_of(text) if industries_first or not found else None
        if letter:
            industries[letter] = None
        elif found:
            themes.update(dict.fromkeys(found))
        elif not _is_other(text):
            unknown.append(text)
    said = [text for text in texts if len(text) <= _LONGEST_TAG and not _is_other(text)]
    also: dict[str, Any] = {
        "themes": list(themes),
        "industries": list(industries),
        "source_topics": said[:_MOST_TOPICS],  # as the file says it: people search by its words
    }
    reason = None
    if unknown:
        also["tags"] = unknown
        reason = _("不在主题和行业的名单里，已作为标签保留。")
    return Reading(None, {key: value for key, value in also.items() if value}, reason)


def read_themes(raw: Any, _label: str = "") -> Reading:
    """Keys of themes; an industry among them is taken as one."""
    return _topics(raw, industries_first=False)


def read_industries(raw: Any, _label: str = "") -> Reading:
    """Letters of industries; a theme among them is taken as one."""
    return _topics(raw, industries_first=True)


def theme_of(text: str) -> tuple[str, ...]:
    """The keys of a theme's name; empty when it is none."""
    return _themes().get(vocabulary.plain_value(text), ())


def _is_one_topic(text: str) -> bool:
    """Names of industries hold the sign that also parts lists; a list has other signs too."""
    if theme_of(text) or _bare(text) in _industries():
        return True
    return not _LIST.search(text) and industry_of(text) is not None


def read_tags(raw: Any, _label: str = "") -> Reading:
    """Words a search may use; at most three hundred."""
    texts = as_texts(raw, words.LIST_SIGNS)
    if len(texts) == 1 and " " in texts[0] and not texts[0].isascii():
        texts = list(dict.fromkeys(texts[0].split()))
    long = [text for text in texts if len(text) > _LONGEST_TAG]
    kept = [text for text in texts if len(text) <= _LONGEST_TAG]
    reason = None
    if long:
        reason = _("有标签超过 %(most)s 个字，未保留。", most=_LONGEST_TAG)
    elif len(kept) > _MOST_TAGS:
        reason = _("标签超过 %(most)s 个，只保留前 %(most)s 个。", most=_MOST_TAGS)
    return Reading(kept[:_MOST_TAGS] or None, reason=reason)


def names_reader(*, longest: int, most: int) -> Callable[[Any, str], Reading]:
    """A reader for a list of names or codes; longer and further ones are left out."""

    def read(raw: Any, _label: str = "") -> Reading:
        texts = as_texts(raw, words.LIST_SIGNS)
        kept = [text for text in texts if len(text) <= longest][:most]
        reason = None
        if len(kept) < len(texts):
            reason = _(
                "只能有 %(most)s 项，每项 %(longest)s 个字以内；其余未保留。",
                most=most,
                longest=longest,
            )
        return Reading(kept or None, reason=reason)

    return read


def read_category(raw: Any, _label: str = "") -> Reading:
    """Names of categories from the top; a path in one cell is parted by its slashes."""
    if isinstance(raw, list):
        return Reading(as_texts(raw, "") or None)
    text = as_text(raw)
    if vocabulary.is_blank(text):
        return NOT_STATED
    parts = [part.strip() for part in re.split(words.CATEGORY_SIGNS, text)]
    return Reading([part[:_LONGEST_LEVEL] for part in parts if part] or None)


def read_contact(raw: Any, _label: str = "") -> Reading:
    """Phone or e-mail, whichever the cell holds; masked numbers say nothing."""
    text = as_text(raw)[:_LONGEST_CONTACT]
    if vocabulary.is_blank(text):
        return NOT_STATED
    email = _EMAIL.search(text)
    rest = text.replace(email.group(), "").strip(" ,，;；/") if email else text
    also: dict[str, Any] = {"contact_email": email.group()} if email else {}
    if any(sign.isdigit() for sign in rest) and not _MASKED.fullmatch(rest):
        also["contact_phone"] = rest[:_LONGEST_PHONE]
    if also or _MASKED.fullmatch(rest):
        return Reading(None, also)
    return Reading(
        None,
        {"contact_phone": text[:_LONGEST_PHONE]},
        _("不是电话也不是邮箱，已原样保留。请核对联系方式。"),
    )
