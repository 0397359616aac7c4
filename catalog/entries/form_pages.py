"""What the entry form and its stale-edit page show, as plain values."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.entries import forms
from catalog.entries.fields import (
    BY_NAME,
    FIRST_FIELDS,
    PART_FIELDS,
    PART_LABELS,
    SECTIONS,
    Field,
    label_of,
)
from catalog.entries.merging import THEIRS, Merge
from catalog.entries.rules import advice, objections
from portal.kernel.text import Text, _

Errors = Mapping[str, Sequence[Text]]
SHOWN_BASE = 100_000  # a longer document is not sent along; every difference is asked then


def form_values(
    document: Mapping[str, Any], *, errors: Errors, added: str | None = None
) -> dict[str, Any]:
    """The fields and rows with what stands in them; `added`: the part with a blank row."""
    placed = at_fields(errors)
    rows = {
        part: forms.rows_of(
            document, part, blank=1 if added == part or not document.get(part) else 0
        )
        for part in PART_FIELDS
    }
    return {
        "sections": SECTIONS,
        "values": forms.values_of(document),
        "rows": rows,
        "first_fields": {part: _first(part) for part in PART_FIELDS},
        "more_fields": {part: _more(part) for part in PART_FIELDS},
        "part_labels": PART_LABELS,
        "blank": {f.name: "" for fields in PART_FIELDS.values() for f in fields},
        "errors": placed,
        "labels": {path: label_of(path) for path in placed},
        "contents": contents(document, placed),
        "objections": objections(document) if document else [],
        "advice": advice(document) if document else [],
    }


def at_fields(errors: Errors) -> dict[str, list[Text]]:
    """Errors at the controls that the form has: one of a list stands at the list's own."""
    found: dict[str, list[Text]] = {}
    for path, sentences in errors.items():
        head = path.partition(".")[0]
        field = BY_NAME.get(head)
        found.setdefault(head if field is not None and field.name != path else path, []).extend(
            sentences
        )
    return found


def contents(document: Mapping[str, Any], errors: Errors) -> list[dict[str, Any]]:
    """The sections of the form with their state: errors, filled in, optional."""
    values = forms.values_of(document)
    found = [
        _content(
            section.label,
            section.key,
            wrong=sum(f.name in errors for f in section.fields),
            note=_("已填") if any(values[f.name] for f in section.fields) else _("未填"),
        )
        for section in SECTIONS
    ]
    for part, label in PART_LABELS.items():
        wrong = sum(path.partition(".")[0] == part for path in errors)
        note = str(len(document.get(part) or ()))
        found.append(_content(label, part, wrong=wrong, note=note))
    return found


def conflict_values(merged: Merge) -> dict[str, Any]:
    """The choices and what was merged, with the whole merged document in hidden fields."""
    document = merged.document
    rows = [
        {
            "key": clash.key,
            "label": clash.label,
            "before": clash.before,
            "theirs": [("ins", clash.theirs)] if clash.theirs else None,
            "mine": [("ins", clash.mine)] if clash.mine else None,
            "keep": "mine",
        }
        for clash in merged.clashes
    ]
    taken = [
        (t.label, _("采用对方的") if t.side == THEIRS else _("采用您的"), t.words or _("已删除"))
        for t in merged.taken
    ]
    return {
        "choice_rows": rows,
        "taken": taken,
        "sections": SECTIONS,
        "values": forms.values_of(document),
        "rows": {part: forms.rows_of(document, part) for part in PART_FIELDS},
        "part_fields": PART_FIELDS,
    }


def _content(label: Text, key: str, *, wrong: int, note: Text | str) -> dict[str, Any]:
    said = _("%(n)s 处错误", n=wrong) if wrong else note
    return {"label": label, "href": f"#s-{key}", "bad": bool(wrong), "note": said}


def _first(part: str) -> list[Field]:
    by_name = {f.name: f for f in PART_FIELDS[part]}
    return [by_name[name] for name in FIRST_FIELDS[part]]


def _more(part: str) -> list[Field]:
    return [f for f in PART_FIELDS[part] if f.name not in FIRST_FIELDS[part]]
