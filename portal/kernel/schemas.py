"""Marshmallow, set up once: unknown fields are errors, messages are ours, paths are flat."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sized
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from portal.kernel.errors import Invalid
from portal.kernel.text import Text, _, sound

_MESSAGES: Mapping[type[fields.Field[Any]], Mapping[str, Text]] = {
    fields.Field: {
        "required": _("这一项必须填写。"),
        "null": _("这一项不能为空。"),
        "validator_failed": _("这一项的值不对。"),
    },
    fields.String: {"invalid": _("这一项应为文字。"), "invalid_utf8": _("这一项应为文字。")},
    fields.Integer: {"invalid": _("这一项应为整数。")},
    fields.Float: {"invalid": _("这一项应为数字。"), "special": _("这一项应为数字。")},
    fields.Boolean: {"invalid": _("这一项应为是或否。")},
    fields.Date: {"invalid": _("这一项应为日期，如 2022-11-08。")},
    fields.List: {"invalid": _("这一项应为列表。")},
    fields.Nested: {"type": _("这一项的结构不对。")},
}
for _kind, _messages in _MESSAGES.items():
    _kind.default_error_messages = {**_kind.default_error_messages, **_messages}  # type: ignore[dict-item]


class PortalSchema(Schema):
    """The parent of every schema: what it does not know is an error."""

    class Meta:
        unknown = RAISE

    error_messages: dict[str, Any] = {  # noqa: RUF012  sentences of ours
        "unknown": _("没有这一项。"),
        "type": _("内容的结构不对。"),
    }


def load(schema: Schema, data: Any, *, partial: bool = False) -> dict[str, Any]:
    """The checked values; raises Invalid with every wrong field by its path."""
    try:
        loaded: dict[str, Any] = schema.load(_sound(data), partial=partial)
    except ValidationError as error:
        raise invalid(error.messages) from error
    except RecursionError as error:  # nested deeper than anything of ours
        raise Invalid(_("内容的结构不对。")) from error
    return loaded


def _sound(value: Any) -> Any:
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, dict):
        return {_sound(key): _sound(item) for key, item in value.items()}
    return [_sound(item) for item in value] if isinstance(value, list) else value


def invalid(messages: Any) -> Invalid:
    """One Invalid out of marshmallow's nested messages."""
    found: dict[str, list[Text]] = {}
    for path, message in _flat(messages, ""):
        found.setdefault(path or "_", []).append(message)
    return Invalid(_("有 %(n)s 处需要修改，内容没有保存。", n=len(found)), fields=found)


def length(most: int, least: int = 0) -> Callable[[Sized], None]:
    """A validator: text or a list of bounded length, with our sentence."""

    def check(value: Sized) -> None:
        if len(value) > most:
            raise ValidationError([_("最多 %(most)s 个，现为 %(n)s 个。", most=most, n=len(value))])
        if len(value) < least:
            raise ValidationError([_("这一项必须填写。")])

    return check


def one_of(keys: Collection[str]) -> Callable[[str], None]:
    """A validator: one of the keys of a code list."""

    def check(value: str) -> None:
        if value not in keys:
            raise ValidationError([_("“%(value)s”不在可选范围内。", value=value[:40])])

    return check


def between(least: float, most: float) -> Callable[[float], None]:
    """A validator: a number within bounds, both included."""

    def check(value: float) -> None:
        if not least <= value <= most:
            raise ValidationError([_("应在 %(least)s 到 %(most)s 之间。", least=least, most=most)])

    return check


def matches(pattern: str, sentence: Text) -> Callable[[str], None]:
    """A validator: the whole text fits the pattern."""
    compiled = re.compile(pattern)

    def check(value: str) -> None:
        if compiled.fullmatch(value) is None:
            raise ValidationError([sentence])

    return check


def _flat(messages: Any, path: str) -> Iterator[tuple[str, Text]]:
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            inner = path if key == "_schema" else f"{path}.{key}" if path else str(key)
            yield from _flat(value, inner)
    elif isinstance(messages, list | tuple):
        for value in messages:
            yield from _flat(value, path)
    else:
        yield path, messages if isinstance(messages, Text) else Text(str(messages))
