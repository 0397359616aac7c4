"""The entry form: create and edit, errors at the field, a stale edit with its difference."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from auth import queries as auth_queries
from catalog.entries import forms, presentation
from catalog.entries.differences import difference
from catalog.entries.fields import PART_FIELDS, PART_LABELS, SECTIONS, label_of
from catalog.entries.permissions import EDIT
from catalog.entries.queries import entries as queries
from catalog.entries.rules import advice, objections
from catalog.entries.services.review import move_version
from catalog.entries.services.writing import create_entry, edit_entry
from catalog.entries.views.blueprint import bp
from portal.kernel.errors import Conflict, Invalid, Refused
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.web.access import needs
from portal.web.context import actor, runtime
from portal.web.pages import go, render


@bp.get("/entries/new")
@needs(EDIT)
def new() -> Response:
    """The empty form."""
    return _form({}, revision=0)


@bp.post("/entries/new")
@needs(EDIT)
def create() -> Response | WerkzeugResponse:
    """Saves a new entry as a draft; an invalid one comes back with everything typed."""
    document = forms.document_of(request.form)
    if _only_rows():
        return _form(document, revision=0)
    unit_id = actor().unit_id
    if unit_id is None:
        raise Refused(_("您的账号没有所属单位，不能编制目录。请联系管理员。"))
    with runtime().database.reading() as session:
        unit = auth_queries.unit(session, unit_id)
    try:
        with unit_of_work(runtime(), actor()) as uow:
            entry = create_entry(
                uow, unit_id=unit_id, region_code=unit.region_code, document=document
            )
            if request.form.get("step") == "submit":
                uow.session.flush()  # the version is locked again by the review
                move_version(uow, version_id=str(entry.open_version_id), key="submit")
    except (Invalid, Refused) as error:
        return _form(document, revision=0, error=error)
    return go("entries.detail", entry_id=entry.id)


@bp.get("/entries/<id:entry_id>/edit")
@needs(EDIT)
def edit(entry_id: str) -> Response:
    """The form with what the open draft, or the published version, says."""
    with runtime().database.reading() as session:
        entry, version = queries.editable(session, actor(), entry_id)
    return _form(
        json.loads(version.document), revision=version.revision, entry=entry, version=version
    )


@bp.post("/entries/<id:entry_id>/edit")
@needs(EDIT)
def save(entry_id: str) -> Response | WerkzeugResponse:
    """Saves an edit; a stale one is answered with both sides (409)."""
    with runtime().database.reading() as session:
        entry, seen = queries.editable(session, actor(), entry_id)
    document = forms.document_of(request.form, json.loads(seen.document))
    revision = request.form.get("revision", 0, type=int)
    if _only_rows():
        return _form(document, revision=revision, entry=entry, version=seen)
    try:
        with unit_of_work(runtime(), actor()) as uow:
            version = edit_entry(uow, entry_id=entry_id, document=document, revision=revision)
            if request.form.get("step") == "submit":
                uow.session.flush()  # the version is locked again by the review
                move_version(uow, version_id=version.id, key="submit")
    except Conflict as error:
        return _conflict(entry, document, error)
    except (Invalid, Refused) as error:
        return _form(document, revision=revision, entry=entry, version=seen, error=error)
    return go("entries.detail", entry_id=entry_id)


def _only_rows() -> bool:
    """Whether the form only asks for one row more or less (without script)."""
    return bool(request.form.get("_add") or request.form.get("_remove"))


def _form(
    document: Mapping[str, Any],
    *,
    revision: int,
    entry: Any = None,
    version: Any = None,
    error: Invalid | Refused | None = None,
) -> Response:
    errors = error.fields if isinstance(error, Invalid) else {}
    status = error.status if error else 200
    added = request.form.get("_add")
    return render(
        "catalog/entries/form.html",
        422 if isinstance(error, Invalid) else status,
        entry=entry,
        version=version,
        revision=revision,
        sections=SECTIONS,
        values=forms.values_of(document),
        rows={
            p: forms.rows_of(document, p, blank=1 if added == p or not document.get(p) else 0)
            for p in PART_FIELDS
        },
        part_fields=PART_FIELDS,
        part_labels=PART_LABELS,
        errors=errors,
        labels={path: label_of(path) for path in errors},
        contents=_contents(errors),
        refusal=error if isinstance(error, Refused) else None,
        objections=objections(document) if entry or document else [],
        advice=advice(document) if entry or document else [],
    )


def _contents(errors: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parts of the form; those with an error are marked."""
    wrong = {name.partition(".")[0] for name in errors}
    found = [
        {
            "label": s.label,
            "href": f"#s-{s.key}",
            "bad": any(f.name.partition(".")[0] in wrong for f in s.fields),
        }
        for s in SECTIONS
    ]
    return found + [
        {"label": label, "href": f"#s-{part}", "bad": part in wrong}
        for part, label in PART_LABELS.items()
    ]


def _conflict(entry: Any, mine: dict[str, Any], error: Conflict) -> Response:
    theirs: Any = error.detail["theirs"]
    return render(
        "catalog/entries/conflict.html",
        409,
        entry=entry,
        error=error,
        revision=error.detail["revision"],
        tables=presentation.difference_tables(difference(theirs, mine)),
        values=forms.values_of(mine),
        rows={part: forms.rows_of(mine, part, blank=0) for part in PART_FIELDS},
        sections=SECTIONS,
        part_fields=PART_FIELDS,
    )
