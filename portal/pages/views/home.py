"""The home page: search first, figures that open their lists, themes, newest, units."""

from dataclasses import dataclass
from typing import Any

from flask import Response

from catalog.entries.codelists import THEMES
from catalog.entries.queries import figures, lists
from portal.kernel.text import Text, _
from portal.pages.views.blueprint import bp
from portal.web.access import open_to_all
from portal.web.context import actor, runtime
from portal.web.pages import path, render

NEWEST_SHOWN = 6
UNITS_SHOWN = 6
OFTEN = ("公交线路", "停车场", "泉水", "空气质量", "行政许可", "不动产登记")


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
        values: dict[str, Any] = {
            "counts": counts,
            "figures": _figures(counts),
            "themes": [
                Theme(THEMES.values.get(key, key), path("search.find", theme=key), n)
                for key, n in figures.themes(session, actor())
            ],
            "newest": lists.newest(session, actor(), limit=NEWEST_SHOWN),
            "units": lists.largest_units(session, actor(), limit=UNITS_SHOWN),
        }
    return render("portal/pages/home.html", often=OFTEN, **values)


def _figures(counts: figures.Counts) -> list[dict[str, Any]]:
    return [
        {"label": _("数据目录"), "number": counts.entries, "unit": _("条"), "href": path("search.find")},
        {
            "label": _("已挂接资源"),
            "number": counts.with_resource,
            "unit": _("条"),
            "href": path("entries.listed", has="resource"),
            "note": _("挂接率 %(share)s", share=f"{counts.resource_share:.1%}"),
        },
        {
            "label": _("无条件开放"),
            "number": counts.open,
            "unit": _("条"),
            "href": path("search.find", open_type="unconditional"),
        },
        {
            "label": _("更新及时"),
            "number": counts.fresh,
            "unit": _("条"),
            "href": path("search.find", timeliness=["fresh", "due"]),
            "note": _("及时率 %(share)s", share=f"{counts.fresh_share:.1%}"),
        },
        {
            "label": _("提供单位"),
            "number": counts.units,
            "unit": _("个"),
            "href": path("departments.units"),
        },
    ]
