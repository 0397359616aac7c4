"""The category tree with the number of entries that the visitor may find."""

from flask import Response

from catalog.entries.queries import categories as queries
from catalog.entries.views.blueprint import bp
from portal.web.access import open_to_all
from portal.web.context import actor, runtime
from portal.web.pages import render


@bp.get("/categories")
@open_to_all
def categories() -> Response:
    """The top of the tree, two levels deep."""
    with runtime().database.reading() as session:
        groups = queries.groups(session, actor())
    return render("catalog/entries/classes.html", groups=groups)


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
