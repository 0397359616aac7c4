"""Units, people, their roles and their sessions."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from auth.unit_kinds import GOVERNMENT_KINDS, UnitKind
from portal.kernel.db import Base, new_id

SCHEMES = ("auto", "light", "dark")


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Unit(Base):
    """A department, district, functional zone, public-service enterprise, firm or society.

    As a record of the access rules it belongs to itself: see `unit_id`.
    """

    __tablename__ = "unit"
    __table_args__ = (
        _one_of("kind", tuple(UnitKind)),
        CheckConstraint("parent_id <> id", name="parent"),
        CheckConstraint(
            "valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to", name="validity"
        ),
        UniqueConstraint("credit_code"),
        Index(
            "uq_unit_living_name",
            "region_code",
            "name",
            unique=True,
            sqlite_where=text("valid_to IS NULL"),
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(index=True)
    short_name: Mapped[str] = mapped_column(default="")
    credit_code: Mapped[str | None]
    region_code: Mapped[str]
    kind: Mapped[str]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"), index=True)
    duty: Mapped[str] = mapped_column(default="")
    office_phone: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    former_names: Mapped[list["UnitName"]] = relationship(
        back_populates="unit", order_by="UnitName.valid_to.desc()", lazy="raise"
    )
    unit_id: Mapped[str] = synonym("id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy reads it as a plain dict

    @property
    def is_government(self) -> bool:
        """Whether its people see what is shared among departments."""
        return self.kind in GOVERNMENT_KINDS

    @property
    def is_closed(self) -> bool:
        return self.valid_to is not None


class UnitName(Base):
    """A name that a unit had before."""

    __tablename__ = "unit_name"
    __table_args__ = (UniqueConstraint("unit_id", "name", "valid_to"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    unit: Mapped[Unit] = relationship(back_populates="former_names", lazy="raise")


class User(Base):
    """A person who has signed in, known by who vouches for them and the subject there."""

    __tablename__ = "user_account"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        _one_of("language", ("zh", "en")),
        _one_of("scheme", SCHEMES),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    issuer: Mapped[str]
    subject: Mapped[str]
    username: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(default="zh")
    scheme: Mapped[str] = mapped_column(default="auto")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]


class RoleAssignment(Base):
    """One role of one person, in one unit or for all; revoking deletes it, the trail remains."""

    __tablename__ = "role_assignment"
    __table_args__ = (
        Index(
            "uq_role_assignment_in_unit",
            "user_id",
            "role",
            "unit_id",
            unique=True,
            sqlite_where=text("unit_id IS NOT NULL"),
            postgresql_where=text("unit_id IS NOT NULL"),
        ),
        Index(
            "uq_role_assignment_for_all",
            "user_id",
            "role",
            unique=True,
            sqlite_where=text("unit_id IS NULL"),
            postgresql_where=text("unit_id IS NULL"),
        ),
        Index("ix_role_assignment_unit_id_role", "unit_id", "role"),
        CheckConstraint("granted_by <> user_id", name="granted_by"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    role: Mapped[str]
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"))
    granted_by: Mapped[str | None]
    granted_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]


class WebSession(Base):
    """A browser that is signed in; the cookie's value is kept nowhere, only its hash."""

    __tablename__ = "web_session"
    __table_args__ = (UniqueConstraint("digest"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[str]
    user_id: Mapped[str] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime]
    last_active_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    csrf_secret: Mapped[str]
    id_token: Mapped[str | None]
    device: Mapped[str] = mapped_column(default="")
    network: Mapped[str] = mapped_column(default="")


class UsedSignIn(Base):
    """A sign-in request whose answer has come; the same answer is refused a second time."""

    __tablename__ = "used_sign_in"

    digest: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
