"""The help, drawn from what the features declare, and the statements of the site."""

from flask import Response

from auth.permissions import OPERATIONS_SEE
from auth.roles import ROLES
from portal.kernel import calendar
from portal.kernel.messages import KEEP as MESSAGES_KEPT
from portal.pages import declared
from portal.pages.views.blueprint import bp
from portal.web.access import needs, open_to_all
from portal.web.context import actor, runtime
from portal.web.pages import render


@bp.get("/help")
@open_to_all
def help() -> Response:  # noqa: A001  the page's own name
    """How to find, get, keep and review data; and the way to the rules."""
    return render("portal/pages/help.html", may_see_settings=actor().may(OPERATIONS_SEE))


@bp.get("/help/workflows")
@open_to_all
def help_workflows() -> Response:
    """Each workflow as a drawing and as a table."""
    features = runtime().features
    return render("portal/pages/help_workflows.html", workflows=declared.workflows(features))


@bp.get("/help/permissions")
@open_to_all
def help_permissions() -> Response:
    """Who may do what, and how far."""
    return render(
        "portal/pages/help_permissions.html",
        roles=ROLES,
        groups=declared.permissions(runtime().features),
        exclusions=declared.exclusions(),
    )


@bp.get("/help/deadlines")
@open_to_all
def help_deadlines() -> Response:
    """Every limit with its basis, and the years whose holidays are known."""
    with runtime().database.reading() as session:
        years = calendar.known_years(session)
    rows = declared.deadlines(runtime().features)
    return render("portal/pages/help_deadlines.html", rows=rows, years=years)


@bp.get("/help/codes")
@open_to_all
def help_codes() -> Response:
    """Every code list."""
    lists = declared.code_lists(runtime().features)
    contents = [
        {"label": each.label, "href": f"#{each.key}", "note": len(each.values)} for each in lists
    ]
    return render("portal/pages/help_codes.html", lists=lists, contents=contents)


@bp.get("/help/settings")
@needs(OPERATIONS_SEE)
def help_settings() -> Response:
    """Every setting with its value (secrets only as set or not), for operators."""
    return render("portal/pages/help_settings.html", rows=runtime().settings.rows())


@bp.get("/help/accessibility")
@open_to_all
def accessibility() -> Response:
    """What the site promises to everybody who uses it."""
    return render("portal/pages/accessibility.html")


@bp.get("/help/privacy")
@open_to_all
def privacy() -> Response:
    """What is kept of visitors and for how long."""
    return render("portal/pages/privacy.html", messages_kept=MESSAGES_KEPT)
