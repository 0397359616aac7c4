"""A column that keeps a text for people untranslated, so that each reads it in the own language."""

import json
from typing import Any

from sqlalchemy import Dialect, TypeDecorator
from sqlalchemy import Text as TextColumn

from portal.kernel.text import Text


class Sentence(TypeDecorator[Text]):
    """A `Text` with its values, stored as JSON; nested texts stay translatable."""

    impl = TextColumn
    cache_ok = True

    def process_bind_param(self, value: Text | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(_packed(value), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Text | None:
        return None if value is None else _unpacked(json.loads(value))


def plain(words: str) -> Text:
    """Words that somebody typed, such as a title: shown as they are in every language."""
    return Text("%(words)s", {"words": words})


def _packed(text: Text) -> list[Any]:
    values = {
        key: _packed(value) if isinstance(value, Text) else _storable(value)
        for key, value in text.values.items()
    }
    return [text.message, values]


def _storable(value: object) -> int | float | str:
    return value if isinstance(value, int | float | str) else str(value)


def _unpacked(stored: list[Any]) -> Text:
    message, values = stored
    return Text(message, {k: _unpacked(v) if isinstance(v, list) else v for k, v in values.items()})
