"""The JSON API's description, made from the running application, and its reading for people."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask

from portal.kernel.text import Text, _, language
from portal.web.api import PREFIX, open_api

VERSION = "1.0"
TITLE = _("公共数据目录接口")
DOCUMENTS = "pages.open_api"
SCHEMAS = "#/components/schemas/"
PROBLEM = "Problem"
# What the API is about, by the first word of its addresses, in the order of the overview.
GROUPS: Mapping[str, Text] = {
    "search": _("检索"),
    "entries": _("数据目录"),
    "categories": _("分类"),
    "units": _("部门"),
    "imports": _("导入"),
    "tasks": _("待办"),
    "messages": _("消息"),
    "account": _("账号"),
    "rules": _("规则"),
    "operations": _("运行"),
}
_NO_LETTER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, or one field of a structure; `schema` names the structure that it holds."""

    name: str
    place: str
    type: Text | str
    schema: str | None
    required: bool
    values: Sequence[str]
    is_list: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API does."""

    method: str
    path: str
    summary: str
    note: str
    parameters: Sequence[Field]
    body: str | None
    answer: str | None

    @property
    def id(self) -> str:
        """Where its section stands on the page."""
        return f"{self.method.lower()}{_NO_LETTER.sub('-', self.path).rstrip('-')}"

    @property
    def group(self) -> str:
        """What it is about: the first word of its address behind the API's own."""
        return self.path.removeprefix(PREFIX).strip("/").partition("/")[0]

    @property
    def structures(self) -> tuple[str, ...]:
        """The structures that it takes and gives, by name."""
        own = (field.schema for field in self.parameters)
        return tuple(name for name in (self.body, self.answer, *own) if name)


@dataclass(frozen=True, slots=True)
class Group:
    """The operations on one kind of thing."""

    key: str
    label: Text | str
    operations: Sequence[Operation]


@dataclass(frozen=True, slots=True)
class Structure:
    """A JSON object that the API takes or gives."""

    name: str
    fields: Sequence[Field]


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document in the language of the moment; made once for each language."""
    made: dict[str, dict[str, Any]] = app.extensions.setdefault(DOCUMENTS, {})
    if language() not in made:
        made[language()] = open_api(app, title=str(TITLE), version=VERSION)
    return made[language()]


def operations(found: Mapping[str, Any]) -> list[Operation]:
    """What a document offers, in the order of the paths."""
    return list(_operations(found))


def groups(found: Mapping[str, Any]) -> list[Group]:
    """The same by what they are about; groups that nobody named come last."""
    by_key: dict[str, list[Operation]] = {key: [] for key in GROUPS}
    for each in operations(found):
        by_key.setdefault(each.group, []).append(each)
    return [Group(key, GROUPS.get(key, key), all_) for key, all_ in by_key.items() if all_]


def structures(found: Mapping[str, Any], named: Iterable[str]) -> list[Structure]:
    """The named objects of a document, and all that stand in them, by name."""
    schemas: Mapping[str, Any] = found.get("components", {}).get("schemas", {})
    wanted: dict[str, Structure] = {}
    waiting = list(named)
    while waiting:
        name = waiting.pop()
        if name in wanted or name not in schemas:
            continue
        wanted[name] = Structure(name, _fields(schemas[name]))
        waiting += _names_in(schemas[name])
    return sorted(wanted.values(), key=lambda each: each.name)


def _names_in(schema: Any) -> Iterator[str]:
    """Every structure that a schema speaks of, wherever in it."""
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix(SCHEMAS)
            yield from _names_in(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _names_in(value)


def _operations(found: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in sorted(found["paths"].items()):
        for method, each in item.items():
            answers = [code for code in each["responses"] if code != "default"]
            yield Operation(
                method=method.upper(),
                path=path,
                summary=each["summary"],
                note=each.get("description", ""),
                parameters=[_parameter(parameter) for parameter in each["parameters"]],
                body=_content(each.get("requestBody", {})),
                answer=_content(each["responses"][answers[0]]) if answers else None,
            )


def _content(holder: Mapping[str, Any]) -> str | None:
    schema = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return _name(schema)


def _name(schema: Mapping[str, Any]) -> str | None:
    """The structure that a schema stands for, alone or in a list."""
    ref: str = schema.get("$ref") or schema.get("items", {}).get("$ref") or ""
    for choice in schema.get("allOf", ()) or schema.get("anyOf", ()):
        ref = ref or choice.get("$ref", "")
    return ref.removeprefix(SCHEMAS) or None


def _parameter(parameter: Mapping[str, Any]) -> Field:
    place = {"path": str(_("地址")), "query": str(_("查询"))}.get(parameter["in"], parameter["in"])
    required = bool(parameter.get("required"))
    return _field(parameter["name"], parameter["schema"], place=place, required=required)


def _fields(schema: Mapping[str, Any]) -> list[Field]:
    needed = set(schema.get("required", ()))
    return [
        _field(name, inner, place="", required=name in needed)
        for name, inner in schema.get("properties", {}).items()
    ]


def _field(name: str, schema: Mapping[str, Any], *, place: str, required: bool) -> Field:
    inner = schema.get("items", {})
    return Field(
        name=name,
        place=place,
        type=_type(schema),
        schema=_name(schema),
        required=required,
        values=[str(v) for v in schema.get("enum") or inner.get("enum") or () if v is not None],
        is_list=schema.get("type") == "array",
    )


def _type(schema: Mapping[str, Any]) -> Text | str:
    """The type in words; a type or nothing is said as the type."""
    kind = schema.get("type", "object" if _name(schema) else "")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "")
    words: Mapping[str, Text] = {
        "string": _("文字"),
        "integer": _("整数"),
        "number": _("数字"),
        "boolean": _("是或否"),
        "object": _("对象"),
    }
    if kind == "array":
        return _("列表：%(item)s", item=_type(schema.get("items", {})))
    if schema.get("format") in ("date", "date-time"):
        return _("日期") if schema["format"] == "date" else _("时刻")
    return words.get(kind, kind or _("任意"))
