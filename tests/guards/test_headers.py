"""What every answer says to the browser, and where none may lead."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from portal import app as portal_app
from portal.web.shell import LANGUAGE_COOKIE
from tests.guards.test_routes import address, rules
from tests.world import NOBODY, World, close, settings_in

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%0d%0aLocation: https://evil.example",
    "/ok\r\nSet-Cookie: planted=1",
    "@evil.example",
    "evil.example",
    "",
)


def faults_of(response: TestResponse, *, signed_in: bool) -> Iterator[str]:
    """What an answer's headers lack or give away."""
    headers = response.headers
    expected = {**ALWAYS, **({"Cache-Control": "private, no-store"} if signed_in else {})}
    for name, value in expected.items():
        if headers.get(name) != value:
            yield f"{name}: {headers.get(name)}"
    yield from _policy_faults(headers.get("Content-Security-Policy", ""))
    if not {"HX-Request", "Cookie"} <= set(response.vary):
        yield f"Vary: {response.vary}"
    if not headers.get("X-Request-Id"):
        yield "no X-Request-Id"
    if "Access-Control-Allow-Origin" in headers:
        yield "open to other sites"


def _policy_faults(text: str) -> Iterator[str]:
    policy = dict(part.strip().partition(" ")[::2] for part in text.split(";"))
    for name, value in POLICY.items():
        if policy.get(name) != value:
            yield f"policy {name}: {policy.get(name)}"
    if "unsafe" in text or "*" in text:
        yield f"policy {text}"


@pytest.mark.parametrize("who", [NOBODY, "shuyu"])
def test_every_answer_carries_its_headers(shared_world: World, who: str) -> None:
    client, found = shared_world.client(who), {}
    for rule in rules(shared_world.app):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint in ("auth.start", "auth.callback"):
                continue  # no-store of their own, and the provider is asked
            response = client.open(address(rule), method=method)
            wrong = list(faults_of(response, signed_in=who != NOBODY))
            if wrong:
                found[f"{method} {rule}"] = wrong
    wrong = list(faults_of(client.get("/no-such-page"), signed_in=who != NOBODY))
    assert {**found, **({"404": wrong} if wrong else {})} == {}


def test_an_answer_without_headers_is_seen() -> None:
    from flask import Flask

    app = Flask("bare")
    assert len(list(faults_of(app.test_client().get("/"), signed_in=True))) > 8


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_way_back_leads_elsewhere(shared_world: World, target: str) -> None:
    for who, path in (("shuyu", "/sign-in"), (NOBODY, "/language/en"), ("shuyu", "/language/en")):
        response = shared_world.client(who).get(path, query_string={"next": target})
        assert response.status_code == 303
        assert re.fullmatch(r"/(?![/\\])[!-~]*", response.headers["Location"]), target
        assert "planted" not in str(response.headers)
    shared_world.client("shuyu").delete_cookie(LANGUAGE_COOKIE, domain="localhost")
    shared_world.client().delete_cookie(LANGUAGE_COOKIE, domain="localhost")


def test_a_way_back_on_this_site_is_kept(shared_world: World) -> None:
    response = shared_world.client("shuyu").get("/sign-in?next=/search%3Fq%3Dx")
    assert response.headers["Location"] == "/search?q=x"


def test_the_links_of_a_page_for_strangers_do_not_repeat_a_hostile_way_back(
    shared_world: World,
) -> None:
    for target in ELSEWHERE[:6]:
        page = shared_world.client().get("/sign-in", query_string={"next": target}).text
        assert "evil.example" not in re.sub(
            r"<a class=\"p-(?:lang|signin)\"[^>]*>|<p class=\"p-printed\">[^<]*|next=[^\"]*",
            "",
            page,
        )


@pytest.fixture
def https_world(sample_folder: Path) -> Iterator[World]:
    """The same behind https; only reads."""
    settings = replace(settings_in(sample_folder), public_url="https://data.example")
    runtime = portal_app.open_runtime(settings)
    yield World(runtime, portal_app.create_app(runtime=runtime), {}, {})
    close(runtime)


def test_behind_https_cookies_are_secure_and_the_browser_is_told_to_stay(
    https_world: World,
) -> None:
    response = https_world.client().get("/language/en", base_url="https://data.example")
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    (cookie,) = response.headers.getlist("Set-Cookie")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_on_plain_http_nothing_promises_https(shared_world: World) -> None:
    response = shared_world.client().get("/language/en")
    assert "Strict-Transport-Security" not in response.headers
    assert "Secure" not in response.headers["Set-Cookie"]
    shared_world.client().delete_cookie(LANGUAGE_COOKIE, domain="localhost")
