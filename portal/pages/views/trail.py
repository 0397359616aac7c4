"""The trail of what people and the product did, for the auditor alone."""

from flask import Response, request

from auth.permissions import AUDIT_SEE
from portal.pages import trail as words
from portal.pages.queries.trail import trail_page
from portal.pages.views.blueprint import bp
from portal.web.access import needs
from portal.web.context import runtime
from portal.web.pages import path, render

LONGEST_ID = 18  # digits of a number that every database takes


@bp.get("/operations/trail")
@needs(AUDIT_SEE)
def trail() -> Response:
    """Who did what to which record, newest first; `before` pages on."""
    wanted = words.filter_of(request.args)
    raw = request.args.get("before", "")
    before = int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= LONGEST_ID else None
    with runtime().database.reading() as session:
        page = trail_page(session, wanted, before=before)
        acts = words.shown(page, runtime().features)
    narrowed = {
        "kind": wanted.kind,
        "record": wanted.record,
        "who": wanted.who,
        "since": wanted.since,
        "until": wanted.until,
    }
    return render(
        "portal/pages/trail.html",
        acts=acts,
        wanted=wanted,
        narrowed=any(narrowed.values()),
        kinds=words.KINDS,
        first=path("pages.trail", **narrowed) if before is not None else None,
        earlier=path("pages.trail", **narrowed, before=page.earlier) if page.earlier else None,
    )
