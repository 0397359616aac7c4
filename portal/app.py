"""The only place that knows every package: puts settings, database, features and parts together."""

import os
from pathlib import Path

from flask import Flask

from auth import sessions
from auth.feature import FEATURE as AUTH
from catalog.departments.feature import FEATURE as DEPARTMENTS
from catalog.entries.feature import FEATURE as ENTRIES
from catalog.entries.imports.feature import FEATURE as IMPORTS
from portal.kernel import logs, text
from portal.kernel.db import Database
from portal.kernel.feature import Feature
from portal.kernel.outbox import wire
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings, from_environment
from portal.pages.feature import FEATURE as PAGES
from portal.web import shell
from portal.web.access import refuse_undeclared
from search.feature import FEATURE as SEARCH

FEATURES: tuple[Feature, ...] = (PAGES, IMPORTS, ENTRIES, DEPARTMENTS, SEARCH, AUTH)
ROOT = Path(__file__).resolve().parent.parent


def open_runtime(settings: Settings | None = None) -> Runtime:
    """What a process of the product works with; the search engine is opened when first used."""
    os.umask(0o077)  # drafts lie in database, index and files: for their owner alone
    settings = settings or from_environment(os.environ)
    logs.set_up(secrets=settings.secrets(), level=settings.log_level)
    load_translations()
    database = Database(settings.database)
    handlers = wire([h for feature in FEATURES for h in feature.handlers])
    runtime = Runtime(settings, database, FEATURES, handlers)
    for feature in FEATURES:
        if feature.on_start is not None:
            feature.on_start(runtime)
    return runtime


def create_app(settings: Settings | None = None, *, runtime: Runtime | None = None) -> Flask:
    """The web application; refuses to start when a view declares no access."""
    runtime = runtime or open_runtime(settings)
    counters = {
        key: counter
        for feature in FEATURES
        for key, counter in feature.extra.get("counters", {}).items()
    }
    app = shell.make_app(runtime, sessions.SessionStore(runtime), counters=counters)
    for feature in FEATURES:
        for blueprint in feature.blueprints:
            app.register_blueprint(blueprint)
    refuse_undeclared(app)
    return app


def load_translations() -> None:
    """Reads the English of the shell and of every feature."""
    folders = {ROOT / feature.package.replace(".", "/") for feature in FEATURES}
    folders |= {ROOT / "portal" / part for part in ("", "kernel", "web", "commands")}
    text.load_catalogs(tuple(sorted(p for folder in folders if (p := folder / "en.po").exists())))
