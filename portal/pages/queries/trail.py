"""The trail as the auditor reads it: newest first, narrowed by kind, record, person and days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from auth import queries as auth_queries
from portal.kernel import clock
from portal.kernel.audit import AuditRow

ACTS_SHOWN = 50
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)  # whose moments can be told


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What the trail is narrowed to; None for no limit. Both days are included."""

    kind: str | None = None
    record: str | None = None
    who: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Some acts, newest first; `earlier` is what `before` has to be for more.

    `units` and `people` name those that the acts speak of.
    """

    rows: Sequence[AuditRow]
    earlier: int | None
    units: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)


def trail_page(
    session: Session, wanted: TrailFilter, *, before: int | None = None, limit: int = ACTS_SHOWN
) -> TrailPage:
    """One page of the trail: the newest acts, or those before one; three statements."""
    query = select(AuditRow).where(*_conditions(wanted)).order_by(AuditRow.id.desc())
    if before is not None:
        query = query.where(AuditRow.id < before)
    found = session.scalars(query.limit(limit + 1)).all()
    rows = found[:limit]
    return TrailPage(
        rows,
        rows[-1].id if len(found) > limit else None,
        units=auth_queries.unit_names(session, _spoken_of(rows, "unit")),
        people=auth_queries.user_names(session, _spoken_of(rows, "user")),
    )


def _conditions(wanted: TrailFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        found.append(AuditRow.subject_kind == wanted.kind)
    if wanted.record is not None:
        found.append(AuditRow.subject_id == wanted.record)
    if wanted.who is not None:
        accounts = auth_queries.account_ids(wanted.who)
        found.append(or_(AuditRow.actor_name == wanted.who, AuditRow.actor_id.in_(accounts)))
    if wanted.since is not None:
        found.append(AuditRow.at >= clock.day_start(_kept(wanted.since)))
    if wanted.until is not None:
        found.append(AuditRow.at <= clock.day_end(_kept(wanted.until)))
    return found


def _kept(day: date) -> date:
    return min(max(day, FIRST_DAY), LAST_DAY)


def _spoken_of(rows: Sequence[AuditRow], kind: str) -> set[str]:
    """The units or the people among the records of the acts, and in their details."""
    records = {row.subject_id for row in rows if row.subject_kind == kind}
    return records | {str(row.detail[kind]) for row in rows if row.detail.get(kind)}
