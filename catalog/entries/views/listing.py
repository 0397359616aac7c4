"""A plain list of entries from the database alone: all, of a unit, with or without resource."""

import re
from typing import Any

from flask import Response, request

from auth import queries as auth_queries
from catalog.entries.queries import lists
from catalog.entries.views.blueprint import bp
from portal.kernel.errors import missing
from portal.kernel.paging import page_number
from portal.kernel.text import Text, _
from portal.web.access import open_to_all
from portal.web.context import actor, runtime
from portal.web.pages import path, render

TITLES: dict[str | None, Text] = {
    None: _("全部数据目录"),
    "resource": _("已挂接资源的目录"),
    "nothing": _("还没有挂接资源的目录"),
}
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@bp.get("/entries")
@open_to_all
def listed() -> Response:
    """Entries by name, narrowed by unit and by whether they have a resource."""
    has, unit_id = request.args.get("has") or None, request.args.get("unit") or None
    if has not in TITLES or (unit_id and not is_id(unit_id)):
        raise missing(_("这个列表"))
    number = page_number(request.args.get("page"))
    with runtime().database.reading() as session:
        page = lists.browse(session, actor(), page=number, unit_id=unit_id, has=has)
        names = auth_queries.unit_names(session, [unit_id]) if unit_id else {}
    if unit_id and unit_id not in names:
        raise missing(_("这个单位"))
    return render(
        "catalog/entries/listed.html",
        page=page,
        title=TITLES[has],
        tabs=_tabs(has, unit_id),
        has=has,
        unit_id=unit_id,
        unit_name=names.get(unit_id or ""),
    )


def is_id(value: str) -> bool:
    """Whether a value of a query can be the id of a record."""
    return _ID.fullmatch(value) is not None


def _tabs(has: str | None, unit_id: str | None) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "href": path("entries.listed", has=key, unit=unit_id),
            "current": key == has,
        }
        for key, label in TITLES.items()
    ]
