"""The Flask application without features: requests, headers, language, errors, templates."""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestHeaderFieldsTooLarge, RequestURITooLarge
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter, IntegerConverter

from portal.kernel import logs, text
from portal.kernel.paging import LARGEST_NUMBER
from portal.kernel.runtime import Runtime
from portal.web import access, bodies, failures, htmx, navigation, pages
from portal.web.context import RUNTIME
from portal.web.sessions import SessionStore, cookie_name

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE_COOKIE = "portal_language"
ASSETS = "pages.static"
YEAR = 31_536_000
LONGEST_ADDRESS, MOST_HEADERS = 8_192, 64


class IdConverter(BaseConverter):
    """An identifier of ours in an address."""

    regex = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class KeyConverter(BaseConverter):
    """A name of ours in an address: lower case, digits, hyphens, dots and underscores."""

    regex = "[a-z0-9][a-z0-9_.-]{0,63}"


class NumberConverter(IntegerConverter):
    """A whole number that every database can hold; any other leads nowhere."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"max": LARGEST_NUMBER - 1, **options})


def make_app(
    runtime: Runtime,
    store: SessionStore,
    *,
    counters: Mapping[str, Callable[[], int]] | None = None,
) -> Flask:
    """An application with the floor installed and no feature yet."""
    app = Flask("portal", static_folder=None, template_folder=str(ROOT / "templates"))
    settings = runtime.settings
    app.config.update(
        MAX_CONTENT_LENGTH=bodies.FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=bodies.FORM_BYTES,
        ASSET_MARK=_asset_mark(ROOT / "static"),
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.converters.update(id=IdConverter, key=KeyConverter, int=NumberConverter)
    app.extensions[RUNTIME] = runtime
    app.extensions[navigation.COUNTERS] = dict(counters or {})
    htmx.set_up(app)
    pages.set_up(app)
    failures.set_up(app)
    _hooks(app, store)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _hooks(app: Flask, store: SessionStore) -> None:
    settings = app.extensions[RUNTIME].settings
    secure = settings.url.startswith("https://")
    policy = _policy(settings.issuer)

    @app.before_request
    def _open() -> None:
        _bound()
        stack = g.request_stack = ExitStack()
        stack.enter_context(logs.identified(uuid.uuid4().hex[:16]))
        raw = request.cookies.get(cookie_name(secure=secure))
        if raw and request.endpoint != ASSETS:
            g.signed_in_as = store.load(raw, prolong=not htmx.made_by_page())
        session = g.get("signed_in_as")
        own = session.language if session else text.CHINESE
        chosen = request.cookies.get(LANGUAGE_COOKIE) or own
        stack.enter_context(text.speaking(chosen))
        access.enforce()

    @app.after_request
    def _headers(response: Response) -> Response:
        bodies.settle(response)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        headers["X-Request-Id"] = logs.request_id() or "-"
        if secure:
            headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
        if request.endpoint != ASSETS:
            htmx.vary(response)
            private = g.get("signed_in_as") is not None or response.status_code in (401, 403)
            headers.setdefault("Cache-Control", "private, no-store" if private else "no-cache")
        return response

    @app.teardown_request
    def _close(_error: BaseException | None) -> None:
        stack = g.pop("request_stack", None)
        if stack is not None:
            stack.close()


def _bound() -> None:
    """Refuses addresses and heads that no page of ours needs; the server, far larger ones."""
    if len(request.full_path) > LONGEST_ADDRESS:
        raise RequestURITooLarge
    if len(request.headers) > MOST_HEADERS:
        raise RequestHeaderFieldsTooLarge


def _policy(issuer: str) -> str:
    parts = urlsplit(issuer)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            f"form-action 'self' {parts.scheme}://{parts.netloc}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


def _asset_mark(folder: Path) -> str:
    """Changes when an asset changes, so that browsers may keep assets for a year."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(
            f"{path.relative_to(folder)}:{path.stat().st_size}:{path.stat().st_mtime_ns}".encode()
        )
    return digest.hexdigest()[:12]
