"""The fields of an entry as people meet them: one table for form, page, difference and help."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.entries import codelists as codes
from portal.kernel.codes import CodeList
from portal.kernel.text import Text, _


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `kind` is text, long, code, codes, list, lines, path, date, number or flag.

    Two kinds are filled in by rows: `units` holds ids of units, which people write by name, and
    `parameters` holds the parameters of an interface.
    """

    name: str
    label: Text
    kind: str = "text"
    codes: CodeList | None = None
    hint: Text | None = None
    required: bool = False
    width: str = ""

    @property
    def is_wide(self) -> bool:
        """Whether the control takes the whole width of the form."""
        return self.kind in ("long", "lines", "path", "list", "codes") or (
            not self.width and self.kind == "text"
        )

    def options(self, value: str | Sequence[str] | None = None) -> list[tuple[str, Text | str]]:
        """The keys with their labels; a value that is no key of the list stays among them."""
        known = dict(self.codes.values) if self.codes else {}
        values = [value] if isinstance(value, str) else value or ()
        return [*known.items(), *((key, key) for key in values if key and key not in known)]

    def shows(self, value: str) -> bool:
        """Whether a browser's own control of this kind can show the value; others are typed."""
        pattern = _BROWSER.get(self.kind)
        return not value or pattern is None or pattern.fullmatch(value) is not None


_BROWSER: Mapping[str, re.Pattern[str]] = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "number": re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the form; `rows` are the fields with a row for each value.

    The words of `rows` are not in the document alone, so whoever shows a section looks them up.
    """

    key: str
    label: Text
    fields: tuple[Field, ...]
    rows: tuple[Field, ...] = ()

    @property
    def is_optional(self) -> bool:
        """Whether none of its fields has to be filled in."""
        return not any(field.required for field in (*self.fields, *self.rows))


PROVIDERS = Field(
    "providers",
    _("其他提供单位"),
    "units",
    hint=_("与本单位共同提供数据的单位。输入几个字，从列表里选；也可以填统一社会信用代码。"),
)
SECTIONS = (
    Section(
        "basic",
        _("基本信息"),
        (
            Field(
                "title",
                _("信息资源名称"),
                hint=_("写内容，不写单位名，如“供水管网水质监测信息”。"),
                required=True,
            ),
            Field(
                "abstract",
                _("信息资源摘要"),
                "long",
                hint=_("一到三句话：是什么数据，从哪里来，到哪一级，能用来做什么。"),
                required=True,
            ),
            Field(
                "category",
                _("信息资源分类"),
                "path",
                hint=_(
                    "输入几个字，从现有分类里选；也可以从类到细目写下来，各级用“/”分开，"
                    "如：主题信息资源/城乡建设/园林绿化。"
                ),
            ),
            Field("provider_office", _("提供方内部部门"), width="m"),
            Field("tags", _("标签"), "list", hint=_("用顿号或逗号分开，最多 300 个。")),
            Field("themes", _("主题领域"), "codes", codes.THEMES),
            Field("industries", _("所属行业"), "codes", codes.INDUSTRIES),
            Field("subjects", _("基础信息分类"), "codes", codes.SUBJECTS),
            Field("scope", _("数据范围"), "code", codes.SCOPES),
            Field("scenes", _("应用场景分类"), "codes", codes.SCENES),
            Field("related", _("关联资源代码"), "list", hint=_("相关目录的代码，用逗号分开。")),
        ),
        rows=(PROVIDERS,),
    ),
    Section(
        "format",
        _("格式与数据量"),
        (
            Field("format_class", _("信息资源格式分类"), "code", codes.FORMAT_CLASSES),
            Field(
                "format_details",
                _("信息资源格式类型"),
                "list",
                hint=_("如 xlsx、csv、mysql，用逗号分开。"),
            ),
            Field("format_note", _("其他类型资源格式描述"), "long"),
            Field("volume.storage_gb", _("数据存储总量（GB）"), "number", width="s"),
            Field("volume.records_10k", _("结构化信息记录总数（万条）"), "number", width="s"),
            Field("volume.shared_storage_gb", _("已共享的数据存储量（GB）"), "number", width="s"),
            Field(
                "volume.shared_records_10k", _("已共享的结构化记录数（万条）"), "number", width="s"
            ),
            Field("volume.open_storage_gb", _("已开放的数据存储量（GB）"), "number", width="s"),
            Field(
                "volume.open_records_10k", _("已开放的结构化记录数（万条）"), "number", width="s"
            ),
        ),
    ),
    Section(
        "share",
        _("共享属性"),
        (
            Field("share_type", _("共享类型"), "code", codes.SHARE_TYPES),
            Field(
                "share_condition",
                _("共享条件"),
                "long",
                hint=_("有条件共享时填写使用要求，不得擅自增设条件。"),
            ),
            Field(
                "share_basis",
                _("共享依据"),
                "long",
                hint=_("有条件或不予共享时，写明法律、法规、规章的名称和条款。"),
            ),
            Field("share_basis_level", _("共享依据层级"), "code", codes.BASIS_LEVELS),
            Field("share_mode", _("共享方式"), "code", codes.SHARE_MODES),
            Field("share_mode_types", _("共享方式类型"), "codes", codes.SHARE_MODE_TYPES),
        ),
    ),
    Section(
        "open",
        _("开放属性"),
        (
            Field("open_type", _("开放类型"), "code", codes.OPEN_TYPES),
            Field("open_access", _("获取方式"), "code", codes.OPEN_ACCESS),
            Field("open_condition", _("开放条件"), "long"),
            Field("open_basis", _("开放依据"), "long"),
            Field("open_basis_level", _("开放依据层级"), "code", codes.BASIS_LEVELS),
            Field("security_level", _("安全等级"), "code", codes.SECURITY_LEVELS),
            Field("authorised_operation", _("是否可授权运营"), "flag"),
            Field("is_certificate", _("是否电子证明"), "flag"),
        ),
    ),
    Section(
        "time",
        _("更新与来源"),
        (
            Field("update_cycle", _("更新周期"), "code", codes.UPDATE_CYCLES),
            Field(
                "update_cycle_note", _("更新周期说明"), hint=_("选“其他”时必须说明。"), width="m"
            ),
            Field(
                "data_updated_at",
                _("数据最近更新"),
                "date",
                hint=_("数据本身最近一次更新的日期；不知道就留空。"),
            ),
            Field("issued_on", _("发布日期"), "date"),
            Field("period_from", _("数据时间范围起"), "date"),
            Field("period_to", _("数据时间范围止"), "date"),
            Field("collection", _("归集机制"), "code", codes.COLLECTIONS),
            Field("source_system", _("来源系统"), width="m"),
            Field("matters", _("所属事项"), "lines", hint=_("每行一个事项。")),
            Field("contact_phone", _("联系电话"), width="m"),
            Field("contact_email", _("联系邮箱"), width="m"),
            Field("source_code", _("来源代码"), width="m"),
            Field("source_key", _("来源目录编号"), width="m"),
            Field("source_url", _("来源网址")),
            Field(
                "source_topics",
                _("来源主题"),
                "lines",
                hint=_("来源文件自己的主题和行业，每行一个；检索时按这些词也能找到。"),
            ),
        ),
    ),
)
ITEM_FIELDS = (
    Field("name", _("信息项名称"), required=True),
    Field("field", _("字段名")),
    Field("type", _("数据类型"), "code", codes.ITEM_TYPES),
    Field("length", _("长度"), width="s"),
    Field("range", _("数据值域")),
    Field("table_name", _("业务表")),
    Field("share_type", _("共享类型"), "code", codes.SHARE_TYPES),
    Field("sensitive", _("敏感"), "flag"),
    Field("masking", _("脱敏规则")),
    Field("key", _("主键"), "flag"),
    Field("incremental", _("增量"), "flag"),
    Field("own", _("本部门产生"), "flag"),
    Field("standardised", _("已标准化"), "flag"),
    Field("note", _("备注")),
)
PARAMETER_FIELDS = (
    Field("name", _("参数名"), required=True),
    Field("position", _("位置"), width="s"),
    Field("type", _("数据类型"), width="s"),
    Field("required", _("必填"), "flag"),
    Field("description", _("说明")),
)
RESOURCE_FIELDS = (
    Field("kind", _("资源类型"), "code", codes.RESOURCE_KINDS, required=True),
    Field("name", _("资源名称"), required=True),
    Field("format", _("格式"), width="s"),
    Field("address", _("地址")),
    Field("description", _("说明")),
    Field("rows", _("记录数"), "number", width="s"),
    Field("size_bytes", _("大小（字节）"), "number", width="s"),
    Field("updated_at", _("更新日期"), "date"),
    Field("database", _("数据库")),
    Field("schema", _("模式")),
    Field("table", _("表名")),
    Field("encoding", _("编码"), width="s"),
    Field("file_name", _("文件名")),
    Field("method", _("请求方式"), width="s"),
    Field("auth", _("鉴权方式")),
    Field("inputs", _("输入参数"), "parameters"),
    Field("outputs", _("输出参数"), "parameters"),
)
# What a row of the form shows at once; the rest stands behind 更多.
FIRST_FIELDS: Mapping[str, tuple[str, ...]] = {
    "items": ("name", "field", "type", "length"),
    "resources": ("kind", "name", "format", "address"),
}
BY_NAME: Mapping[str, Field] = {
    f.name: f for section in SECTIONS for f in (*section.fields, *section.rows)
}
PART_LABELS: Mapping[str, Text] = {"items": _("信息项"), "resources": _("数据资源")}
PART_FIELDS: Mapping[str, tuple[Field, ...]] = {"items": ITEM_FIELDS, "resources": RESOURCE_FIELDS}


def label_of(path: str) -> Text | str:
    """The label of a field by its path: `volume.storage_gb`, `items.3.masking`, `providers.0`."""
    if path in BY_NAME:
        return BY_NAME[path].label
    head, _dot, rest = path.partition(".")
    if head in BY_NAME:
        return _row_label(BY_NAME[head].label, rest, ())
    if head not in PART_LABELS:
        return path
    return _row_label(PART_LABELS[head], rest, PART_FIELDS[head])


def _row_label(whole: Text | str, rest: str, fields: Sequence[Field]) -> Text:
    """`rest` begins with the number of a row, then goes on to its field, and so on inward."""
    number, _dot, inner = rest.partition(".")
    place = int(number) + 1 if number.isdigit() else number
    name, _dot, deeper = inner.partition(".")
    field = next((f for f in fields if f.name == name), None)
    if field is None:
        return _("%(part)s第 %(n)s 行", part=whole, n=place)
    told = _("%(part)s第 %(n)s 行“%(field)s”", part=whole, n=place, field=field.label)
    return _row_label(told, deeper, PARAMETER_FIELDS) if deeper else told
