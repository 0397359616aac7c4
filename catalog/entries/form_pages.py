"""What the entry form and its stale-edit page show, as plain values."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.entries import forms
from catalog.entries.differences import compared
from catalog.entries.directory import UnitDirectory
from catalog.entries.fields import (
    BY_NAME,
    FIRST_FIELDS,
    PARAMETER_FIELDS,
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
_BY_ROWS = frozenset(field.name for section in SECTIONS for field in section.rows)
_ORDER: Mapping[str, int] = {
    name: place
    for place, name in enumerate(
        [
            *(f.name for section in SECTIONS for f in (*section.fields, *section.rows)),
            *PART_FIELDS,
        ]
    )
}
_INNER: Mapping[str, int] = {
    f.name: place
    for fields in (*PART_FIELDS.values(), PARAMETER_FIELDS)
    for place, f in enumerate(fields)
}
SHOWN_BASE = 100_000  # a longer document is not sent along; every difference is asked then


@dataclass(frozen=True, slots=True)
class Typed:
    """A document as the form holds it: what is wrong with it, and where a row more is asked for."""

    document: Mapping[str, Any]
    errors: Errors
    units: UnitDirectory
    added: str = ""

    @property
    def placed(self) -> dict[str, list[Text]]:
        """The errors at the controls that the form has, in its order, units in words."""
        found = at_fields(self.errors, self.document, self.units)
        return dict(sorted(found.items(), key=lambda pair: _place(pair[0])))


@dataclass(frozen=True, slots=True)
class PartFields:
    """The fields of a row: shown at once, behind 更多, and the lists inside with their fields."""

    first: Sequence[Field]
    more: Sequence[Field]
    inner: Sequence[Field]
    parameters: Sequence[Field] = PARAMETER_FIELDS


@dataclass(frozen=True, slots=True)
class FormRow:
    """An item or resource as the form shows it: its values, and which folds stand open."""

    values: Mapping[str, Any]
    stated: int = 0
    is_open: bool = False
    parameters: int = 0
    shows_parameters: bool = False


def form_values(typed: Typed) -> dict[str, Any]:
    """The fields and rows with what stands in them, and a blank row where one was asked for."""
    document, errors = typed.document, typed.placed
    values = forms.values_of(document, units=typed.units)
    for name in _BY_ROWS:
        values[name] = values[name] or [""]
    if typed.added in _BY_ROWS:
        values[typed.added].append("")
    return {
        "sections": SECTIONS,
        "values": values,
        "rows": {part: _rows(typed, part, errors) for part in PART_FIELDS},
        "part_fields": _PARTS,
        "part_labels": PART_LABELS,
        "blank": {part: FormRow(forms.rows_of({}, part, blank=1)[0]) for part in PART_FIELDS},
        "unit_options": typed.units.options,
        "added": typed.added,
        "errors": errors,
        "labels": {path: label_of(path) for path in errors},
        "contents": contents(document, errors),
        "objections": objections(document) if document else [],
        "advice": advice(document) if document else [],
    }


def at_fields(
    errors: Errors, document: Mapping[str, Any], units: UnitDirectory
) -> dict[str, list[Text]]:
    """Errors at the controls that the form has: one of a list stands at the list's own.

    A unit that nobody knows by the name typed is told as such, not as an id of the wrong form.
    """
    found: dict[str, list[Text]] = {}
    for path, sentences in errors.items():
        head, _dot, rest = path.partition(".")
        if head in _BY_ROWS and rest.isdigit():
            typed = document.get(head) or ()
            place = int(rest)
            if place < len(typed) and typed[place] not in units.labels:
                found[path] = [units.objection(str(typed[place]))]
                continue
        field = BY_NAME.get(head)
        in_a_list = field is not None and field.name != path and head not in _BY_ROWS
        hidden = path.endswith(".id")  # the row's own mark, which nobody types
        found.setdefault(head if in_a_list or hidden else path, []).extend(sentences)
    return found


def _place(path: str) -> tuple[int, list[int]]:
    """Where a field stands on the page: the whole form first, rows by their numbers."""
    head = path if path in _ORDER else path.partition(".")[0]
    steps = [int(step) if step.isdigit() else _INNER.get(step, 0) for step in path.split(".")[1:]]
    return _ORDER.get(head, -1), steps


def contents(document: Mapping[str, Any], errors: Errors) -> list[dict[str, Any]]:
    """The sections of the form with their state: errors, filled in, optional."""
    values = forms.values_of(document)
    wrong = Counter(path if path in BY_NAME else path.partition(".")[0] for path in errors)
    found = [
        _content(
            section.label,
            section.key,
            wrong=sum(wrong[f.name] for f in (*section.fields, *section.rows)),
            note=_("已填")
            if any(values[f.name] for f in (*section.fields, *section.rows))
            else _("未填"),
        )
        for section in SECTIONS
    ]
    for part, label in PART_LABELS.items():
        note = str(len(document.get(part) or ()))
        found.append(_content(label, part, wrong=wrong[part], note=note))
    return found


def conflict_values(merged: Merge) -> dict[str, Any]:
    """The choices and what was merged, with the whole merged document in hidden fields."""
    rows = [
        {
            "key": clash.key,
            "label": clash.label,
            "before": clash.before,
            "theirs": compared(clash.before, clash.theirs)[1],
            "mine": compared(clash.before, clash.mine)[1],
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
        "hidden": list(forms.sent_of(merged.document)),
    }


def _content(label: Text, key: str, *, wrong: int, note: Text | str) -> dict[str, Any]:
    said = _("%(n)s 处错误", n=wrong) if wrong else note
    return {"label": label, "href": f"#s-{key}", "bad": bool(wrong), "note": said}


def _rows(typed: Typed, part: str, errors: Errors) -> list[FormRow]:
    """The rows of a part, with a blank one where there is none, or where one was asked for."""
    blank = typed.added == part or not typed.document.get(part)
    rows = forms.rows_of(typed.document, part, blank=int(blank))
    where, number, name = (*typed.added.split("."), "", "")[:3]
    if where == part and number.isdigit() and int(number) < len(rows):
        inner = rows[int(number)].get(name)
        if isinstance(inner, list):
            inner.append({f.name: "" for f in PARAMETER_FIELDS})
    return [_row(part, place, row, {*errors, typed.added}) for place, row in enumerate(rows)]


def _row(part: str, place: int, row: Mapping[str, Any], busy: Collection[str]) -> FormRow:
    """`busy`: the paths that need to be seen, for an error or a row that was asked for."""
    fields, start = _PARTS[part], f"{part}.{place}."
    inside = {path.removeprefix(start) for path in busy if path.startswith(start)}
    names = {path.partition(".")[0] for path in inside}
    return FormRow(
        values=row,
        stated=sum(1 for f in (*fields.more, *fields.inner) if row[f.name]),
        is_open=bool(names - {f.name for f in fields.first}),
        parameters=sum(len(row[f.name]) for f in fields.inner),
        shows_parameters=bool(names & {f.name for f in fields.inner}),
    )


def _part_fields(part: str) -> PartFields:
    fields, first = PART_FIELDS[part], FIRST_FIELDS[part]
    by_name = {f.name: f for f in fields}
    return PartFields(
        first=[by_name[name] for name in first],
        more=[f for f in fields if f.name not in first and f.kind != "parameters"],
        inner=[f for f in fields if f.kind == "parameters"],
    )


_PARTS: Mapping[str, PartFields] = {part: _part_fields(part) for part in PART_FIELDS}
