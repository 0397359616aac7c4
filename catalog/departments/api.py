"""Units and their representatives as JSON."""

from typing import Any

from flask import Blueprint, Response

from catalog.departments.figures import NO_FIGURES, UnitFigures, figures_of
from catalog.departments.permissions import RECORD
from catalog.departments.queries.representatives import Office, holders
from catalog.departments.queries.units import UnitFilter, UnitLine, unit_list, unit_view
from catalog.departments.schemas import (
    APPOINTMENT,
    END,
    REPRESENTATIVE_ANSWER,
    UNIT_ANSWER,
    UNIT_QUERY,
    UNITS_ANSWER,
    appointment_of,
)
from catalog.departments.services import end_representative, record_representative
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.web.access import needs, open_to_all
from portal.web.api import PREFIX, answer, describes, read_body, read_query
from portal.web.context import actor, runtime

bp = Blueprint("departments_api", __name__, url_prefix=f"{PREFIX}/units")


@bp.get("")
@open_to_all
@describes(_("单位列表"), answer=UNITS_ANSWER, query=UNIT_QUERY)
def units() -> Response:
    """The units, narrowed as on the page, with their figures."""
    asked = read_query(UNIT_QUERY)
    wanted = UnitFilter(
        q=" ".join(asked["q"].split()),
        regions=tuple(asked["region"]),
        kinds=tuple(asked["kind"]),
        parent_id=asked["parent"],
        closed=asked["closed"],
    )
    with runtime().database.reading() as session:
        found = unit_list(session, wanted, page=asked["page"])
        figures = figures_of(runtime().features, session, actor(), found.ids)
    page = found.page
    rows = [
        _line(row, found.offices.get(row.id), (figures or {}).get(row.id, NO_FIGURES))
        for row in page.rows
    ]
    told = {"total": page.total, "page": page.number, "size": page.size, "units": rows}
    return answer(UNITS_ANSWER.dump(told))


@bp.get("/<id:unit_id>")
@open_to_all
@describes(_("一个单位"), answer=UNIT_ANSWER)
def unit(unit_id: str) -> Response:
    """One unit with its place in the tree, its representatives and its figures."""
    with runtime().database.reading() as session:
        view = unit_view(session, unit_id)
        held = holders(session, unit_id)
        figures = figures_of(runtime().features, session, actor(), [unit_id]) or {}
    told = {
        **{name: getattr(view.unit, name) for name in _RECORD},
        "representative": held.chief.name if held.chief else None,
        "figures": figures.get(unit_id, NO_FIGURES),
        "former_names": view.former_names,
        "above": view.above,
        "below": view.below,
        "below_count": view.below_count,
        "successors": view.successors,
        "chief_representative": held.chief,
        "deputy_representatives": held.deputies,
        "vacant_since": held.vacancy.since if held.vacancy else None,
    }
    return answer(UNIT_ANSWER.dump(told))


@bp.post("/<id:unit_id>/representatives")
@needs(RECORD)
@describes(_("备案首席代表或副代表"), answer=REPRESENTATIVE_ANSWER, body=APPOINTMENT, status=201)
def record(unit_id: str) -> Response:
    """Records a representative; `replaces` names the chief whose term ends with it."""
    appointment, replaces = appointment_of(read_body(APPOINTMENT))
    with unit_of_work(runtime(), actor()) as uow:
        made = record_representative(
            uow, unit_id=unit_id, appointment=appointment, replaces=replaces
        )
    return answer(REPRESENTATIVE_ANSWER.dump(made), 201)


@bp.post("/representatives/<id:representative_id>/transitions/end")
@needs(RECORD)
@describes(_("结束首席代表或副代表的任期"), answer=REPRESENTATIVE_ANSWER, body=END)
def end(representative_id: str) -> Response:
    """Ends a term, today unless the body names another day."""
    asked = read_body(END)
    with unit_of_work(runtime(), actor()) as uow:
        ended = end_representative(uow, representative_id=representative_id, on=asked["ended_on"])
    return answer(REPRESENTATIVE_ANSWER.dump(ended))


_LINE = tuple(name for name in UnitLine.__dataclass_fields__ if name != "former_name")
_RECORD = (*_LINE, "duty", "office_phone")


def _line(row: UnitLine, office: Office | None, figures: UnitFigures) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _LINE},
        "representative": office.holder if office else None,
        "figures": figures,
    }
