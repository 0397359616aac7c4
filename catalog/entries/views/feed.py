"""The feed of the catalog: what is new in it, for feed readers and other programs."""

from flask import Response, request

from catalog.entries import atom
from catalog.entries.codelists import THEMES
from catalog.entries.queries.feed import FeedFilter, FeedPage, FeedRow, feed_page
from catalog.entries.views.blueprint import bp
from catalog.entries.views.listing import is_id
from portal.kernel.errors import missing
from portal.kernel.text import CHINESE, _, speaking
from portal.web.access import open_to_all
from portal.web.context import runtime
from portal.web.pages import path

ENDPOINT = "entries.feed"


@bp.get("/feed.atom")
@open_to_all
def feed() -> Response:
    """Newest published entries, narrowed by unit and theme; the same for everybody who asks."""
    wanted = FeedFilter(*(request.args.get(name) or None for name in ("unit", "theme", "after")))
    if (wanted.unit_id and not is_id(wanted.unit_id)) or wanted.theme not in {None, *THEMES.values}:
        raise missing(_("这个列表"))
    with runtime().database.reading() as session:
        page = feed_page(session, wanted)
    with speaking(CHINESE):  # as the entries are, whatever the reader's pages are in
        body = atom.written(_head(wanted, page), page, [_paths(row) for row in page.rows])
    response = Response(body, mimetype=atom.TYPE)
    response.last_modified = page.changed_at
    response.add_etag()
    response.make_conditional(request)
    return response


def _head(wanted: FeedFilter, page: FeedPage) -> atom.FeedHead:
    settings = runtime().settings
    site = str(_("%(city)s公共数据门户", city=_(settings.city_name)))
    theme = THEMES.values[wanted.theme] if wanted.theme else None
    about = [str(name) for name in (page.unit_name, theme) if name]
    narrowed = {"unit": wanted.unit_id, "theme": wanted.theme}
    links = [
        ("self", path(ENDPOINT, **narrowed, after=wanted.cursor)),
        ("alternate", path("search.find", **narrowed, sort="newest")),
        ("first", path(ENDPOINT, **narrowed)),
    ]
    if page.next_cursor:
        links.append(("next", path(ENDPOINT, **narrowed, after=page.next_cursor)))
    return atom.FeedHead(
        url=settings.url,
        site=site,
        key=":".join(["catalog", *(f"{k}:{v}" for k, v in narrowed.items() if v)]),
        title=str(_("%(site)s数据目录", site=site)) + "".join(f" · {name}" for name in about),
        links=links,
    )


def _paths(row: FeedRow) -> atom.Paths:
    return atom.Paths(
        entry=path("entries.detail", entry_id=row.id),
        document=path("entries.document", entry_id=row.id),
        unit=path("departments.unit", unit_id=row.unit_id),
    )
