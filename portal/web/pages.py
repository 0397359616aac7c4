"""Rendering: templates, paths, and what every template may use."""

import re
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask, Response, current_app, make_response, redirect, request
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from werkzeug.wrappers import Response as WerkzeugResponse

from portal.kernel import clock, text
from portal.web import filters
from portal.web.context import actor, runtime, signed_in_as
from portal.web.folding import FoldingEnvironment
from portal.web.htmx import wants_fragment
from portal.web.navigation import navigation

_PLACE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
# One slash, then visible ASCII: browsers read a backslash or a tab after it as another host.
_LOCAL = re.compile(r"/(?!/)[!-\[\]-~]*")
LONGEST_REPEATED = 2_048
_PATHS, _TEMPLATES, _KEPT = "portal.paths", "portal.templates", "portal.kept"
_CHINESE, _NOTHING = Markup(' lang="zh-CN"'), Markup()


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
    response = make_response(markup(template, values), status)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response


def markup(template: str, values: Mapping[str, Any]) -> str:
    """What a template makes of some values, in the language of the moment."""
    templates: dict[str, Environment] = current_app.extensions[_TEMPLATES]
    return templates[text.language()].get_template(template).render(values)


def kept(name: str, caller: Callable[[], Markup]) -> Markup:
    """What a call block makes, worked out once in each language and kept under a name.

    For parts that are the same for everybody, on every page, for as long as the process lives.
    """
    known: dict[tuple[str, str], Markup] = current_app.extensions[_KEPT]
    key = (name, text.language())
    if key not in known:
        known[key] = caller()
    return known[key]


def _request_path() -> str:
    """Where the asker is, for links that lead back; an address too long to repeat is the home."""
    here = request.full_path.rstrip("?")
    return here if len(here) <= LONGEST_REPEATED else "/"


def render_part(page: str, fragment: str, status: int = 200, /, **values: Any) -> Response:
    """The fragment when htmx asks for it, else the page that includes it; same values."""
    return render(fragment if wants_fragment() else page, status, **values)


def go(endpoint: str, /, **values: Any) -> WerkzeugResponse:
    """Sends the browser to another page after a change (303)."""
    return redirect(path(endpoint, **values), 303)


def content_lang() -> Markup:
    """The attribute of an element that holds words of the catalog: Chinese in any language.

    WCAG 2.2, 3.1.2: words in another language than the page's say so. With a leading blank.
    """
    return _CHINESE if text.language() != text.CHINESE else _NOTHING


def content(words: str) -> Markup | str:
    """Words of the catalog as a value among others; see `content_lang`."""
    if text.language() == text.CHINESE:
        return words
    return Markup('<span lang="zh-CN">{}</span>').format(words)


def local_path(raw: str | None, default: str = "/") -> str:
    """A path of this site, or the default for anything that leads elsewhere."""
    return raw if raw and _LOCAL.fullmatch(raw) else default


def set_up(app: Flask) -> None:
    """Strict templates with what every page may use."""
    app.extensions[_PATHS] = {}
    app.extensions[_KEPT] = {}
    app.jinja_environment = FoldingEnvironment
    chinese = cast("FoldingEnvironment", app.jinja_env)
    chinese.undefined = StrictUndefined
    chinese.trim_blocks = chinese.lstrip_blocks = True
    chinese.auto_reload = False
    chinese.globals.update(_globals())
    chinese.filters.update(filters.ALL)
    app.extensions[_TEMPLATES] = {
        language: _templates(chinese, language) for language in text.LANGUAGES
    }


def _templates(chinese: FoldingEnvironment, language: str) -> FoldingEnvironment:
    """The templates of one language; both share their globals and filters."""
    english = language != text.CHINESE
    environment = chinese.overlay() if english else chinese

    def words(message: str) -> str:
        with text.speaking(language):
            return str(text.Text(message))

    environment.constants = {
        "_": words,
        "content_lang": lambda: _CHINESE if english else _NOTHING,
        "language": lambda: language,
        "path": path,
        "static": static,
    }
    return environment


def _globals() -> Mapping[str, Any]:
    return {
        "_": text._,
        "actor": actor,
        "clock_now": clock.now,
        "content_lang": content_lang,
        "kept": kept,
        "csrf_token": lambda: session.csrf_secret if (session := signed_in_as()) else "",
        "language": text.language,
        "navigation": navigation,
        "path": path,
        "request_path": _request_path,
        "settings": lambda: runtime().settings,
        "signed_in_as": signed_in_as,
        "static": static,
    }
