"""What the targets of a mapping are called on pages."""

from collections.abc import Mapping
from typing import Any

from catalog.entries.differences import words
from catalog.entries.fields import BY_NAME, PART_FIELDS, label_of
from catalog.entries.imports.fields import FIELDS
from portal.kernel.sentence import plain
from portal.kernel.text import Text, _

_OWN: Mapping[str, Text] = {
    "unit": _("提供单位"),
    "unit_alias": _("提供单位的另一种写法"),
    "unit_code": _("统一社会信用代码"),
    "region_code": _("行政区划"),
    "providers": _("其他提供单位"),
    "code": _("信息资源代码"),
    "secret": _("涉密标记"),
    "created_on": _("创建日期（与发布日期一起推算更新时间）"),
    "period": _("数据时间范围"),
    "items": _("信息项（一格多项）"),
    "items.secret": _("信息项涉密标记"),
    "resources": _("资源（一格多个）"),
    "resources.format": _("资源格式"),
    "resources.kind": _("资源种类"),
    "resources.files": _("文件数"),
    "resources.apis": _("接口数"),
    "resources.inputs": _("接口的输入参数"),
    "resources.outputs": _("接口的输出参数"),
}
_PARTS: Mapping[str, Text] = {"items": _("信息项"), "resources": _("资源")}


def field_label(name: str) -> Text:
    """The words for one target."""
    if name in _OWN:
        return _OWN[name]
    part, _dot, key = name.partition(".")
    inner = next((f.label for f in PART_FIELDS.get(part, ()) if f.name == key), None)
    if inner is not None:
        return _("%(part)s：%(field)s", part=_PARTS[part], field=inner)
    found = label_of(name)
    return found if isinstance(found, Text) else plain(found)


def read_words(name: str, value: Any) -> str:
    """A value that a cell was read as, in the words of its field; empty where there are none."""
    if isinstance(value, Mapping):
        said = [read_words(key, inner) for key, inner in value.items() if key != "source_topics"]
        return "、".join(filter(None, said))
    part, _dot, key = name.partition(".")
    fields = PART_FIELDS.get(part, ())
    field = next((f for f in fields if f.name == key), None) if key else BY_NAME.get(name)
    if field is not None and field.codes is not None:
        return words(value, field)
    return "、".join(map(str, value)) if isinstance(value, list) else ""


def choices() -> list[tuple[str, Text]]:
    """All targets, as options of a select."""
    return [(name, field_label(name)) for name in FIELDS]


def confidence_words(confidence: float) -> tuple[str, Text]:
    """The kind of a light and its word."""
    if confidence >= 0.9:  # noqa: PLR2004
        return "ok", _("高")
    return ("due", _("中")) if confidence >= 0.6 else ("over", _("低"))  # noqa: PLR2004
