"""Recording who answers for a unit's data, and that somebody does no longer."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from auth import queries as auth_queries
from catalog.departments.events import REPRESENTATIVE, RepresentativeRecorded
from catalog.departments.models import Representative
from catalog.departments.permissions import RECORD
from catalog.departments.rules import (
    WITHOUT_OFFICE,
    Appointment,
    end_objection,
    term_objections,
)
from catalog.departments.workflow import REPRESENTATIVE_WORKFLOW
from portal.kernel import clock
from portal.kernel.db import new_id
from portal.kernel.errors import Conflict, Invalid, Refused
from portal.kernel.text import _
from portal.kernel.transitions import fire
from portal.kernel.uow import UnitOfWork


def record_representative(
    uow: UnitOfWork, *, unit_id: str, appointment: Appointment, replaces: str | None = None
) -> Representative:
    """Records a chief representative or a deputy of a unit.

    `replaces` is the chief whom the caller saw in office; that term ends with the day before the
    new one. Raises NotFound, Refused without the right, for a closed unit or a firm, Invalid for
    a wrong term, Conflict when a chief is in office whom the caller did not name.
    """
    unit = auth_queries.unit(uow.session, unit_id)
    if not uow.actor.may(RECORD, unit):
        raise Refused(_("您没有为“%(unit)s”备案首席代表的权限。", unit=unit.name))
    if unit.is_closed:
        raise Refused(_("“%(unit)s”已撤销，不能再备案首席代表。", unit=unit.name))
    if unit.kind in WITHOUT_OFFICE:
        raise Refused(_("“%(unit)s”是企业或社会组织，不设公共数据首席代表。", unit=unit.name))
    objections = term_objections(appointment)
    if objections:
        raise Invalid(_("任期有误，没有保存。"), fields=objections)
    if not appointment.is_deputy:
        _succeed(uow, unit_id, appointment.term_from, replaces)
    record = Representative(
        id=new_id(),
        unit_id=unit_id,
        region_code=unit.region_code,
        created_at=uow.at,
        created_by=uow.actor.id,
        **{key: getattr(appointment, key) for key in Appointment.__dataclass_fields__},
    )
    uow.session.add(record)
    try:
        uow.session.flush()  # turns what a parallel record has just taken into a sentence
    except IntegrityError as error:
        raise _somebody_else() from error
    uow.emit(RepresentativeRecorded(subject_id=record.id, unit_id=unit_id))
    uow.audit("representative.record", REPRESENTATIVE, record.id, {"unit": unit_id})
    return record


def end_representative(
    uow: UnitOfWork, *, representative_id: str, on: date | None = None
) -> Representative:
    """Notes that a term ended, today unless another day is given.

    Raises NotFound, Refused without the right, Conflict when it has ended already, Invalid for a
    day before the term or after today.
    """
    record = uow.lock(Representative, representative_id)
    day, today = on or clock.today(), clock.local(uow.at).date()
    objection = end_objection(record.term_from, day, today)
    if objection is not None:
        raise Invalid(objection, fields={"ended_on": [objection]})
    fire(uow, REPRESENTATIVE_WORKFLOW, record, "end")
    record.ended_on = day
    return record


def _succeed(uow: UnitOfWork, unit_id: str, term_from: date, replaces: str | None) -> None:
    present = uow.session.scalars(
        select(Representative)
        .where(
            Representative.unit_id == unit_id,
            Representative.state == "active",
            Representative.is_deputy.is_(False),
        )
        .with_for_update()
    ).first()
    if present is None:
        return
    if present.id != replaces:
        raise _somebody_else()
    if term_from <= present.term_from:
        objection = _("任期起始日期应晚于现任首席代表的起始日期。")
        raise Invalid(objection, fields={"term_from": [objection]})
    fire(uow, REPRESENTATIVE_WORKFLOW, present, "end")
    today = clock.local(uow.at).date()
    present.ended_on = min(term_from - timedelta(days=1), today)
    uow.session.flush()  # before the successor takes the place that the unique index guards


def _somebody_else() -> Conflict:
    return Conflict(_("这个单位已有在任的首席代表。请刷新页面，核对后由新任接替，或先结束其任期。"))
