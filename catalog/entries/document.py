"""The entry document: one marshmallow schema for forms, API, import and stored versions."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load

from catalog.entries import codelists as codes
from catalog.entries.rules import (
    FIRST_YEAR,
    LAST_YEAR,
    category_path,
    moment_of,
    readable,
)
from portal.kernel.codes import CodeList
from portal.kernel.schemas import PortalSchema, between, length, matches, one_of
from portal.kernel.text import _

ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MOMENT = r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?"
MOST_ITEMS, MOST_RESOURCES, MOST_LEVELS = 2000, 500, 26


def text(most: int, **options: Any) -> fields.String:
    """A text of bounded length; None means not stated."""
    return fields.String(allow_none=True, validate=length(most), **options)


def code(values: CodeList) -> fields.String:
    """A key of a code list."""
    return fields.String(
        allow_none=True, validate=one_of(values.values), metadata={"enum": list(values.values)}
    )


def code_set(values: CodeList) -> fields.List[Any]:
    """Several keys of a code list."""
    return fields.List(
        fields.String(validate=one_of(values.values), metadata={"enum": list(values.values)}),
        validate=length(len(values.values)),
    )


def moment() -> fields.String:
    """A day, or a moment with its zone, in ISO form."""
    return fields.String(
        allow_none=True,
        validate=[matches(MOMENT, _("这一项应为日期，如 2022-11-08。")), _on_the_calendar],
    )


def _on_the_calendar(value: str) -> None:
    """No thirtieth of February, and no year with which nobody can reckon."""
    if moment_of(value) is None:
        raise ValidationError(
            [
                _(
                    "没有这个日期，或年份不在 %(first)s 到 %(last)s 年之间。",
                    first=FIRST_YEAR,
                    last=LAST_YEAR,
                )
            ]
        )


def identifier() -> fields.String:
    """An identifier of ours; the portal gives one where it is missing."""
    return fields.String(validate=matches(ID, _("编号的格式不对。")))


class ItemSchema(PortalSchema):
    """One information item (信息项) of an entry."""

    id = identifier()
    name = fields.String(required=True, validate=length(200, 1))
    field = text(128)
    table_name = text(200)
    type = code(codes.ITEM_TYPES)
    length = text(40)
    range = text(1000)
    sensitive = fields.Boolean(allow_none=True)
    masking = text(500)
    incremental = fields.Boolean(allow_none=True)
    key = fields.Boolean(allow_none=True)
    own = fields.Boolean(allow_none=True)
    standardised = fields.Boolean(allow_none=True)
    share_type = code(codes.SHARE_TYPES)
    note = text(1000)


class ParameterSchema(PortalSchema):
    """One parameter of an interface."""

    name = fields.String(required=True, validate=length(200, 1))
    position = text(40)
    type = text(40)
    required = fields.Boolean(allow_none=True)
    description = text(1000)


class ResourceSchema(PortalSchema):
    """One resource hung on an entry: a table, a file or an interface."""

    id = identifier()
    kind = fields.String(
        required=True,
        validate=one_of(codes.RESOURCE_KINDS.values),
        metadata={"enum": list(codes.RESOURCE_KINDS.values)},
    )
    name = fields.String(required=True, validate=length(200, 1))
    description = text(2500)
    format = text(40)
    address = text(2000)
    rows = fields.Integer(allow_none=True, validate=between(0, 10**15))
    size_bytes = fields.Integer(allow_none=True, validate=between(0, 10**18))
    updated_at = moment()
    database = text(200)
    schema = text(200)
    table = text(200)
    encoding = text(40)
    file_name = text(300)
    method = text(20)
    auth = text(200)
    inputs = fields.List(fields.Nested(ParameterSchema), validate=length(200))
    outputs = fields.List(fields.Nested(ParameterSchema), validate=length(500))


class VolumeSchema(PortalSchema):
    """The six volume figures of the official form: GB, and ten thousand records."""

    storage_gb = fields.Float(allow_none=True, validate=between(0, 10**12))
    records_10k = fields.Float(allow_none=True, validate=between(0, 10**12))
    shared_storage_gb = fields.Float(allow_none=True, validate=between(0, 10**12))
    shared_records_10k = fields.Float(allow_none=True, validate=between(0, 10**12))
    open_storage_gb = fields.Float(allow_none=True, validate=between(0, 10**12))
    open_records_10k = fields.Float(allow_none=True, validate=between(0, 10**12))


class EntryDocument(PortalSchema):
    """The whole metadata of one entry, as a version keeps it."""

    title = fields.String(required=True, validate=length(200, 1))
    abstract = text(2500)
    category = fields.List(fields.String(validate=length(200, 1)), validate=length(MOST_LEVELS))
    provider_office = text(200)
    providers = fields.List(identifier(), validate=length(50))
    format_class = code(codes.FORMAT_CLASSES)
    format_details = fields.List(fields.String(validate=length(40, 1)), validate=length(30))
    format_note = text(500)
    share_type = code(codes.SHARE_TYPES)
    share_condition = text(500)
    share_basis = text(1000)
    share_basis_level = code(codes.BASIS_LEVELS)
    share_mode = code(codes.SHARE_MODES)
    share_mode_types = code_set(codes.SHARE_MODE_TYPES)
    open_type = code(codes.OPEN_TYPES)
    open_access = code(codes.OPEN_ACCESS)
    open_condition = text(1000)
    open_basis = text(1000)
    open_basis_level = code(codes.BASIS_LEVELS)
    security_level = code(codes.SECURITY_LEVELS)
    update_cycle = code(codes.UPDATE_CYCLES)
    update_cycle_note = text(500)
    data_updated_at = moment()
    issued_on = moment()
    related = fields.List(fields.String(validate=length(50, 1)), validate=length(100))
    themes = code_set(codes.THEMES)
    industries = code_set(codes.INDUSTRIES)
    tags = fields.List(fields.String(validate=length(100, 1)), validate=length(300))
    subjects = code_set(codes.SUBJECTS)
    scope = code(codes.SCOPES)
    scenes = code_set(codes.SCENES)
    period_from = moment()
    period_to = moment()
    collection = code(codes.COLLECTIONS)
    source_system = text(200)
    matters = fields.List(fields.String(validate=length(200, 1)), validate=length(50))
    authorised_operation = fields.Boolean(allow_none=True)
    is_certificate = fields.Boolean(allow_none=True)
    contact_phone = text(60)
    contact_email = text(120)
    source_code = text(200)
    source_key = text(200)
    source_url = text(2000)
    source_topics = fields.List(fields.String(validate=length(100, 1)), validate=length(50))
    volume = fields.Nested(VolumeSchema, allow_none=True)
    items = fields.List(fields.Nested(ItemSchema), validate=length(MOST_ITEMS))
    resources = fields.List(fields.Nested(ResourceSchema), validate=length(MOST_RESOURCES))

    @pre_load
    def _strip(self, data: Any, **_options: Any) -> Any:
        """Blanks around texts and control characters mean nothing; an empty text is none."""
        return _stripped(data)

    @post_load
    def _tidy(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        tidied: dict[str, Any] = tidy(data)
        if "category" in tidied:
            tidied["category"] = category_path(tidied["category"])
        return tidied


def tidy(value: Any) -> Any:
    """Without what is not stated: None, empty texts, empty lists and objects fall away."""
    if isinstance(value, dict):
        cleaned = ((key, tidy(item)) for key, item in value.items())
        return {key: item for key, item in cleaned if item not in (None, "", [], {})}
    if isinstance(value, list):
        return [tidy(item) for item in value]
    return value


def _stripped(value: Any) -> Any:
    if isinstance(value, str):
        return readable(value).strip() or None
    if isinstance(value, dict):
        return {key: _stripped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [item for item in map(_stripped, value) if item is not None]
    return value


DOCUMENT = EntryDocument()
