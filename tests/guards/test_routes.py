"""Every route: access declared, typed parameters, kebab-case, no state change by GET, token asked."""

import re
from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import Rule

from portal.web.access import access_of, open_to_all, refuse_undeclared
from tests.world import World

STATIC = {"pages.static"}
KEBAB = re.compile(r"[a-z0-9./-]*")
PARAMETER = re.compile(r"<([^<>]*)>")
SAMPLE = {"IdConverter": "00000000-0000-4000-8000-000000000000", "KeyConverter": "publish"}


def rules(app: Flask) -> list[Rule]:
    """All routes but those of assets."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in STATIC]


def faults_of(rule: Rule, app: Flask) -> Iterator[str]:
    """What is wrong with one route."""
    if access_of(app.view_functions[rule.endpoint]) is None:
        yield f"{rule}: no access declared"
    for parameter in PARAMETER.findall(rule.rule):
        if ":" not in parameter:
            yield f"{rule}: parameter {parameter} has no type"
    if not KEBAB.fullmatch(PARAMETER.sub("", rule.rule)):
        yield f"{rule}: not kebab-case"


def address(rule: Rule) -> str:
    """An address that the rule matches."""
    values = {
        name: SAMPLE.get(type(converter).__name__, "1")
        for name, converter in rule._converters.items()
    }
    return re.sub(r"<[^:<>]*:([^<>]*)>", lambda match: values[match[1]], rule.rule)


def test_every_route_declares_access_and_has_a_plain_address(shared_world: World) -> None:
    app = shared_world.app
    assert [fault for rule in rules(app) for fault in faults_of(rule, app)] == []


def test_the_guard_sees_an_undeclared_untyped_and_badly_written_route() -> None:
    app = Flask("bad", static_folder=None)

    @app.get("/Some_Thing/<name>")
    def some_thing(name: str) -> str:
        return name

    found = list(faults_of(next(app.url_map.iter_rules()), app))
    assert len(found) == 3
    with pytest.raises(RuntimeError, match="some_thing"):
        refuse_undeclared(app)


def test_a_declared_view_is_let_in() -> None:
    app = Flask("good", static_folder=None)
    bp = Blueprint("b", __name__)

    @bp.get("/things")
    @open_to_all
    def things() -> str:
        return ""

    app.register_blueprint(bp)
    refuse_undeclared(app)


def test_every_changing_route_refuses_a_request_without_token(shared_world: World) -> None:
    client = shared_world.client("shuyu")
    let_through = []
    for rule in rules(shared_world.app):
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            response = client.open(address(rule), method=method)
            if response.status_code != 403:
                let_through.append(f"{method} {rule} {response.status_code}")
    assert let_through == []


def test_every_changing_route_refuses_somebody_who_is_not_signed_in(shared_world: World) -> None:
    client = shared_world.client()
    let_through = []
    for rule in rules(shared_world.app):
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            response = client.open(address(rule), method=method)
            if response.status_code != 401:
                let_through.append(f"{method} {rule} {response.status_code}")
    assert let_through == []
