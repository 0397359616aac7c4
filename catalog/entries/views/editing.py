"""The entry form: create and edit, errors at the field, a stale edit with its difference."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from auth import queries as auth_queries
from catalog.entries import form_pages, forms
from catalog.entries.directory import UnitDirectory
from catalog.entries.document import DOCUMENT
from catalog.entries.merging import chosen, merge
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.permissions import EDIT
from catalog.entries.queries import work as queries
from catalog.entries.queries.categories import upper_paths
from catalog.entries.queries.directory import unit_directory
from catalog.entries.rules import objections, readable
from catalog.entries.services.review import move_version
from catalog.entries.services.writing import (
    confirm_entry,
    create_entry,
    edit_entry,
    refuse_closed,
)
from catalog.entries.views.blueprint import bp
from portal.kernel.errors import Conflict, Invalid, Refused
from portal.kernel.schemas import load
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.web.access import needs
from portal.web.api import raw_json
from portal.web.context import actor, runtime
from portal.web.pages import go, render

KEEP = "keep."


@bp.get("/entries/new")
@needs(EDIT)
def new() -> Response:
    """The empty form."""
    with runtime().database.reading() as session:
        units = unit_directory(session)
    return _form({}, units)


@bp.post("/entries/new")
@needs(EDIT)
def create() -> Response | WerkzeugResponse:
    """Saves a new entry as a draft; an invalid one comes back with everything typed."""
    unit_id = actor().unit_id
    if unit_id is None:
        raise Refused(_("您的账号没有所属单位，不能编制目录。请联系管理员。"))
    with runtime().database.reading() as session:
        unit, units = auth_queries.unit(session, unit_id), unit_directory(session)
    document = forms.document_of(request.form, units=units)
    if _only_rows():
        return _form(document, units)
    try:
        with unit_of_work(runtime(), actor()) as uow:
            entry = create_entry(
                uow, unit_id=unit_id, region_code=unit.region_code, document=document
            )
            if request.form.get("step") == "submit":
                move_version(uow, version_id=str(entry.open_version_id), key="submit")
    except (Invalid, Refused) as error:
        return _form(document, units, error=error)
    return go("entries.detail", entry_id=entry.id)


@bp.get("/entries/<id:entry_id>/edit")
@needs(EDIT)
def edit(entry_id: str) -> Response:
    """The form with what the open draft, or the published version, says."""
    with runtime().database.reading() as session:
        entry, version = queries.editable(session, actor(), entry_id)
        units = unit_directory(session)
    refuse_closed(entry, version)
    return _form(json.loads(version.document), units, entry=entry, version=version)


@bp.post("/entries/<id:entry_id>/edit")
@needs(EDIT)
def save(entry_id: str) -> Response | WerkzeugResponse:
    """Saves an edit; a stale one is answered with both sides (409)."""
    with runtime().database.reading() as session:
        entry, seen = queries.editable(session, actor(), entry_id)
        units = unit_directory(session)
    theirs = json.loads(seen.document)
    sent = forms.document_of(request.form, theirs, units=units)
    document = chosen(sent, theirs, _kept())
    if _only_rows():
        return _form(document, units, entry=entry, version=seen)
    try:
        with unit_of_work(runtime(), actor()) as uow:
            revision = request.form.get("revision", 0, type=int)
            version = edit_entry(uow, entry_id=entry_id, document=document, revision=revision)
            if request.form.get("step") == "submit":
                move_version(uow, version_id=version.id, key="submit")
    except Conflict as error:
        return _conflict(entry, seen, _Stale(document, units, error))
    except (Invalid, Refused) as error:
        return _form(document, units, entry=entry, version=seen, error=error)
    return go("entries.detail", entry_id=entry_id)


@bp.post("/entries/<id:entry_id>/copy")
@needs(EDIT)
def copy(entry_id: str) -> Response:
    """What the form holds, as a file to keep; nothing is saved here."""
    with runtime().database.reading() as session:
        _entry, seen = queries.editable(session, actor(), entry_id)
        units = unit_directory(session)
    document = forms.document_of(request.form, json.loads(seen.document), units=units)
    response = raw_json(json.dumps(document, ensure_ascii=False, indent=1))
    response.headers["Content-Disposition"] = f'attachment; filename="entry-{entry_id}.json"'
    return response


@bp.post("/entries/<id:entry_id>/confirmation")
@needs(EDIT)
def confirm(entry_id: str) -> WerkzeugResponse:
    """The unit says that an entry without a fixed cycle still holds."""
    with unit_of_work(runtime(), actor()) as uow:
        confirm_entry(uow, entry_id=entry_id)
    return go("entries.detail", entry_id=entry_id)


def _only_rows() -> bool:
    """Whether the form only asks for one row more or less (without script)."""
    return bool(request.form.get(forms.ADD) or request.form.get(forms.REMOVE))


def _kept() -> dict[str, str]:
    """What was chosen after a stale edit, field by field."""
    return {k.removeprefix(KEEP): v for k, v in request.form.items() if k.startswith(KEEP)}


def _form(
    document: Mapping[str, Any],
    units: UnitDirectory,
    *,
    entry: Entry | None = None,
    version: EntryVersion | None = None,
    error: Invalid | Refused | None = None,
) -> Response:
    errors: form_pages.Errors = error.fields if isinstance(error, Invalid) else {}
    found = objections(document) if isinstance(error, Refused) else []
    if found:
        errors = {path: [sentence] for path, sentence in found}
    sent = request.method == "POST"
    with runtime().database.reading() as session:
        category_paths = upper_paths(session)
    typed = form_pages.Typed(document, errors, units, request.form.get(forms.ADD, ""))
    return render(
        "catalog/entries/form.html",
        422 if errors else error.status if error else 200,
        entry=entry,
        version=version,
        revision=request.form.get("revision", "0") if sent else version.revision if version else 0,
        base=readable(request.form.get("_base", "")) if sent else _base(version),
        refusal=error if error and not errors else None,
        category_paths=category_paths,
        **form_pages.form_values(typed),
    )


def _base(version: EntryVersion | None) -> str:
    """What the editor starts from, sent along so that a stale edit can be merged."""
    if version is None or len(version.document) > form_pages.SHOWN_BASE:
        return ""
    return version.document


@dataclass(frozen=True, slots=True)
class _Stale:
    """An edit that came after another one."""

    mine: dict[str, Any]
    units: UnitDirectory
    error: Conflict


def _sent_base() -> dict[str, Any] | None:
    """What the editor started from, where the form says so in the shape of a document."""
    try:
        return load(DOCUMENT, json.loads(request.form.get("_base", "")))
    except (ValueError, RecursionError, Invalid):
        return None


def _conflict(entry: Entry, seen: EntryVersion, stale: _Stale) -> Response:
    detail: Any = stale.error.detail
    theirs: Any = detail.get("theirs") or json.loads(seen.document)
    base = _sent_base()
    merged = merge(base, theirs, stale.mine, units=stale.units.labels)
    return render(
        "catalog/entries/conflict.html",
        409,
        entry=entry,
        version=seen,
        error=stale.error,
        base=_base(seen),
        knows_base=base is not None,
        revision=detail.get("revision", seen.revision),
        **form_pages.conflict_values(merged),
    )
