"""The blueprint that the pages of entries share."""

from flask import Blueprint

bp = Blueprint("entries", __name__, url_prefix="/catalog", template_folder="../templates")
