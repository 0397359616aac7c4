"""Rows and items marked 涉密 are refused; only their row number is kept (CAT-16)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports import vocabulary_values as words
from catalog.entries.imports.normalise.readings import as_text
from portal.kernel.text import Text, _

_TERM = re.compile(words.GRADE_TERM)
_SIGN = words.GRADE_SIGN
_LONGEST_MARK = 24


def secret_reason() -> Text:
    """The sentence for a refused row; it never quotes the row."""
    return _("这一行标有涉密标记，已拒收，内容没有保存。涉密目录不得进入本门户。")


def unclear_reason() -> Text:
    """The sentence for a mark that is neither yes nor no."""
    return _("涉密标记不是“是”或“否”，为稳妥起见已拒收，内容没有保存。请写明后重新导入。")


def marked(value: Any) -> bool:
    """Whether a whole cell, whatever its column, says that the row is secret."""
    if not isinstance(value, str) or _SIGN not in value or len(value) > _LONGEST_MARK:
        return False
    plain = vocabulary.plain_value(value)
    return plain in vocabulary.word_set(words.MARKED) or _TERM.fullmatch(plain) is not None


def refusal(cells: Mapping[str, Any], mark_columns: Iterable[str]) -> Text | None:
    """Why the row may not be here, or None; a mark column must say no or nothing."""
    for column in mark_columns:
        text = vocabulary.plain_value(as_text(cells.get(column)))
        if not text or text in vocabulary.word_set(words.UNMARKED):
            continue
        known = text in vocabulary.word_set(words.MARKED) or text in vocabulary.word_set(words.YES)
        return secret_reason() if known or _TERM.fullmatch(text) else unclear_reason()
    for value in cells.values():
        if isinstance(value, str) and _SIGN in value and marked(value):
            return secret_reason()
    return None
