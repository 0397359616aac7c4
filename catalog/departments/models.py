"""The chief representatives of units and their deputies."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.departments.workflow import REPRESENTATIVE_WORKFLOW
from portal.kernel.db import Base, new_id

_IN_OFFICE = text("state = 'active' AND NOT is_deputy")


class Representative(Base):
    """A chief representative (首席代表) or deputy of a unit; at most one chief is in office.

    `term_to` is what the document says, `ended_on` when the term really ended.
    """

    __tablename__ = "representative"
    __table_args__ = (
        REPRESENTATIVE_WORKFLOW.check_constraint(),
        CheckConstraint("term_to IS NULL OR term_from <= term_to", name="term"),
        CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name="ended_on"),
        Index(
            "uq_representative_chief_in_office",
            "unit_id",
            unique=True,
            sqlite_where=_IN_OFFICE,
            postgresql_where=_IN_OFFICE,
        ),
        Index("ix_representative_unit", "unit_id", "is_deputy", "term_from"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    region_code: Mapped[str]
    name: Mapped[str]
    post: Mapped[str]
    office_phone: Mapped[str]
    appointing_document: Mapped[str]
    term_from: Mapped[date]
    term_to: Mapped[date | None]
    is_deputy: Mapped[bool] = mapped_column(default=False)
    liaison: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=REPRESENTATIVE_WORKFLOW.initial)
    ended_on: Mapped[date | None]
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012  SQLAlchemy's own shape
