"""The home page: search first, figures that open their lists, themes, newest, units."""

from dataclasses import dataclass
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from catalog.entries.codelists import OPEN_TYPES, THEMES
from catalog.entries.queries import figures, lists
from catalog.entries.queries.entries import EntryRow, rows_by_ids
from portal.kernel.access import Person
from portal.kernel.errors import Unavailable
from portal.kernel.text import Text, _
from portal.pages.views.blueprint import bp
from portal.web.access import open_to_all
from portal.web.context import actor, runtime
from portal.web.filters import percent
from portal.web.pages import path, render
from search.engine import NEWEST
from search.queries import Asked, find

THEMES_SHOWN = 16
NEWEST_SHOWN = 5
UNITS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme with the number of entries in it."""

    label: Text | str
    href: str
    count: int


@bp.get("/")
@open_to_all
def home() -> Response:
    """What the catalog holds for this visitor."""
    with runtime().database.reading() as session:
        counts = figures.counts(session, actor())
        themes = figures.themes(session, actor())[:THEMES_SHOWN]
        newest = _newest(session)
        units = lists.largest_units(session, actor(), limit=UNITS_SHOWN)
    return render(
        "portal/pages/home.html",
        counts=counts,
        figures=_figures(counts),
        themes=[
            Theme(THEMES.values.get(key, key), path("search.find", theme=key), n)
            for key, n in themes
        ],
        newest=newest,
        units=units,
        open_types=OPEN_TYPES,
    )


def _newest(session: Session) -> list[EntryRow]:
    """The beginning of the list that the link below opens, published entries alone.

    A draft is found by the unit and the role of who asks; somebody who has neither, and else is
    like the visitor, finds what is published. Without the engine: what changed last.
    """
    anybody = Person(id=None, name="", is_government=actor().is_government)
    try:
        found = find(runtime(), anybody, Asked(sort=NEWEST, size=NEWEST_SHOWN))
    except Unavailable:
        return lists.newest(session, actor(), limit=NEWEST_SHOWN)
    return rows_by_ids(session, actor(), [hit.id for hit in found.hits])


def _figures(counts: figures.Counts) -> list[dict[str, Any]]:
    """Each opens the list that it counts; a share of nothing is none."""
    entries = _("条")
    resource_share = counts.resource_share if counts.entries else None
    fresh_share = counts.fresh_share if counts.fresh + counts.overdue else None
    return [
        {
            "label": _("数据目录"),
            "number": counts.entries,
            "unit": entries,
            "href": path("search.find"),
            "note": _("%(n)s 个单位提供", n=counts.units),
        },
        {
            "label": _("已挂接资源"),
            "number": counts.with_resource,
            "unit": entries,
            "href": path("entries.listed", has="resource"),
            "note": _("挂接率 %(share)s", share=percent(resource_share)),
        },
        {
            "label": _("无条件开放"),
            "number": counts.open,
            "unit": entries,
            "href": path("search.find", open_type="unconditional"),
            "note": _("不需要申请"),
        },
        {
            "label": _("更新及时"),
            "number": counts.fresh,
            "unit": entries,
            "href": path("search.find", timeliness=["fresh", "due"]),
            "note": _("更新及时率 %(share)s", share=percent(fresh_share)),
        },
        {
            "label": _("超期未更新"),
            "number": counts.overdue,
            "unit": entries,
            "href": path("search.find", timeliness="overdue"),
            "note": _("已过约定的更新周期"),
        },
    ]
