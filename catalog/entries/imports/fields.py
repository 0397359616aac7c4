"""The fields a column can be mapped to: how a cell is read, and where what it gives goes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports import vocabulary_values as words
from catalog.entries.imports.normalise import codes, dates, numbers, resources, topics
from catalog.entries.imports.normalise.readings import NOT_STATED, Reading, as_text
from portal.kernel.text import _

Reader = Callable[[Any, str], Reading]
ENTRY, ITEM, RESOURCE, VOLUME, ROW = "entry", "item", "resource", "volume", "row"
_LONGEST_LINE = 100_000
ONE, MANY, LATEST, SUM = "one", "many", "latest", "sum"


@dataclass(frozen=True, slots=True)
class Field:
    """One target of a mapping.

    `part`: entry, item, resource, volume, or row (used to assemble, not kept as it is);
    `holds`: one value, many values, or the latest of several; `coded`: shown in the list of
    normalised values.
    """

    name: str
    read: Reader
    part: str = ENTRY
    holds: str = ONE
    coded: bool = False

    @property
    def key(self) -> str:
        """The key inside its part of the document."""
        return self.name.partition(".")[2] or self.name


def read_text(raw: Any, _label: str = "", *, most: int = 2000) -> Reading:
    """A text as it is; one that is too long is cut and reported."""
    text = as_text(raw)
    return NOT_STATED if vocabulary.is_blank(text) else _cut(text, most)


def _cut(text: str, most: int) -> Reading:
    if len(text) <= most:
        return Reading(text)
    reason = _("超过 %(most)s 个字，已截短。请改短后重新导入。", most=most)
    return Reading(text[:most].rstrip(), reason=reason)


def read_line(raw: Any, _label: str = "", *, most: int = 200) -> Reading:
    """A text on one line."""
    text = as_text(raw)
    if vocabulary.is_blank(text):
        return NOT_STATED
    return read_text(" ".join(text[:_LONGEST_LINE].split()), most=most)


_line = partial(read_line, most=500)


def _all() -> tuple[Field, ...]:
    return (
        *_entry_fields(),
        *_coded_fields(),
        *_item_fields(),
        *_resource_fields(),
        *_row_fields(),
    )


def _entry_fields() -> tuple[Field, ...]:
    return (
        Field("title", read_line),
        Field("abstract", partial(read_text, most=2500)),
        Field("category", topics.read_category, holds=MANY),
        Field("provider_office", read_line),
        Field("format_details", resources.read_format_details, holds=MANY),
        Field("format_note", _line),
        Field("share_condition", codes.read_share_condition),
        Field("share_basis", partial(read_text, most=1000)),
        Field("open_condition", codes.read_open_condition),
        Field("open_basis", partial(read_text, most=1000)),
        Field("update_cycle_note", _line),
        Field("data_updated_at", dates.read_moment, holds=LATEST),
        Field("issued_on", dates.read_day),
        Field("related", topics.names_reader(longest=50, most=100), holds=MANY),
        Field("tags", topics.read_tags, holds=MANY),
        Field("period", dates.read_period),
        Field("period_from", dates.read_period_start),
        Field("period_to", dates.read_period_end),
        Field("source_system", read_line),
        Field("matters", topics.names_reader(longest=200, most=50), holds=MANY),
        Field("authorised_operation", numbers.read_boolean),
        Field("is_certificate", numbers.read_boolean),
        Field("contact_phone", topics.read_contact, holds=MANY),
        Field("contact_email", topics.read_contact, holds=MANY),
        Field("source_code", read_line),
        Field("source_key", read_line),
        Field("source_url", partial(read_line, most=2000)),
        *(
            Field(f"volume.{key}", numbers.read_gigabytes, part=VOLUME)
            for key in ("storage_gb", "shared_storage_gb", "open_storage_gb")
        ),
        *(
            Field(f"volume.{key}", numbers.read_ten_thousands, part=VOLUME)
            for key in ("records_10k", "shared_records_10k", "open_records_10k")
        ),
    )


def _coded_fields() -> tuple[Field, ...]:
    one: tuple[tuple[str, Reader], ...] = (
        ("format_class", codes.read_format_class),
        ("share_type", codes.read_share_type),
        ("share_basis_level", codes.read_basis_level),
        ("share_mode", codes.read_share_mode),
        ("open_type", codes.read_open_type),
        ("open_access", codes.read_open_access),
        ("open_basis_level", codes.read_basis_level),
        ("security_level", codes.read_security_level),
        ("update_cycle", codes.read_update_cycle),
        ("scope", codes.read_scope),
        ("collection", codes.read_collection),
    )
    many: tuple[tuple[str, Reader], ...] = (
        ("share_mode_types", codes.read_share_mode_types),
        ("themes", topics.read_themes),
        ("industries", topics.read_industries),
        ("subjects", codes.read_subjects),
        ("scenes", codes.read_scenes),
    )
    return (
        *(Field(name, reader, coded=True) for name, reader in one),
        *(Field(name, reader, holds=MANY, coded=True) for name, reader in many),
    )


def _item_fields() -> tuple[Field, ...]:
    plain: dict[str, Reader] = {
        "name": read_line,
        "field": partial(read_line, most=128),
        "table_name": read_line,
        "length": numbers.read_length,
        "range": partial(read_line, most=1000),
        "masking": _line,
        "note": partial(read_line, most=1000),
    }
    flags = ("sensitive", "incremental", "key", "own", "standardised")
    return (
        Field("items", resources.read_items, part=ROW, holds=MANY),
        *(Field(f"items.{key}", reader, part=ITEM) for key, reader in plain.items()),
        *(Field(f"items.{key}", numbers.read_boolean, part=ITEM) for key in flags),
        Field("items.type", codes.read_item_type, part=ITEM, coded=True),
        Field("items.share_type", codes.code_reader(words.SHARE_TYPE), part=ITEM, coded=True),
        Field("items.secret", read_line, part=ROW),
    )


def _resource_fields() -> tuple[Field, ...]:
    texts = ("name", "database", "schema", "table", "file_name", "auth")
    return (
        Field("resources", resources.read_resources, part=ROW, holds=MANY),
        Field("resources.format", resources.read_formats, part=ROW, holds=MANY, coded=True),
        Field("resources.kind", resources.read_kind, part=ROW, coded=True),
        Field("resources.files", numbers.read_count, part=ROW),
        Field("resources.apis", numbers.read_count, part=ROW),
        *(Field(f"resources.{key}", read_line, part=RESOURCE) for key in texts),
        Field("resources.encoding", partial(read_line, most=40), part=RESOURCE),
        Field("resources.method", partial(read_line, most=20), part=RESOURCE),
        Field("resources.description", partial(read_text, most=2500), part=RESOURCE),
        Field("resources.address", partial(read_line, most=2000), part=RESOURCE),
        Field("resources.rows", numbers.read_count, part=RESOURCE),
        Field("resources.size_bytes", numbers.read_bytes, part=RESOURCE),
        Field("resources.updated_at", dates.read_moment, part=RESOURCE),
        Field("resources.inputs", resources.parameters_reader(inputs=True), part=RESOURCE),
        Field("resources.outputs", resources.parameters_reader(inputs=False), part=RESOURCE),
    )


def _row_fields() -> tuple[Field, ...]:
    return (
        Field("unit", read_line, part=ROW),
        Field("unit_alias", read_line, part=ROW),
        Field("unit_code", read_line, part=ROW),
        Field("region_code", read_line, part=ROW),
        Field("providers", topics.names_reader(longest=200, most=50), part=ROW, holds=MANY),
        Field("code", read_line, part=ROW),
        Field("created_on", dates.read_day, part=ROW),
        Field("secret", read_line, part=ROW),
    )


FIELDS: dict[str, Field] = {field.name: field for field in _all()}
