"""Sentences that hold words of the catalog or of people, as an English page must mark them."""

import re

from markupsafe import Markup, escape

from portal.kernel import text
from portal.kernel.text import Text

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_MARK = Markup('<span lang="zh-CN">{}</span>')


def with_lang(words: Text | str | None) -> Markup | Text | str | None:
    """The words with their Chinese parts marked as such on a page that is not Chinese.

    WCAG 2.2, 3.1.2. A sentence of ours is in the page's language; the values put into it, such
    as a title or a reason, are as somebody typed them. Gives markup; escapes what it is given.
    """
    if words is None or text.language() == text.CHINESE:
        return words
    return _sentence(words) if isinstance(words, Text) else _typed(words)


def _sentence(words: Text) -> Markup:
    template = str(Text(words.message))
    if not words.values:
        return _typed(template)
    values = {key: _value(value) for key, value in words.values.items()}
    return escape(template) % values


def _value(value: object) -> object:
    if isinstance(value, Text):
        return _sentence(value)
    return value if isinstance(value, int | float) else _typed(str(value))


def _typed(words: str) -> Markup:
    return _MARK.format(words) if _CHINESE.search(words) else escape(words)
