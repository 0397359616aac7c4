"""Rendering: templates, paths, and what every template may use."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, make_response, redirect, request
from flask.templating import Environment
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response as WerkzeugResponse

from portal.kernel import clock, text
from portal.web import filters
from portal.web.context import actor, runtime, signed_in_as
from portal.web.htmx import wants_fragment
from portal.web.navigation import navigation

_PLACE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
# One slash, then visible ASCII: browsers read a backslash or a tab after it as another host.
_LOCAL = re.compile(r"/(?!/)[!-\[\]-~]*")
_PATHS = "portal.paths"


def path(endpoint: str, /, **values: Any) -> str:
    """The path of a view; far cheaper than `url_for`, for pages hold hundreds of links.

    Values that the rule has no place for become the query; None and empty ones are left out.
    """
    template, places = _rule(endpoint)
    query = [
        (key, item)
        for key, value in values.items()
        if key not in places and value not in (None, "")
        for item in (value if isinstance(value, list | tuple) else (value,))
    ]
    filled = template % {key: values[key] for key in places} if places else template
    return f"{filled}?{urlencode(query)}" if query else filled


def _rule(endpoint: str) -> tuple[str, frozenset[str]]:
    known: dict[str, tuple[str, frozenset[str]]] = current_app.extensions[_PATHS]
    found = known.get(endpoint)
    if found is None:
        rule = next(current_app.url_map.iter_rules(endpoint)).rule.replace("%", "%%")
        found = (_PLACE.sub(r"%(\1)s", rule), frozenset(_PLACE.findall(rule)))
        known[endpoint] = found
    return found


def static(name: str) -> str:
    """The path of a browser asset, with the build's mark so that it may be kept for a year."""
    return f"/static/{name}?v={current_app.config['ASSET_MARK']}"


def render(template: str, status: int = 200, /, **values: Any) -> Response:
    """A page, or a fragment where the template's name begins with an underscore."""
    page = current_app.jinja_env.get_template(template).render(values)
    response = make_response(page, status)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response


def render_part(page: str, fragment: str, status: int = 200, /, **values: Any) -> Response:
    """The fragment when htmx asks for it, else the page that includes it; same values."""
    return render(fragment if wants_fragment() else page, status, **values)


def go(endpoint: str, /, **values: Any) -> WerkzeugResponse:
    """Sends the browser to another page after a change (303)."""
    return redirect(path(endpoint, **values), 303)


def local_path(raw: str | None, default: str = "/") -> str:
    """A path of this site, or the default for anything that leads elsewhere."""
    return raw if raw and _LOCAL.fullmatch(raw) else default


class PlainEnvironment(Environment):
    """Gives every template the one mapping of globals.

    Jinja chains an empty one in front of it for each template, and looks through the chain, key by
    key, whenever a page imports a macro: a twentieth of the time of a page.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def set_up(app: Flask) -> None:
    """Strict templates with what every page may use."""
    app.extensions[_PATHS] = {}
    app.jinja_environment = PlainEnvironment
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.auto_reload = False
    environment.globals.update(_globals())
    environment.filters.update(filters.ALL)


def _globals() -> Mapping[str, Any]:
    return {
        "_": text._,
        "actor": actor,
        "clock_now": clock.now,
        "csrf_token": lambda: session.csrf_secret if (session := signed_in_as()) else "",
        "language": text.language,
        "navigation": navigation,
        "path": path,
        "request_path": lambda: request.full_path.rstrip("?"),
        "settings": lambda: runtime().settings,
        "signed_in_as": signed_in_as,
        "static": static,
    }
