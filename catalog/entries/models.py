"""Tables of the catalog: entries, versions, published items and resources, categories, codes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel.db import Base, Big, new_id


class Entry(Base):
    """One catalog entry (信息资源). Its columns show the published version, or the first draft."""

    __tablename__ = "entry"
    __table_args__ = (
        STANDING_WORKFLOW.check_constraint(),
        UniqueConstraint("region_code", "code"),
        Index("ix_entry_unit_standing", "unit_id", "standing", "title_key", "id"),
        Index("ix_entry_unit_title", "unit_id", "title_norm"),
        Index(
            "ix_entry_unit_figures",
            "unit_id",
            "standing",
            "overdue_at",
            "soon_at",
            "open_type",
            "resource_count",
        ),
        Index("ix_entry_unit_newest", "unit_id", "standing", "metadata_changed_at"),
        Index("ix_entry_source_key", "source_key", "unit_id"),
        Index("ix_entry_standing_published", "standing", "metadata_changed_at", "id"),
        Index("ix_entry_standing_name", "standing", "title_key", "id"),
        Index("ix_entry_category", "category_id", "standing", "open_type"),
        Index("ix_entry_batch", "batch_id"),
        Index("ix_entry_overdue", "standing", "overdue_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    region_code: Mapped[str]
    code: Mapped[str | None]
    standing: Mapped[str] = mapped_column(default=STANDING_WORKFLOW.initial)
    title: Mapped[str]
    title_norm: Mapped[str]
    title_key: Mapped[str]
    abstract: Mapped[str | None]
    category_id: Mapped[str | None] = mapped_column(ForeignKey("category.id"))
    share_type: Mapped[str | None]
    open_type: Mapped[str | None]
    open_access: Mapped[str | None]
    update_cycle: Mapped[str | None]
    security_level: Mapped[str | None]
    formats: Mapped[list[str]] = mapped_column(default=list)
    themes: Mapped[list[str]] = mapped_column(default=list)
    item_count: Mapped[int] = mapped_column(default=0)
    resource_count: Mapped[int] = mapped_column(default=0)
    data_updated_at: Mapped[datetime | None]
    soon_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    first_published_at: Mapped[datetime | None]
    metadata_changed_at: Mapped[datetime]
    current_version_id: Mapped[str | None]
    open_version_id: Mapped[str | None]
    last_number: Mapped[int] = mapped_column(default=0)
    source_key: Mapped[str | None]
    batch_id: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012  SQLAlchemy's own shape


class EntryVersion(Base):
    """One version: a canonical JSON document with its hash; published ones never change."""

    __tablename__ = "entry_version"
    __table_args__ = (
        VERSION_WORKFLOW.check_constraint(),
        UniqueConstraint("entry_id", "number"),
        Index("ix_entry_version_status", "status", "submitted_at", "id"),
        Index("ix_entry_version_batch", "batch_id", "status"),
        Index("ix_entry_version_unit", "unit_id", "status", "saved_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    region_code: Mapped[str]
    number: Mapped[int]
    status: Mapped[str] = mapped_column(default=VERSION_WORKFLOW.initial)
    document: Mapped[str]
    sha256: Mapped[str]
    summary: Mapped[str | None]
    batch_id: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str | None]
    created_by_name: Mapped[str]
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012  SQLAlchemy's own shape


class EntryItem(Base):
    """One published item (信息项); its id stays through versions and imports."""

    __tablename__ = "entry_item"
    __table_args__ = (Index("ix_entry_item_entry", "entry_id", "position"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    position: Mapped[int]
    name: Mapped[str]
    field: Mapped[str | None]
    table_name: Mapped[str | None]
    type: Mapped[str | None]
    length: Mapped[str | None]
    range: Mapped[str | None]
    sensitive: Mapped[bool | None]
    masking: Mapped[str | None]
    incremental: Mapped[bool | None]
    key: Mapped[bool | None]
    own: Mapped[bool | None]
    standardised: Mapped[bool | None]
    share_type: Mapped[str | None]
    note: Mapped[str | None]


class EntryResource(Base):
    """One published resource (挂接资源); its id stays through versions and imports."""

    __tablename__ = "entry_resource"
    __table_args__ = (Index("ix_entry_resource_entry", "entry_id", "position"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    position: Mapped[int]
    kind: Mapped[str]
    name: Mapped[str]
    description: Mapped[str | None]
    format: Mapped[str | None]
    address: Mapped[str | None]
    rows: Mapped[int | None] = mapped_column(Big)
    size_bytes: Mapped[int | None] = mapped_column(Big)
    updated_at: Mapped[str | None]
    database: Mapped[str | None]
    schema: Mapped[str | None]
    table: Mapped[str | None]
    encoding: Mapped[str | None]
    file_name: Mapped[str | None]
    method: Mapped[str | None]
    auth: Mapped[str | None]
    inputs: Mapped[list[str]] = mapped_column(default=list)
    outputs: Mapped[list[str]] = mapped_column(default=list)


class Category(Base):
    """One node of the category tree (类、项、目、细目 and deeper)."""

    __tablename__ = "category"
    __table_args__ = (
        UniqueConstraint("parent_id", "name"),
        UniqueConstraint("parent_id", "segment"),
        Index("ix_category_prefix", "prefix"),
        Index("ix_category_path", "path"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("category.id"))
    level: Mapped[int]
    segment: Mapped[str]
    prefix: Mapped[str]
    name: Mapped[str]
    path: Mapped[str]


class CodeSequence(Base):
    """The last sequence number given under one category prefix in one region."""

    __tablename__ = "code_sequence"

    region_code: Mapped[str] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
