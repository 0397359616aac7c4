"""What this feature hangs on the page of a unit: figures, what is overdue, entries, drafts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from catalog.departments.figures import UnitFigures
from catalog.departments.queries.units import UnitSubject
from catalog.entries.codelists import OPEN_TYPES, SHARE_TYPES, UPDATE_CYCLES
from catalog.entries.permissions import EDIT
from catalog.entries.queries import units as queries
from catalog.entries.queries.units import unit_figures
from catalog.entries.visibility import may_see_work
from catalog.entries.workflow import VERSION_WORKFLOW
from portal.kernel.access import Actor
from portal.kernel.feature import Panel
from portal.kernel.paging import Page
from portal.kernel.text import Text, _
from portal.web.pages import path

__all__ = ["PANELS", "unit_figures"]
WORDS = {"share": SHARE_TYPES.name, "open": OPEN_TYPES.name, "cycle": UPDATE_CYCLES.name}


def figures(session: Session, actor: Actor, subject: UnitSubject) -> Mapping[str, Any]:
    """The numbers of the unit, each with its list; no statement."""
    counted = subject.figures
    return {"items": _figure_items(subject, counted) if counted.entries else []}


def to_update(session: Session, actor: Actor, subject: UnitSubject) -> Mapping[str, Any]:
    """What is overdue or soon will be; one statement."""
    return {
        "rows": queries.should_be_updated(session, actor, subject.unit_id),
        "more": _address(subject, "overdue"),
        "overdue": subject.figures.overdue,
        "words": WORDS,
    }


def entries(session: Session, actor: Actor, subject: UnitSubject) -> Mapping[str, Any]:
    """The newest entries, or one of the lists that the figures count; one statement."""
    show = subject.show if subject.show in queries.LISTS else ""
    total = _counts(subject.figures)[show]
    number = min(subject.page, max(1, -(-total // queries.SHOWN)))
    rows = queries.unit_entries(session, actor, subject.unit_id, show=show, page=number)
    page = Page(rows, number, queries.SHOWN, total)
    place = queries.Place(subject.unit_id, subject.region_code)
    return {
        "subject": subject,
        "page": page,
        "tabs": _tabs(subject, show),
        "previous": _address(subject, show, page=number - 1) if number > 1 else None,
        "next": _address(subject, show, page=number + 1) if page.has_next else None,
        "all": path("search.find", unit=subject.unit_id),
        "with_drafts": may_see_work(actor, place),
        "words": WORDS,
    }


def drafts(session: Session, actor: Actor, subject: UnitSubject) -> Mapping[str, Any]:
    """What is not published yet, for people of the unit and reviewers; two statements."""
    place = queries.Place(subject.unit_id, subject.region_code)
    found = queries.unit_drafts(session, actor, place)
    own = actor.unit_id == subject.unit_id and actor.may(EDIT)
    return {
        "drafts": found,
        "state": VERSION_WORKFLOW.state,
        "counts": _draft_counts(found.counts) if found else [],
        "more": path("entries.own") if own else None,
    }


PANELS = (
    Panel("departments.unit.figures", 10, "catalog/entries/_unit_figures.html", figures),
    Panel("departments.unit", 10, "catalog/entries/_unit_to_update.html", to_update),
    Panel("departments.unit", 20, "catalog/entries/_unit_entries.html", entries),
    Panel("departments.unit", 30, "catalog/entries/_unit_drafts.html", drafts),
)


def _figure_items(subject: UnitSubject, counted: UnitFigures) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [
        {
            "label": _("数据目录"),
            "number": counted.entries,
            "unit": _("条"),
            "href": _address(subject, ""),
            "note": _("其中空目录 %(n)s 条", n=counted.empty),
        },
        {
            "label": _("挂接率"),
            "number": _share(counted.attached_share),
            "unit": "%",
            "href": _address(subject, "attached"),
            "note": _("已挂接资源 %(n)s 条", n=counted.attached),
        },
    ]
    if counted.dated:
        items.append(
            {
                "label": _("更新及时率"),
                "number": _share(counted.timely_share),
                "unit": "%",
                "href": _address(subject, "timely"),
                "note": _dated_words(counted),
            }
        )
    if counted.overdue:
        items.append(
            {
                "label": _("超期未更新"),
                "number": counted.overdue,
                "unit": _("条"),
                "href": _address(subject, "overdue"),
            }
        )
    return items


def _dated_words(counted: UnitFigures) -> Text:
    undated = counted.entries - counted.dated
    if not undated:
        return _("按 %(n)s 条计", n=counted.dated)
    return _(
        "按 %(n)s 条计，另有 %(m)s 条没有固定周期，或周期、更新时间未注明",
        n=counted.dated,
        m=undated,
    )


def _share(value: float | None) -> str:
    return f"{(value or 0) * 100:.1f}".removesuffix(".0")


def _counts(counted: UnitFigures) -> dict[str, int]:
    return {
        "": counted.entries,
        "attached": counted.attached,
        "empty": counted.empty,
        "timely": counted.timely,
        "overdue": counted.overdue,
    }


def _tabs(subject: UnitSubject, current: str) -> list[dict[str, Any]]:
    labels: dict[str, Text] = {
        "": _("全部"),
        "attached": _("已挂接资源"),
        "empty": _("空目录"),
        "timely": _("按时更新"),
        "overdue": _("超期未更新"),
    }
    counts = _counts(subject.figures)
    return [
        {
            "label": label,
            "href": _address(subject, show),
            "count": counts[show],
            "current": show == current,
        }
        for show, label in labels.items()
        if counts[show] or show in ("", current)
    ]


def _address(subject: UnitSubject, show: str, *, page: int | None = None) -> str:
    return path("departments.unit", unit_id=subject.unit_id, show=show, page=page) + "#entries"


def _draft_counts(counts: Mapping[str, int]) -> list[Text]:
    return [
        _("%(state)s %(n)s 条", state=VERSION_WORKFLOW.state(key).label, n=counts[key])
        for key in queries.OPEN_STATUSES
        if counts.get(key)
    ]
