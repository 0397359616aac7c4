"""What the values of a column look like, where its label does not tell."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports import vocabulary_values as words
from catalog.entries.imports.fields import FIELDS
from catalog.entries.imports.normalise.codes import read_open_type
from catalog.entries.imports.normalise.dates import moments
from catalog.entries.imports.normalise.readings import as_text, as_texts
from catalog.entries.imports.normalise.resources import format_of
from catalog.entries.imports.normalise.topics import industry_of, theme_of

_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(\.[\w\-]+)+")
_PHONE = re.compile(r"(\+?86[- ]?)?(0\d{2,3}[- ]?\d{7,8}(-\d+)?|1\d{10}|\d{7,8}|[2-9]\d{4})")
_URL = re.compile(r"(https?|ftp)://\S+", re.IGNORECASE)
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
_FEW_VALUES = 3
_SURE = 0.8


class ValueJudge:
    """Judges by our own code lists and by a few shapes."""

    def share(self, field: str, values: Sequence[Any], label: str) -> float:
        """Which part of the values that say something looks like this field."""
        test = _TESTS.get(field) or _reads(field, label)
        stated = [value for value in values if not vocabulary.is_blank(as_text(value))]
        return sum(1 for value in stated if test(value)) / len(stated) if stated else 0.0

    def guess(self, label: str, values: Sequence[Any]) -> tuple[str, float] | None:
        """The field whose values look most like these, or nothing."""
        if len(values) < _FEW_VALUES or _only_numbers(values):
            return None
        shares = [(self.share(field, values, label) * sure, field) for field, sure in _GUESSED]
        best, field = max(shares)
        floor = dict(_GUESSED)[field] * _SURE
        if best >= floor:
            return field, best
        return ("title", 0.5) if _looks_like_titles(values) else None


def _reads(field: str, label: str) -> Callable[[Any], bool]:
    reader = FIELDS[field].read if field in FIELDS else None

    def test(value: Any) -> bool:
        if reader is None:
            return False
        reading = reader(value, label)
        return reading.reason is None and (reading.value is not None or bool(reading.also))

    return test


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: pattern.fullmatch(as_text(value)) is not None


def _is_phone(value: Any) -> bool:
    parts = [part for part in re.split(r"[,;/、，；\s]+", as_text(value)) if part]
    return bool(parts) and all(_PHONE.fullmatch(part) for part in parts)


def _is_unit(value: Any) -> bool:
    text = re.sub(r"[(（].*?[)）]$", "", as_text(value))
    return 2 < len(text) <= 40 and text.endswith(tuple(words.UNIT_ENDINGS.split()))  # noqa: PLR2004


def _is_open_type(value: Any) -> bool:
    reading = read_open_type(value)
    return reading.value is not None and not as_text(value).isdigit()


def _is_share_type(value: Any) -> bool:
    reading = FIELDS["share_type"].read(value, "")
    return reading.value is not None and not as_text(value).isdigit()


def _is_condition(value: Any) -> bool:
    text = as_text(value)
    return not _is_open_type(value) and not _is_share_type(value) and not text.isdigit()


def _is_formats(value: Any) -> bool:
    texts = as_texts(value, words.LIST_SIGNS + "/")
    return bool(texts) and all(format_of(text) for text in texts)


def _is_industry(value: Any) -> bool:
    texts = [as_text(value), *as_texts(value, words.LIST_SIGNS)]
    return any(len(text) > 1 and industry_of(text) for text in texts)


def _is_theme(value: Any) -> bool:
    return any(len(text) > 1 and theme_of(text) for text in as_texts(value, words.LIST_SIGNS))


def _only_numbers(values: Sequence[Any]) -> bool:
    return all(re.fullmatch(r"[\d.,\s]+", as_text(value)) for value in values)


def _looks_like_titles(values: Sequence[Any]) -> bool:
    texts = [as_text(value) for value in values]
    distinct = len(set(texts)) / len(texts)
    endings = tuple(words.TITLE_ENDINGS.split())
    short = sum(1 for text in texts if 4 <= len(text) <= 40 and text.endswith(endings))  # noqa: PLR2004
    return distinct > _SURE and short / len(texts) >= 0.5  # noqa: PLR2004


_TESTS: dict[str, Callable[[Any], bool]] = {
    "open_type": _is_open_type,
    "share_type": _is_share_type,
    "open_condition": _is_condition,
    "share_condition": _is_condition,
    "contact_email": _matches(_EMAIL),
    "contact_phone": _is_phone,
    "source_url": _matches(_URL),
    "unit_code": _matches(_CREDIT_CODE),
    "unit": _is_unit,
    "unit_alias": _is_unit,
    "resources.format": _is_formats,
    "industries": _is_industry,
    "themes": _is_theme,
    "data_updated_at": lambda value: bool(moments(value)),
    "issued_on": lambda value: bool(moments(value)),
    "category": lambda value: bool(as_text(value)),
    "tags": lambda value: 0 < len(as_text(value)) <= 1000 and not moments(value),  # noqa: PLR2004
    "source_key": lambda value: bool(re.fullmatch(r"[\w./\-]{1,100}", as_text(value))),
}
# what values alone may suggest, and how sure that makes us; a bare date may be any date
_GUESSED: tuple[tuple[str, float], ...] = (
    ("open_type", 0.8),
    ("share_type", 0.8),
    ("update_cycle", 0.8),
    ("unit_code", 0.8),
    ("contact_email", 0.75),
    ("resources.format", 0.7),
    ("contact_phone", 0.65),
    ("source_url", 0.65),
    ("unit", 0.6),
    ("industries", 0.6),
    ("themes", 0.55),
)

DEFAULT_JUDGE = ValueJudge()
