"""The category tree with the number of entries that the visitor may find."""

from flask import Response, request

from catalog.entries.permissions import EDIT
from catalog.entries.queries import categories as queries
from catalog.entries.rules import readable
from catalog.entries.views.blueprint import bp
from portal.web.access import needs, open_to_all
from portal.web.context import actor, runtime
from portal.web.pages import render

LONGEST_TYPED = 300


@bp.get("/categories")
@open_to_all
def categories() -> Response:
    """The top of the tree, two levels deep."""
    with runtime().database.reading() as session:
        groups = queries.groups(session, actor())
    return render("catalog/entries/classes.html", groups=groups)


@bp.get("/categories/paths")
@needs(EDIT)
def category_paths() -> Response:
    """Paths that the typed one may become, as choices of the form; the upper ones at first."""
    typed = readable(request.args.get("category", ""))[:LONGEST_TYPED].strip()
    with runtime().database.reading() as session:
        found = queries.paths_like(session, typed) if typed else queries.upper_paths(session)
    return render("catalog/entries/_category_paths.html", category_paths=found)


@bp.get("/categories/<id:category_id>")
@open_to_all
def category(category_id: str) -> Response:
    """One node with what is below it."""
    with runtime().database.reading() as session:
        node = queries.known(session, category_id)
        ancestors = queries.ancestors(session, node)
        branches = queries.branches(session, actor(), parent_id=category_id)
    return render(
        "catalog/entries/categories.html", node=node, ancestors=ancestors, branches=branches
    )
