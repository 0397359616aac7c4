"""The JSON API described: for people as a page, for programs as OpenAPI."""

from flask import Response, current_app

from portal.kernel.text import _
from portal.pages.interface import document, operations, structures
from portal.pages.views.blueprint import bp
from portal.web.access import open_to_all
from portal.web.api import answer
from portal.web.context import runtime
from portal.web.pages import render


@bp.get("/help/api")
@open_to_all
def api() -> Response:
    """What programs may ask, with parameters and answers."""
    found = document(current_app)
    offered = operations(found)
    contents = [{"label": each.summary, "href": f"#{each.id}"} for each in offered]
    return render(
        "portal/pages/api.html",
        contents=[*contents, {"label": _("结构"), "href": "#structures"}],
        operations=offered,
        structures=structures(found),
        address=runtime().settings.url,
    )


@bp.get("/api/v1/openapi.json")
@open_to_all
def open_api_document() -> Response:
    """The same as OpenAPI 3.1."""
    return answer(document(current_app))
