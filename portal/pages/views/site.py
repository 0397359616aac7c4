"""What every site has: assets, health, rules for robots."""

from pathlib import Path

from flask import Response, current_app, send_from_directory
from sqlalchemy.exc import DBAPIError

from portal.pages.queries import operations as queries
from portal.pages.views.blueprint import bp
from portal.web.access import open_to_all
from portal.web.api import answer
from portal.web.context import runtime
from portal.web.pages import path
from portal.web.shell import YEAR

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
CLOSED = (
    "/api/",
    "/account",
    "/catalog/imports",
    "/catalog/own",
    "/catalog/reviews",
    "/counts/",
    "/language/",
    "/messages",
    "/operations",
    "/sign-in",
    "/tasks",
)


@bp.get("/static/<path:filename>")
@open_to_all
def static(filename: str) -> Response:
    """A browser asset; its address changes with its content, so it may be kept for a year."""
    response = send_from_directory(STATIC, filename, max_age=YEAR)
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


@bp.get("/health/live")
@open_to_all
def live() -> Response:
    """The process answers."""
    return answer({"status": "ok"})


@bp.get("/health/ready")
@open_to_all
def ready() -> Response:
    """The process can do its work: the database must answer; parts may be degraded."""
    found: dict[str, str] = {"database": _database()}
    if found["database"] == "ok":
        found |= _parts()
    if found["database"] != "ok":
        return answer({"status": found["database"], "parts": found}, 503)
    status = "ok" if all(state == "ok" for state in found.values()) else "degraded"
    return answer({"status": status, "parts": found})


@bp.get("/robots.txt")
@open_to_all
def robots() -> Response:
    """Robots read entries and units; they stay out of searches with filters and of work pages."""
    searches = [path("search.find")] if "search.find" in current_app.view_functions else []
    closed = (*(f"{place}?" for place in searches), *CLOSED)
    lines = ["User-agent: *", *(f"Disallow: {place}" for place in closed)]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _database() -> str:
    try:
        with runtime().database.reading() as session:
            queries.ask(session)
    except DBAPIError:
        return "unavailable"
    return "ok"


def _parts() -> dict[str, str]:
    """What the features say of their own parts."""
    return {
        feature.key: "ok" if all(probe(runtime()) is None for probe in probes) else "degraded"
        for feature in runtime().features
        if (probes := feature.extra.get("health", ()))
    }
