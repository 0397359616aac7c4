"""The JSON API: reading input by schema, answering, and the OpenAPI document made from both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response, current_app, request
from marshmallow import Schema

from portal.kernel.errors import Invalid
from portal.kernel.schemas import load
from portal.kernel.text import Text, _
from portal.web.access import access_of

View = TypeVar("View", bound=Callable[..., Any])
PREFIX = "/api/v1"
_TYPES = {
    "IdConverter": {"type": "string", "format": "uuid"},
    "NumberConverter": {"type": "integer"},
}


@dataclass(frozen=True, slots=True)
class Description:
    """What an API view takes and gives."""

    summary: Text
    answer: Schema | None
    query: Schema | None
    body: Schema | None
    status: int


def describes(
    summary: Text,
    *,
    answer: Schema | None = None,
    query: Schema | None = None,
    body: Schema | None = None,
    status: int = 200,
) -> Callable[[View], View]:
    """Declares an API view for the OpenAPI document; stands under the access line."""

    def mark(view: View) -> View:
        view.__api__ = Description(summary, answer, query, body, status)  # type: ignore[attr-defined]
        return view

    return mark


def read_query(schema: Schema) -> dict[str, Any]:
    """The query of the request; a name given several times is a list."""
    raw: dict[str, Any] = {}
    for name, values in request.args.lists():
        field = schema.fields.get(name)
        many = field is not None and hasattr(field, "inner")
        raw[name] = values if many else values[-1]
    try:
        return load(schema, raw)
    except Invalid as error:  # nothing was to be saved
        sentence = _("地址里有 %(n)s 个参数不对。请按接口说明改正。", n=len(error.fields))
        raise Invalid(sentence, fields=error.fields) from error


def read_body(schema: Schema) -> dict[str, Any]:
    """The JSON body of the request, checked; raises Invalid."""
    if not request.is_json:
        raise Invalid(_("请求的内容应为 JSON。请设置 Content-Type: application/json。"))
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # nested deeper than any document
        body = None
    if not isinstance(body, dict):
        raise Invalid(_("请求的内容不是一个 JSON 对象。请核对格式和编码。"))
    return load(schema, body)


def answer(value: Any, status: int = 200) -> Response:
    """A value as JSON, Chinese as it is."""
    text = current_app.json.dumps(value)
    return Response(text, status, mimetype="application/json")


def raw_json(text: str, status: int = 200) -> Response:
    """JSON that is written already."""
    return Response(text, status, mimetype="application/json")


def open_api(app: Flask, *, title: str, version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of every described view."""
    spec = APISpec(
        title=title, version=version, openapi_version="3.1.0", plugins=[MarshmallowPlugin()]
    )
    spec.components.schema("Problem", _PROBLEM)
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        described: Description | None = getattr(view, "__api__", None)
        if described is None:
            continue
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        operations = {m.lower(): _operation(view, described, rule, m) for m in methods}
        spec.path(path=_open_path(rule), operations=operations)
    document: dict[str, Any] = spec.to_dict()
    return document


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "rule": {"type": "string"},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "conflict": {"type": "object"},
    },
    "required": ["title", "status", "detail"],
}


def _open_path(rule: Any) -> str:
    return "".join(
        "{" + content + "}" if dynamic else content
        for dynamic, content in rule._trace  # noqa: SLF001
    ).removeprefix("|")


def _operation(view: Any, described: Description, rule: Any, method: str) -> dict[str, Any]:
    parameters: list[Any] = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(converter)}
        for name, converter in rule._converters.items()  # noqa: SLF001  werkzeug's only door
    ]
    if described.query is not None:
        parameters.append({"in": "query", "schema": described.query})
    access = access_of(view)
    operation: dict[str, Any] = {
        "operationId": f"{rule.endpoint.replace('.', '_')}_{method.lower()}",
        "summary": str(described.summary),
        "parameters": parameters,
        "responses": {str(described.status): _success(described), "default": _FAILURE},
    }
    if access is not None and access.kind != "open":
        operation["description"] = str(_("需要登录；写操作还需要请求头 X-CSRF-Token。"))
    if described.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": described.body}},
        }
    return operation


_FAILURE: Mapping[str, Any] = {
    "description": "RFC 9457 problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _success(described: Description) -> dict[str, Any]:
    if described.answer is None:
        return {"description": "OK"}
    return {"description": "OK", "content": {"application/json": {"schema": described.answer}}}


def _path_schema(converter: Any) -> dict[str, str]:
    return _TYPES.get(type(converter).__name__, {"type": "string"})
