"""A record of the tests with its own table and workflow, apart from the product's tables."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portal.kernel.access import Assignment, Permission, Person, Scope
from portal.kernel.db import NAMES, Moment, new_id
from portal.kernel.events import TransitionEvent
from portal.kernel.text import Text, _
from portal.kernel.workflow import State, Transition, Workflow


class NoteBase(DeclarativeBase):
    """Not the product's base, so that these tables are in nobody's migration."""

    metadata = MetaData(naming_convention=NAMES)


class NoteMoved(TransitionEvent):
    name: ClassVar[str] = "note.moved"
    subject_kind: ClassVar[str] = "note"


WRITE = Permission("note.write", _("写便条"), {"writer": Scope.OWN_UNIT})
JUDGE = Permission("note.judge", _("批便条"), {"judge": Scope.ALL, "local_judge": Scope.REGION})


def not_empty(_uow: object, note: "Note") -> Text | None:
    """A guard: an empty note is not to be submitted."""
    return None if note.words else _("便条是空的。")


NOTES = Workflow(
    key="note",
    label=_("便条"),
    subject_kind="note",
    attribute="status",
    initial="draft",
    states=(
        State("draft", _("草稿")),
        State("submitted", _("待批"), kind="run"),
        State("kept", _("留存"), kind="ok"),
        State("gone", _("作废"), kind="done", final=True),
    ),
    transitions=(
        Transition(
            "submit", _("提交"), ("draft",), "submitted", WRITE, NoteMoved, guards=(not_empty,)
        ),
        Transition("keep", _("批准"), ("submitted",), "kept", JUDGE, NoteMoved),
        Transition(
            "return", _("退回"), ("submitted",), "draft", JUDGE, NoteMoved, needs_comment=True
        ),
        Transition("expire", _("过期"), ("draft", "kept"), "gone", None, NoteMoved, danger=True),
    ),
)


class Note(NoteBase):
    __tablename__ = "note"
    __table_args__ = (NOTES.check_constraint(),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    words: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="draft")
    unit_id: Mapped[str | None]
    region_code: Mapped[str | None]
    revision: Mapped[int] = mapped_column()
    changed_at: Mapped[datetime | None] = mapped_column(Moment())

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012  SQLAlchemy reads it as a plain dict


WRITER = Person(
    id="writer-1",
    name="示例·甲",
    unit_id="unit-1",
    assignments=(Assignment("writer", "unit-1", "370100"),),
    is_government=True,
)
JUDGE_PERSON = Person(
    id="judge-1", name="示例·乙", assignments=(Assignment("judge"),), is_government=True
)
LOCAL_JUDGE = Person(
    id="judge-2",
    name="示例·丙",
    assignments=(Assignment("local_judge", region_code="370102"),),
    is_government=True,
)
STRANGER = Person(id="person-1", name="示例·丁")
