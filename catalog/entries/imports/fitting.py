"""A quick yes for documents that the schema would take unchanged; made from the schema itself.

An import has hundreds of documents a second, nearly all of them in order already: for those the
answer of the schema is known without its machinery. Whatever is in doubt goes through it.
"""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields

from catalog.entries.document import DOCUMENT
from portal.kernel.schemas import load

Check = Callable[[Any], bool]
_LONGEST_KNOWN = 60
_MOST_KNOWN = 2000


def checked(document: dict[str, Any]) -> dict[str, Any]:
    """The document as the schema gives it; raises Invalid as the schema does."""
    return document if _fits_document(document) else load(DOCUMENT, document)


def fits(schema: Schema) -> Check:
    """Whether a value passes the schema and comes out as it went in."""
    known = {name: _fits_field(field) for name, field in schema.fields.items()}
    required = tuple(name for name, field in schema.fields.items() if field.required)

    def check(value: Any) -> bool:
        if type(value) is not dict or not value:
            return False
        for name in required:
            if name not in value:
                return False
        for name, inner in value.items():
            fitting = known.get(name)
            if fitting is None or not fitting(inner):
                return False
        return True

    return check


def _fits_field(field: fields.Field[Any]) -> Check:
    if isinstance(field, fields.List):
        return _list(field)
    if isinstance(field, fields.Nested):
        return fits(field.schema)
    if type(field) is fields.String:
        return _text(field)
    return _plain(field)


def _list(field: fields.List[Any]) -> Check:
    inner, validators = _fits_field(field.inner), tuple(field.validators)

    def check(value: Any) -> bool:
        if type(value) is not list or not value:
            return False
        for each in value:
            if not inner(each):
                return False
        return _valid(value, validators)

    return check


def _text(field: fields.Field[Any]) -> Check:
    """Texts that passed are remembered: most come again and again, such as names and types."""
    validators = tuple(field.validators)
    passed: set[str] = set()

    def check(value: Any) -> bool:
        if type(value) is not str:
            return False
        if value in passed:
            return True
        if not value or value != value.strip() or not _valid(value, validators):
            return False
        if len(value) <= _LONGEST_KNOWN and len(passed) < _MOST_KNOWN:
            passed.add(value)
        return True

    return check


def _plain(field: fields.Field[Any]) -> Check:
    kind = _KINDS.get(type(field))
    validators = tuple(field.validators)

    def check(value: Any) -> bool:
        return type(value) is kind and _valid(value, validators)

    return check


_KINDS: dict[type[fields.Field[Any]], type] = {
    fields.Integer: int,
    fields.Float: float,
    fields.Boolean: bool,
}


def _valid(value: Any, validators: tuple[Callable[[Any], Any], ...]) -> bool:
    try:
        for validator in validators:
            validator(value)
    except ValidationError:
        return False
    return True


_fits_document = fits(DOCUMENT)
