"""An app with the pages of units; what they lead to is there by its address only."""

from dataclasses import dataclass
from functools import cache

from flask import Blueprint, Flask
from flask.testing import FlaskClient

from catalog.departments.feature import FEATURE as DEPARTMENTS
from catalog.entries.panels import PANELS, unit_figures
from portal.kernel.feature import Feature
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from portal.web import shell
from portal.web.access import open_to_all, refuse_undeclared
from portal.web.sessions import COOKIE, SignedIn
from tests.catalog.departments.city import City

ENTRIES = Feature(
    key="entries",
    label=_("数据目录"),
    package="catalog.entries",
    panels=PANELS,
    extra={"unit_figures": (unit_figures,)},
)
FEATURES = (ENTRIES, DEPARTMENTS)
TOKEN = "token-of-the-test"
ELSEWHERE = {
    "search": {"find": "/catalog"},
    "entries": {"detail": "/catalog/entries/<id:entry_id>", "own": "/catalog/own"},
}


class Store:
    """Everybody whom a test has signed in, by the value of the cookie."""

    def __init__(self) -> None:
        self.known: dict[str, SignedIn] = {}

    def load(self, raw_id: str, *, prolong: bool) -> SignedIn | None:
        return self.known.get(raw_id)


def make_app(runtime: Runtime) -> Flask:
    store = Store()
    app = shell.make_app(runtime, store)
    app.extensions["test.store"] = store
    for feature in runtime.features:
        for blueprint in feature.blueprints:
            app.register_blueprint(blueprint)
    for name, places in ELSEWHERE.items():
        app.register_blueprint(_elsewhere(name, tuple(places.items())))
    refuse_undeclared(app)
    return app


@cache
def _elsewhere(name: str, places: tuple[tuple[str, str], ...]) -> Blueprint:
    blueprint = Blueprint(name, __name__, template_folder="../../../catalog/entries/templates")
    for endpoint, rule in places:
        blueprint.add_url_rule(rule, endpoint, open_to_all(lambda **_values: ""))
    return blueprint


@dataclass(frozen=True, slots=True)
class Visitors:
    """Browsers by who sits at them."""

    city: City
    app: Flask

    def browser(self, who: str = "nobody", *, language: str = "zh") -> FlaskClient:
        client = self.app.test_client()
        person = self.city.people[who]
        if person.id is None:
            if language != "zh":
                client.set_cookie("portal_language", language)
            return client
        session = SignedIn(person, who, TOKEN, language, "light", "示例单位", (_("编目员"),))
        self.app.extensions["test.store"].known[who] = session
        client.set_cookie(COOKIE, who)
        return client
