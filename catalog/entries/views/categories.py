"""The category tree with the number of entries that the visitor may find."""

from flask import Response

from catalog.entries.queries import categories as queries
from catalog.entries.views.blueprint import bp
from portal.web.access import open_to_all
from portal.web.context import actor, runtime
from portal.web.pages import path, render


@bp.get("/categories")
@open_to_all
def categories() -> Response:
    """The top of the tree, two levels deep."""
    with runtime().database.reading() as session:
        branches = queries.branches(session, actor(), parent_id=None)
    return render("catalog/entries/categories.html", node=None, crumb_nodes=[], branches=branches)


@bp.get("/categories/<id:category_id>")
@open_to_all
def category(category_id: str) -> Response:
    """One node with what is below it."""
    with runtime().database.reading() as session:
        node = queries.known(session, category_id)
        ancestors = queries.ancestors(session, node)
        branches = queries.branches(session, actor(), parent_id=category_id)
    crumbs = [(a.name, path("entries.category", category_id=a.id)) for a in ancestors]
    return render(
        "catalog/entries/categories.html",
        node=node,
        crumb_nodes=[*crumbs, (node.name, None)],
        branches=branches,
    )
