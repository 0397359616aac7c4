"""The trail: who did what to which record, when; rows are only ever added."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.kernel.db import Base, Big


class AuditRow(Base):
    """One act; `detail` holds plain values, never personal data or secrets."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject_kind", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor_id: Mapped[str | None]
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    detail: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Act:
    """What a service reports to the trail."""

    action: str
    subject_kind: str
    subject_id: str
    detail: dict[str, Any]


def acts_on(
    session: Session, subject_kind: str, subject_id: str, *, limit: int = 50
) -> list[AuditRow]:
    """The newest acts on one record."""
    query = (
        select(AuditRow)
        .where(AuditRow.subject_kind == subject_kind, AuditRow.subject_id == subject_id)
        .order_by(AuditRow.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))
