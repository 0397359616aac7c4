"""htmx through htmx-flask, with what it gets wrong mended here and nowhere else."""

from flask import Flask, Response, request
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest
from werkzeug.wrappers import Response as WerkzeugResponse


class PortalRequest(HtmxAwareRequest):  # type: ignore[misc]  # the package has no types
    """Our request class; htmx-flask overwrites the app's, so ours derives from its own."""

    max_form_parts = 20_000


def set_up(app: Flask) -> None:
    """Installs the extension, then our request class over the one that it put in."""
    Htmx(app)
    app.request_class = PortalRequest


def wants_fragment() -> bool:
    """Whether htmx asks for a part of the page.

    A restored history entry also carries HX-Request, but needs the whole page.
    """
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-History-Restore-Request") != "true"
        and headers.get("HX-Boosted") != "true"
    )


def made_by_page() -> bool:
    """Whether the page itself made the request (polling), not a person."""
    return request.headers.get("X-Page-Request") == "true"


def vary(response: WerkzeugResponse) -> None:
    """Tells caches that page and fragment share an address."""
    response.vary.add("HX-Request")
    response.vary.add("Cookie")


def redirect_page(location: str) -> Response:
    """Sends the whole page elsewhere after a request that htmx made."""
    return Response(status=204, headers={"HX-Redirect": location})
