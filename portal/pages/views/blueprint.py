"""The blueprint of pages that belong to no single feature."""

from flask import Blueprint

bp = Blueprint("pages", __name__, template_folder="../templates")
