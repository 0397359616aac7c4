"""The reviewer's list and decisions on versions, one and many."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from catalog.entries import presentation
from catalog.entries.differences import difference
from catalog.entries.directory import provider_facts
from catalog.entries.events import VERSION
from catalog.entries.permissions import REVIEW
from catalog.entries.queries import entries as entry_queries
from catalog.entries.queries import work as queries
from catalog.entries.queries.directory import provider_names
from catalog.entries.rules import advice, objections
from catalog.entries.services import review as services
from catalog.entries.views.blueprint import bp
from catalog.entries.workflow import VERSION_WORKFLOW
from portal.kernel.errors import Conflict, Invalid, Refused
from portal.kernel.paging import page_number
from portal.kernel.text import _
from portal.kernel.transitions import available, steps_of
from portal.kernel.uow import unit_of_work
from portal.web.access import needs
from portal.web.context import actor, runtime
from portal.web.pages import go, render

NOT_CHOSEN = _("没有选择处理结果。请选择发布或退回。")


@bp.get("/reviews")
@needs(REVIEW)
def reviews() -> Response:
    """What waits for the bureau, what is due first in front."""
    return _review_list()


@bp.post("/reviews")
@needs(REVIEW)
def decide_many() -> Response:
    """One decision on several versions; each has its own outcome."""
    ids = request.form.getlist("version")[: services.MOST_AT_ONCE]
    key, comment = request.form.get("decision", ""), request.form.get("comment", "").strip()
    error = _refusal(ids, key, comment)
    if error:
        return _review_list(error=error, chosen=ids, comment=comment)
    seen = {version_id: request.form.get(f"seen-{version_id}", "") for version_id in ids}
    outcomes = services.move_versions(
        runtime(), actor(), version_ids=ids, key=key, comment=comment, seen=seen
    )
    return _review_list(outcomes=outcomes)


def _refusal(ids: Sequence[str], key: str, comment: str) -> Invalid | None:
    transition = VERSION_WORKFLOW.transition(key)
    if not ids:
        return Invalid(_("没有选中任何一件。请先勾选要处理的目录。"))
    if transition is None or key not in services.DECISIONS:
        return Invalid(NOT_CHOSEN)
    if transition.needs_comment and not comment:
        reason = _("请写明“%(step)s”的理由。", step=transition.label)
        return Invalid(reason, fields={"comment": [reason]})
    return None


def _review_list(
    *,
    error: Invalid | None = None,
    outcomes: Sequence[services.Outcome] = (),
    chosen: Sequence[str] = (),
    comment: str = "",
) -> Response:
    with runtime().database.reading() as session:
        page = queries.waiting(
            session,
            actor(),
            page=page_number(request.args.get("page")),
            unit_id=request.args.get("unit") or None,
        )
        waiting = {row.id: row.submitted_at for row in page.rows}
        clocks = queries.review_clocks(session, waiting)
    return render(
        "catalog/entries/reviews.html",
        422 if error else 200,
        page=page,
        clocks=clocks,
        error=error,
        outcomes=outcomes,
        chosen=set(chosen),
        comment=comment,
        person=presentation.person,
    )


@bp.get("/reviews/<id:version_id>")
@needs(REVIEW)
def review(version_id: str) -> Response:
    """One version with what changed, what the rules say, and the decision."""
    return _review_page(version_id)


@bp.post("/reviews/<id:version_id>")
@needs(REVIEW)
def decide(version_id: str) -> Response | WerkzeugResponse:
    """Publishes or returns the version, then shows the one that waits next longest."""
    key = request.form.get("decision", "")
    try:
        if key not in services.DECISIONS:
            raise Invalid(NOT_CHOSEN, fields={"decision": [NOT_CHOSEN]})  # noqa: TRY301
        with unit_of_work(runtime(), actor()) as uow:
            comment = request.form.get("comment", "")
            version = services.move_version(
                uow,
                version_id=version_id,
                key=key,
                comment=comment,
                seen=request.form.get("seen", ""),
            )
    except (Invalid, Refused, Conflict) as error:
        return _review_page(version_id, error=error)
    with runtime().database.reading() as session:
        following = queries.place_of(session, actor(), version).following
    return go("entries.review", version_id=following) if following else go("entries.reviews")


def _review_page(version_id: str, *, error: Invalid | Refused | Conflict | None = None) -> Response:
    with runtime().database.reading() as session:
        entry, version, former = queries.reviewed(session, actor(), version_id)
        unit_name = entry_queries.unit_name(session, entry.unit_id)
        place = queries.place_of(session, actor(), version)
        waits = {version.id: version.submitted_at} if place.number else {}
        due = queries.review_clocks(session, waits).get(version.id)
        steps = steps_of(session, VERSION, version.id)
        document = json.loads(version.document)
        before = json.loads(former.document) if former else None
        units = provider_names(session, (document, before))
    return render(
        "catalog/entries/review.html",
        error.status if error else 200,
        entry=entry,
        title=document["title"],
        unit_name=unit_name,
        version=version,
        former=former,
        errors=error.fields if isinstance(error, Invalid) else {},
        refusal=error if error and not isinstance(error, Invalid) else None,
        sent=request.form,
        place=place,
        due=due,
        choices=available(VERSION_WORKFLOW, version, actor()),
        state=VERSION_WORKFLOW.state(version.status),
        workflow_steps=presentation.workflow_steps(version),
        step_lines=presentation.step_lines(steps),
        author=presentation.person(version.created_by_name),
        **_content(document, before, units),
    )


def _content(
    document: dict[str, Any], former: dict[str, Any] | None, units: Mapping[str, str]
) -> dict[str, Any]:
    found = difference(former, document, units=units) if former else None
    return {
        "changes": len(found.fields) + len(found.items) + len(found.resources) if found else 0,
        "tables": presentation.difference_tables(found) if found else [],
        "metadata": presentation.metadata(document, provider_facts(units, document)),
        "abstract": document.get("abstract"),
        "parts": presentation.parts(document),
        "objections": objections(document),
        "advice": advice(document),
    }
