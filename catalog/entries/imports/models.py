"""Tables of the import: batches, what became of their rows, problems, units, known rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Big, new_id
from portal.kernel.sentence import Sentence
from portal.kernel.text import Text

RECEIVED, EXAMINING, EXAMINED, IMPORTING, DONE, FAILED, CANCELLED = STAGES = (
    "received",
    "examining",
    "examined",
    "importing",
    "done",
    "failed",
    "cancelled",
)
INTERRUPTED = "interrupted"  # told of a batch at which nobody works any more, never stored
NEW, CHANGED, UNCHANGED, REFUSED = OUTCOMES = ("new", "changed", "unchanged", "refused")
OF_FILE, OF_IMPORT = ("file", "import")


class ImportBatch(Base):
    """One file and its import; it belongs to the unit of who sent it."""

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint(f"stage IN {STAGES}", name="stage"),
        Index("ix_import_batch_created_at", "created_at", "id"),
        Index("ix_import_batch_unit", "unit_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"))
    region_code: Mapped[str]
    default_unit_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"))
    stage: Mapped[str] = mapped_column(default=RECEIVED)
    file_name: Mapped[str]
    file_size: Mapped[int] = mapped_column(Big)
    file_id: Mapped[str | None]
    returned_file_id: Mapped[str | None]
    overrides: Mapped[dict[str, Any]] = mapped_column(default=dict)
    publish: Mapped[bool] = mapped_column(default=False)
    columns: Mapped[list[str]] = mapped_column(default=list)
    found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    read_count: Mapped[int] = mapped_column(default=0)
    draft_count: Mapped[int] = mapped_column(default=0)
    new_count: Mapped[int] = mapped_column(default=0)
    changed_count: Mapped[int] = mapped_column(default=0)
    unchanged_count: Mapped[int] = mapped_column(default=0)
    merged_count: Mapped[int] = mapped_column(default=0)
    refused_count: Mapped[int] = mapped_column(default=0)
    missing_count: Mapped[int] = mapped_column(default=0)
    problem_count: Mapped[int] = mapped_column(default=0)
    published_count: Mapped[int] = mapped_column(default=0)
    next_seq: Mapped[int] = mapped_column(default=0)
    run_id: Mapped[str | None]
    error: Mapped[Text | None] = mapped_column(Sentence())
    created_at: Mapped[datetime]
    created_by: Mapped[str | None]
    created_by_name: Mapped[str]
    finished_at: Mapped[datetime | None]


class ImportRow(Base):
    """What became of one entry of a file."""

    __tablename__ = "import_row"
    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        Index("ix_import_row_outcome", "batch_id", "outcome", "seq"),
        Index("ix_import_row_entry", "entry_id", "batch_id"),
    )

    batch_id: Mapped[str] = mapped_column(
        ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True)
    row: Mapped[int]
    row_count: Mapped[int]
    outcome: Mapped[str]
    title: Mapped[str]
    entry_id: Mapped[str | None]
    unit_id: Mapped[str | None]
    doubles: Mapped[list[str]] = mapped_column(default=list)
    kept: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ImportProblem(Base):
    """One thing in a file that a person should look at; nothing of a secret row but its number."""

    __tablename__ = "import_problem"
    __table_args__ = (Index("ix_import_problem_row", "batch_id", "row", "id"),)

    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"))
    origin: Mapped[str]
    row: Mapped[int]
    column: Mapped[str]
    value: Mapped[str]
    reason: Mapped[Text] = mapped_column(Sentence())
    refused: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    secret: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class ImportUnit(Base):
    """One unit that a file names, and which unit of ours it is.

    `other_name` is how a second column of the file writes it, in full or in short.
    """

    __tablename__ = "import_unit"
    __table_args__ = (Index("ix_import_unit_batch", "batch_id", "unit_id", "position"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[str] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]
    other_name: Mapped[str] = mapped_column(default="")
    credit_code: Mapped[str]
    region: Mapped[str]
    region_code: Mapped[str | None]
    entries: Mapped[int]
    first_row: Mapped[int]
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"))
    reason: Mapped[Text | None] = mapped_column(Sentence())


class ImportLink(Base):
    """A row of an earlier file and the entry that came of it; `content` is what the file said."""

    __tablename__ = "import_link"
    __table_args__ = (
        Index("ix_import_link_entry", "entry_id"),
        Index("ix_import_link_unit", "unit_id", "entry_id"),
    )

    mark: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    content: Mapped[str]
    batch_id: Mapped[str]
