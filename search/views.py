"""The page of results, its fragment, and suggestions under the field."""

from dataclasses import replace

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.kernel.errors import TooMany, Unavailable
from portal.kernel.paging import PAGE_SIZE, page_number
from portal.web.access import open_to_all
from portal.web.context import actor, runtime
from portal.web.pages import render, render_part
from search import page as pages
from search import queries
from search.bounds import one_search
from search.page import SearchPage
from search.parts import Search
from search.queries import Asked

bp = Blueprint("search", __name__, template_folder="templates", url_prefix="/search")


@bp.get("")
@open_to_all
def find() -> Response:
    """What is found, with facets; without the engine the records by name."""
    search, asked = runtime().part(Search), asked_by(request.args)
    with one_search(), runtime().database.reading() as session:
        shown = _page(session, search, asked)
    return render_part("search/find.html", "search/_results.html", page=shown)


@bp.get("/suggestions")
@open_to_all
def suggestions() -> Response:
    """Records that the text may be the beginning of."""
    text = request.args.get("q", "")[:40]
    search = runtime().part(Search)
    try:
        with one_search("suggestion"):
            ids = queries.suggested(runtime(), actor(), text)
    except (Unavailable, TooMany):
        ids = ()  # suggestions are a help, not a promise
    with runtime().database.reading() as session:
        rows = queries.rows(session, search, actor(), ids, brief=True)
    items = [{"label": row.title, "href": row.path, "note": row.unit} for row in rows]
    return render("search/_suggestions.html", items=items)


def asked_by(arguments: MultiDict[str, str]) -> Asked:
    """The question of an address; what is no filter of ours is left alone."""
    keys = [facet.key for facet in runtime().part(Search).facets]
    cursor = arguments.get("after")
    number = arguments.get("page")
    return Asked(
        text=arguments.get("q", ""),
        filters={
            key: frozenset(v) for key in keys if (v := list(filter(None, arguments.getlist(key))))
        },
        sort=arguments.get("sort", ""),
        page=page_number(number) if cursor is None else _far_page(number),
        cursor=cursor,
        size=PAGE_SIZE,
        facets=True,
        unfolded=frozenset(arguments.getlist(pages.UNFOLD)).intersection(keys),
    )


def _page(session: Session, search: Search, asked: Asked) -> SearchPage:
    try:
        result = queries.find(runtime(), actor(), asked)
    except Unavailable:
        rows, more = queries.browsed(session, search, actor(), page=asked.page, size=asked.size)
        return pages.without_engine(search, asked, rows, more=more)
    rows = queries.rows(session, search, actor(), [hit.id for hit in result.hits])
    shown = pages.results(session, search, asked, result=result, rows=rows)
    behind = queries.lag(session)
    own = queries.own_waiting(session, actor()) if behind.waiting else []
    own = [record_id for record_id in own if record_id not in {row.id for row in rows}]
    return replace(shown, lag=behind, own=pages.own_views(session, search, actor(), own))


def _far_page(raw: str | None) -> int:
    """Only counts what was shown before; the cursor leads the walk, however far it is."""
    return int(raw) if raw and raw.isascii() and raw.isdigit() and len(raw) < 9 else 1  # noqa: PLR2004
