"""Schemas: unknown fields are errors, every message is a sentence, paths are flat."""

from typing import Any

import pytest
from marshmallow import fields, validates_schema

from portal.kernel import schemas
from portal.kernel.errors import Invalid
from portal.kernel.schemas import PortalSchema, between, length, matches, one_of
from portal.kernel.text import Text, _


class Item(PortalSchema):
    name = fields.String(required=True, validate=length(5, 1))
    size = fields.Integer(validate=between(1, 9))


class Form(PortalSchema):
    title = fields.String(required=True, validate=[length(10)])
    kind = fields.String(validate=one_of({"a", "b"}), allow_none=True)
    code = fields.String(validate=matches(r"\d{3}", _("编码应为三位数字。")))
    on = fields.Date()
    items = fields.List(fields.Nested(Item))

    @validates_schema
    def not_both(self, data: dict[str, Any], **_rest: object) -> None:
        if data.get("kind") == "a" and data.get("code") == "999":
            raise schemas.ValidationError([_("二者不能同时使用。")])


def problems(data: Any, *, partial: bool = False) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        schemas.load(Form(), data, partial=partial)
    found = caught.value.fields
    assert all(isinstance(text, Text) for texts in found.values() for text in texts)
    return {path: [str(text) for text in texts] for path, texts in found.items()}


def test_what_is_right_is_loaded() -> None:
    data = {"title": "甲", "kind": None, "items": [{"name": "x", "size": 3}]}
    assert schemas.load(Form(), data) == data
    assert schemas.load(Form(), {"kind": "a"}, partial=True) == {"kind": "a"}


def test_every_wrong_field_is_named_by_its_path() -> None:
    found = problems(
        {
            "title": "长" * 11,
            "kind": "c",
            "code": "12",
            "on": "yesterday",
            "colour": "red",
            "items": [{"name": "x"}, {"size": "many"}, {"name": "", "size": 10}, 7],
        }
    )
    assert found == {
        "title": ["最多 10 个，现为 11 个。"],
        "kind": ["“c”不在可选范围内。"],
        "code": ["编码应为三位数字。"],
        "on": ["这一项应为日期，如 2022-11-08。"],
        "colour": ["没有这一项。"],
        "items.1.name": ["这一项必须填写。"],
        "items.1.size": ["这一项应为整数。"],
        "items.2.name": ["这一项必须填写。"],
        "items.2.size": ["应在 1 到 9 之间。"],
        "items.3": ["内容的结构不对。"],
    }


def test_what_concerns_the_whole_stands_apart() -> None:
    assert problems({"title": "甲", "kind": "a", "code": "999"}) == {"_": ["二者不能同时使用。"]}
    assert problems([]) == {"_": ["内容的结构不对。"]}


def test_the_error_says_how_many_places() -> None:
    with pytest.raises(Invalid, match="有 2 处"):
        schemas.load(Form(), {"code": "1"})


def test_a_message_that_is_not_ours_is_kept_as_it_is() -> None:
    assert [str(t) for t in schemas.invalid({"a": "plain"}).fields["a"]] == ["plain"]


def test_what_no_database_keeps_is_taken_out_of_all_texts() -> None:
    found = schemas.load(Form(), {"title": "水\0质", "items": [{"name": "甲\udc00"}]})
    assert (found["title"], found["items"][0]["name"]) == ("水质", "甲")


def test_what_is_nested_without_end_is_refused() -> None:
    deep: Any = "x"
    for _number in range(5_000):
        deep = [deep]
    with pytest.raises(Invalid):
        schemas.load(Form(), {"title": deep})
