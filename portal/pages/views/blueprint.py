"""The blueprint of pages that belong to no single feature."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

bp = Blueprint("pages", __name__, template_folder="../templates")


@bp.record_once
def _tell_templates(state: BlueprintSetupState) -> None:
    """Lets the shell ask whether a page exists before it leads there (see parts/places.html)."""
    views = state.app.view_functions
    state.app.jinja_env.globals["knows"] = lambda endpoint: endpoint in views
