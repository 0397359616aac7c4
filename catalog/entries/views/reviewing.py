"""The reviewer's list and decisions, one and many; transitions of versions and entries."""

import json
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from catalog.entries import presentation
from catalog.entries.differences import difference
from catalog.entries.permissions import EDIT, REVIEW, SUBMIT, SUSPEND, WITHDRAW
from catalog.entries.queries import entries as queries
from catalog.entries.rules import advice, objections
from catalog.entries.services import review as services
from catalog.entries.views.blueprint import bp
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel.errors import Invalid
from portal.kernel.paging import page_number
from portal.kernel.text import _
from portal.kernel.transitions import available, steps_of
from portal.kernel.uow import unit_of_work
from portal.web.access import needs
from portal.web.context import actor, runtime
from portal.web.pages import go, path, render

OWN_TABS = ("draft", "bureau_review", "returned", "published", "suspended", "withdrawn")


@bp.get("/reviews")
@needs(REVIEW)
def reviews() -> Response:
    """What waits for the bureau, longest first."""
    return _review_list()


@bp.post("/reviews")
@needs(REVIEW)
def decide_many() -> Response:
    """One decision on several versions; each has its own outcome."""
    ids = request.form.getlist("version")[: services.MOST_AT_ONCE]
    key, comment = request.form.get("decision", ""), request.form.get("comment", "").strip()
    transition = VERSION_WORKFLOW.transition(key)
    if not ids:
        return _review_list(
            error=Invalid(_("没有选中任何一件。请先勾选要处理的目录。")), comment=comment
        )
    if transition is None or key not in ("publish", "return"):
        return _review_list(
            error=Invalid(_("没有选择处理结果。请选择发布或退回。")), comment=comment
        )
    if transition.needs_comment and not comment:
        reason = _("请写明“%(step)s”的理由。", step=transition.label)
        return _review_list(error=Invalid(reason, fields={"comment": [reason]}), chosen=ids)
    outcomes = services.move_versions(runtime(), actor(), version_ids=ids, key=key, comment=comment)
    return _review_list(outcomes=outcomes)


def _review_list(
    *, error: Invalid | None = None, outcomes: Any = (), chosen: Any = (), comment: str = ""
) -> Response:
    with runtime().database.reading() as session:
        page = queries.waiting(
            session,
            actor(),
            page=page_number(request.args.get("page")),
            unit_id=request.args.get("unit") or None,
        )
        due = queries.due_of(session, [row.id for row in page.rows])
    return render(
        "catalog/entries/reviews.html",
        422 if error else 200,
        page=page,
        due=due,
        error=error,
        outcomes=outcomes,
        chosen=set(chosen),
        comment=comment,
    )


@bp.get("/reviews/<id:version_id>")
@needs(REVIEW)
def review(version_id: str) -> Response:
    """One version with what changed, what the rules say, and the decision."""
    with runtime().database.reading() as session:
        entry, version, former = queries.reviewed(session, actor(), version_id)
        view = queries.entry_view(session, actor(), entry.id)
        following = queries.next_waiting(session, actor(), version)
        values = {
            "due": queries.due_of(session, [version.id]).get(version.id),
            "step_lines": presentation.step_lines(steps_of(session, "entry_version", version.id)),
        }
    document = json.loads(version.document)
    return render(
        "catalog/entries/review.html",
        view=view,
        version=version,
        former=former,
        tables=presentation.difference_tables(difference(json.loads(former.document), document))
        if former
        else [],
        metadata=presentation.metadata(document),
        abstract=document.get("abstract"),
        parts=presentation.parts(document),
        objections=objections(document),
        advice=advice(document),
        choices=available(VERSION_WORKFLOW, version, actor()),
        state=VERSION_WORKFLOW.state(version.status),
        workflow_steps=presentation.workflow_steps(version),
        following=following,
        **values,
    )


@bp.post("/versions/<id:version_id>/transitions/<key:key>")
@needs(SUBMIT, REVIEW)
def move_version(version_id: str, key: str) -> WerkzeugResponse:
    """Submits, publishes or returns one version."""
    comment = request.form.get("comment", "")
    with unit_of_work(runtime(), actor()) as uow:
        version = services.move_version(uow, version_id=version_id, key=key, comment=comment)
    if key in ("publish", "return"):
        return go("entries.reviews", done=key)
    return go("entries.detail", entry_id=version.entry_id)


@bp.post("/entries/<id:entry_id>/transitions/<key:key>")
@needs(SUSPEND, WITHDRAW)
def move_entry(entry_id: str, key: str) -> WerkzeugResponse:
    """Suspends, resumes or withdraws one entry."""
    comment = request.form.get("comment", "")
    with unit_of_work(runtime(), actor()) as uow:
        services.move_entry(uow, entry_id=entry_id, key=key, comment=comment)
    return go("entries.detail", entry_id=entry_id)


@bp.get("/own")
@needs(EDIT)
def own() -> Response:
    """The entries of the own unit, by state."""
    status = request.args.get("status") or None
    states = {s.key: s for w in (VERSION_WORKFLOW, STANDING_WORKFLOW) for s in w.states}
    with runtime().database.reading() as session:
        page = queries.own_work(
            session,
            actor(),
            status=status if status in states else None,
            page=page_number(request.args.get("page")),
        )
    tabs = [{"label": _("全部"), "href": path("entries.own"), "current": not status}] + [
        {
            "label": states[key].label,
            "href": path("entries.own", status=key),
            "current": status == key,
        }
        for key in OWN_TABS
    ]
    return render(
        "catalog/entries/own.html", page=page, status=status, states=states, status_tabs=tabs
    )
