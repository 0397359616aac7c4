"""Pages of the import."""

from flask import Blueprint

bp = Blueprint("imports", __name__, url_prefix="/catalog/imports", template_folder="templates")
