"""Entries by state: of the own unit, and for reviewers of all units with decisions on many."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, current_app, request
from werkzeug.wrappers import Response as WerkzeugResponse

from auth import queries as auth_queries
from catalog.entries.permissions import EDIT, IMPORT, REVIEW, SUBMIT, SUSPEND, WITHDRAW
from catalog.entries.queries import managed as queries
from catalog.entries.queries.work import opened_versions
from catalog.entries.services import review as services
from catalog.entries.views.blueprint import bp
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel.errors import Invalid, missing
from portal.kernel.paging import page_number
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.web.access import needs
from portal.web.context import actor, runtime
from portal.web.pages import go, path, render

TABS = ("draft", "bureau_review", "returned", "published", "suspended", "withdrawn")
STATES = {s.key: s for w in (VERSION_WORKFLOW, STANDING_WORKFLOW) for s in w.states}
IMPORTS = "imports.listed"
DECISIONS = ("suspend", "resume", "withdraw")


@bp.get("/own")
@needs(EDIT)
def own() -> Response:
    """The entries of the own unit, by state."""
    status = _status()
    with runtime().database.reading() as session:
        number = page_number(request.args.get("page"))
        counts = queries.state_counts(session, actor(), queries.Narrowed(own=True))
        page = queries.own_work(session, actor(), counts, state=status, page=number)
        opened = opened_versions(session, [row.id for row in page.rows])
    return render(
        "catalog/entries/own.html",
        page=page,
        status=status,
        states=STATES,
        opened=opened,
        status_tabs=_tabs("entries.own", status, counts),
        import_at=IMPORTS
        if actor().may(IMPORT) and IMPORTS in current_app.view_functions
        else None,
    )


@bp.get("/entries/manage")
@needs(SUSPEND, WITHDRAW)
def manage() -> Response:
    """The entries that a reviewer answers for, by state."""
    return _managed()


@bp.post("/entries/manage")
@needs(SUSPEND, WITHDRAW)
def manage_many() -> Response:
    """Suspends, resumes or withdraws several entries; each has its own outcome."""
    ids = request.form.getlist("entry")[: services.MOST_AT_ONCE]
    key, comment = request.form.get("decision", ""), request.form.get("comment", "").strip()
    error = _refusal(ids, key, comment)
    if error:
        return _managed(error=error, chosen=ids, comment=comment)
    outcomes = services.move_entries(runtime(), actor(), entry_ids=ids, key=key, comment=comment)
    return _managed(outcomes=outcomes)


def _refusal(ids: Sequence[str], key: str, comment: str) -> Invalid | None:
    transition = STANDING_WORKFLOW.transition(key)
    if not ids:
        return Invalid(_("没有选中任何一件。请先勾选要处理的目录。"))
    if transition is None or key not in DECISIONS:
        return Invalid(_("没有选择处理方式。请选择暂停、恢复或撤销。"))
    if not comment:
        reason = _("请写明“%(step)s”的理由。", step=transition.label)
        return Invalid(reason, fields={"comment": [reason]})
    return None


def _managed(
    *,
    error: Invalid | None = None,
    outcomes: Sequence[services.Outcome] = (),
    chosen: Sequence[str] = (),
    comment: str = "",
) -> Response:
    unit_id, text = request.args.get("unit") or None, request.args.get("q", "").strip()[:200]
    status, narrowed = _status(), queries.Narrowed(unit_id=unit_id, text=text)
    with runtime().database.reading() as session:
        number = page_number(request.args.get("page"))
        counts = queries.state_counts(session, actor(), narrowed)
        page = queries.all_work(session, actor(), narrowed, counts, state=status, page=number)
        opened = opened_versions(session, [row.id for row in page.rows])
        names = auth_queries.unit_names(session, [unit_id]) if unit_id else {}
    if unit_id and unit_id not in names:
        raise missing(_("这个单位"))
    return render(
        "catalog/entries/manage.html",
        422 if error else 200,
        page=page,
        status=status,
        q=text,
        unit_id=unit_id,
        unit_name=names.get(unit_id or ""),
        states=STATES,
        opened=opened,
        status_tabs=_tabs("entries.manage", status, counts, unit=unit_id, q=text),
        error=error,
        outcomes=outcomes,
        chosen=set(chosen),
        comment=comment,
    )


@bp.post("/versions/<id:version_id>/transitions/<key:key>")
@needs(SUBMIT, REVIEW)
def move_version(version_id: str, key: str) -> WerkzeugResponse:
    """Submits, publishes or returns one version."""
    comment = request.form.get("comment", "")
    with unit_of_work(runtime(), actor()) as uow:
        version = services.move_version(
            uow,
            version_id=version_id,
            key=key,
            comment=comment,
            seen=request.form.get("seen", ""),
        )
    return go("entries.detail", entry_id=version.entry_id)


@bp.post("/entries/<id:entry_id>/transitions/<key:key>")
@needs(SUSPEND, WITHDRAW)
def move_entry(entry_id: str, key: str) -> WerkzeugResponse:
    """Suspends, resumes or withdraws one entry."""
    comment = request.form.get("comment", "")
    with unit_of_work(runtime(), actor()) as uow:
        services.move_entry(uow, entry_id=entry_id, key=key, comment=comment)
    return go("entries.detail", entry_id=entry_id)


def _status() -> str:
    status = request.args.get("status", "")
    return status if status in TABS else queries.EVERY_ENTRY


def _tabs(
    endpoint: str, status: str, counts: Mapping[str, int], **narrowed: Any
) -> list[dict[str, Any]]:
    return [
        {
            "label": STATES[key].label if key else _("全部"),
            "href": path(endpoint, status=key, **narrowed),
            "count": counts.get(key, 0),
            "current": status == key,
        }
        for key in (queries.EVERY_ENTRY, *TABS)
    ]
