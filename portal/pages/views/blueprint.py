"""The blueprint of pages that belong to no single feature."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from portal.pages.words import with_lang

bp = Blueprint("pages", __name__, template_folder="../templates")


@bp.record_once
def _tell_templates(state: BlueprintSetupState) -> None:
    """Lets the shell ask whether a page exists (see parts/places.html); marks Chinese words."""
    views, environment = state.app.view_functions, state.app.jinja_env
    environment.globals["knows"] = lambda endpoint: endpoint in views
    environment.filters["with_lang"] = with_lang
