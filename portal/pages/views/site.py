"""What every site has: assets, language, health, rules for robots."""

from pathlib import Path

from flask import Response, redirect, request, send_from_directory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response as WerkzeugResponse

from portal.kernel.text import LANGUAGES
from portal.pages.views.blueprint import bp
from portal.web.access import open_to_all
from portal.web.api import answer
from portal.web.context import runtime
from portal.web.pages import local_path, path
from portal.web.shell import LANGUAGE_COOKIE, YEAR

STATIC = Path(__file__).resolve().parent.parent.parent / "static"


@bp.get("/static/<path:filename>")
@open_to_all
def static(filename: str) -> Response:
    """A browser asset; its address changes with its content, so it may be kept for a year."""
    response = send_from_directory(STATIC, filename, max_age=YEAR)
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


@bp.get("/language/<key:code>")
@open_to_all
def language(code: str) -> WerkzeugResponse:
    """Remembers the language in a cookie and goes back; changes nothing on the server."""
    response = redirect(local_path(request.args.get("next")), 303)
    if code in LANGUAGES:
        secure = runtime().settings.url.startswith("https://")
        response.set_cookie(
            LANGUAGE_COOKIE, code, max_age=YEAR, httponly=True, secure=secure, samesite="Lax"
        )
    return response


@bp.get("/health/live")
@open_to_all
def live() -> Response:
    """The process answers."""
    return answer({"status": "ok"})


@bp.get("/health/ready")
@open_to_all
def ready() -> Response:
    """The process can do its work: database, and the parts that features name."""
    found: dict[str, str] = {}
    try:
        with runtime().database.reading() as session:
            session.execute(text("SELECT 1"))
        found["database"] = "ok"
    except DBAPIError:
        found["database"] = "unavailable"
    for feature in runtime().features:
        for probe in feature.extra.get("health", ()):
            found[feature.key] = "degraded" if probe(runtime()) is not None else "ok"
    return answer({"status": found["database"], "parts": found}, 200 if found["database"] == "ok" else 503)


@bp.get("/robots.txt")
@open_to_all
def robots() -> Response:
    """Robots read entries and units; they stay out of searches with filters and of work pages."""
    closed = ("/api/", "/catalog?", "/catalog/reviews", "/catalog/own", "/catalog/imports")
    lines = ["User-agent: *", *(f"Disallow: {place}" for place in closed)]
    lines.append(f"# {runtime().settings.url}{path('pages.home')}")
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
