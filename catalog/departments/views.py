"""The pages of units: the list, one unit, and who answers for its data."""

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from auth import queries as auth_queries
from auth.code_lists import UNIT_KINDS
from auth.regions import region_name
from catalog.departments import forms, listing
from catalog.departments.figures import NO_FIGURES, figures_of
from catalog.departments.permissions import RECORD
from catalog.departments.queries.representatives import holders
from catalog.departments.queries.units import (
    UnitSubject,
    UnitView,
    unit_list,
    unit_name,
    unit_view,
)
from catalog.departments.schemas import APPOINTMENT, END, appointment_of
from catalog.departments.services import end_representative, record_representative
from portal.kernel.errors import Conflict, Invalid, Refused
from portal.kernel.paging import page_number
from portal.kernel.schemas import load
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.web.access import needs, open_to_all
from portal.web.context import actor, runtime
from portal.web.pages import go, path, render, render_part
from portal.web.panels import panels

bp = Blueprint("departments", __name__, url_prefix="/units", template_folder="templates")


@bp.get("")
@open_to_all
def units() -> Response:
    """The units, narrowed by name, region and kind."""
    page, fragment = "catalog/departments/units.html", "catalog/departments/_units.html"
    return render_part(page, fragment, **_list())


@bp.get("/<id:unit_id>")
@open_to_all
def unit(unit_id: str) -> Response:
    """One unit: who answers for its data, and what other features know of it."""
    return render("catalog/departments/unit.html", **_unit(unit_id))


@bp.get("/<id:unit_id>/representatives")
@needs(RECORD)
def representatives(unit_id: str) -> Response:
    """The form that records a representative, beside those in office."""
    return _representatives(unit_id)


@bp.post("/<id:unit_id>/representatives")
@needs(RECORD)
def record(unit_id: str) -> Response | WerkzeugResponse:
    """Records a chief representative or a deputy; a refused form keeps what was typed."""
    try:
        checked = load(APPOINTMENT, forms.appointment_values(request.form))
        appointment, replaces = appointment_of(checked)
        with unit_of_work(runtime(), actor()) as uow:
            record_representative(uow, unit_id=unit_id, appointment=appointment, replaces=replaces)
    except (Invalid, Conflict) as error:
        return _representatives(unit_id, error=error)
    return go("departments.unit", unit_id=unit_id)


@bp.post("/<id:unit_id>/representatives/<id:representative_id>/transitions/end")
@needs(RECORD)
def end(unit_id: str, representative_id: str) -> Response | WerkzeugResponse:
    """Ends the term of a representative."""
    try:
        values = load(END, forms.end_values(request.form))
        with unit_of_work(runtime(), actor()) as uow:
            ended = end_representative(
                uow, representative_id=representative_id, on=values["ended_on"]
            )
    except Invalid as error:
        return _representatives(unit_id, error=error, ending=representative_id)
    return go("departments.representatives", unit_id=ended.unit_id)


def _list() -> dict[str, Any]:
    wanted = listing.filter_of(request.args)
    number = page_number(request.args.get("page"))
    with runtime().database.reading() as session:
        found = unit_list(session, wanted, page=number)
        figures = figures_of(runtime().features, session, actor(), found.ids)
        parent_name = unit_name(session, wanted.parent_id) if wanted.parent_id else None
    return {
        "wanted": wanted,
        "carried": listing.carried(wanted),
        "rows": listing.shown(found, figures),
        "page": found.page,
        "previous": listing.address(wanted, page=number - 1) if number > 1 else None,
        "next": listing.address(wanted, page=number + 1) if found.page.has_next else None,
        "regions": listing.regions(found, wanted),
        "kinds": listing.kinds(found, wanted),
        "chips": listing.chips(wanted, parent_name),
    }


def _unit(unit_id: str) -> dict[str, Any]:
    with runtime().database.reading() as session:
        view = unit_view(session, unit_id)
        unit = view.unit
        counted = figures_of(runtime().features, session, actor(), [unit_id])
        subject = UnitSubject(
            unit_id=unit.id,
            region_code=unit.region_code,
            name=unit.name,
            is_closed=unit.is_closed,
            figures=(counted or {}).get(unit_id, NO_FIGURES),
            show=request.args.get("show", ""),
            page=page_number(request.args.get("page")),
        )
        return {
            "view": view,
            "unit": unit,
            "trail": _trail(view),
            "region": region_name(unit.region_code),
            "kind": UNIT_KINDS.name(unit.kind),
            "entries": subject.figures.entries,
            "holders": holders(session, unit_id),
            "may_record": actor().may(RECORD, unit) and unit.has_office,
            "top_panels": panels(session, "departments.unit.figures", subject),
            "main_panels": panels(session, "departments.unit", subject),
        }


def _trail(view: UnitView) -> list[tuple[Any, str | None]]:
    above = [
        (listing.own_words(each.name), path("departments.unit", unit_id=each.id))
        for each in view.above
    ]
    here = (listing.own_words(view.unit.name), None)
    return [(_("部门"), path("departments.units")), *above, here]


def _representatives(
    unit_id: str, *, error: Invalid | Conflict | None = None, ending: str | None = None
) -> Response:
    with runtime().database.reading() as session:
        unit = unit_view(session, unit_id).unit
        if not actor().may(RECORD, unit):
            raise Refused(_("您没有为“%(unit)s”备案首席代表的权限。", unit=unit.name))
        values = {
            "unit": unit,
            "holders": holders(session, unit_id),
            "people": [(c.id, c.name) for c in auth_queries.people_of_unit(session, unit_id)],
        }
    return render(
        "catalog/departments/representatives.html",
        error.status if error else 200,
        **values,
        typed=forms.typed(request.form if ending is None else None),
        errors=error.fields if isinstance(error, Invalid) else {},
        refusal=error if error and not (isinstance(error, Invalid) and error.fields) else None,
        labels=forms.LABELS,
        ending=ending,
    )
