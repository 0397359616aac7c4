"""The JSON API described: for people as pages, for programs as OpenAPI."""

from flask import Response, current_app

from portal.kernel.errors import missing
from portal.kernel.text import _
from portal.pages.interface import PROBLEM, document, groups, structures
from portal.pages.views.blueprint import bp
from portal.web.access import open_to_all
from portal.web.api import answer
from portal.web.context import runtime
from portal.web.pages import path, render


@bp.get("/help/api")
@open_to_all
def api() -> Response:
    """What programs may ask: every operation by name and address; each leads to its description."""
    found = document(current_app)
    offered = groups(found)
    contents = [
        {"label": each.label, "href": f"#api-{each.key}", "note": len(each.operations)}
        for each in offered
    ]
    return render(
        "portal/pages/api.html",
        contents=contents,
        groups=offered,
        problem=structures(found, [PROBLEM]),
        address=runtime().settings.url,
    )


@bp.get("/help/api/<key:group>")
@open_to_all
def api_group(group: str) -> Response:
    """The operations on one kind of thing, with parameters, and the structures that they use."""
    found = document(current_app)
    offered = groups(found)
    chosen = next((each for each in offered if each.key == group), None)
    if chosen is None:
        raise missing(_("这组接口"))
    named = {name for each in chosen.operations for name in each.structures}
    contents = [
        {
            "label": each.label,
            "href": path("pages.api_group", group=each.key),
            "note": len(each.operations),
            "current": each is chosen,
        }
        for each in offered
    ]
    return render(
        "portal/pages/api_group.html",
        contents=contents,
        group=chosen,
        structures=structures(found, named),
    )


@bp.get("/api/v1/openapi.json")
@open_to_all
def open_api_document() -> Response:
    """The same as OpenAPI 3.1."""
    return answer(document(current_app))
