"""The only code that changes a status: checks, writes, logs and tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.kernel.access import Actor
from portal.kernel.db import Base, Big
from portal.kernel.errors import Conflict, Invalid, Objected, Refused
from portal.kernel.text import _, sound
from portal.kernel.uow import UnitOfWork
from portal.kernel.workflow import Transition, Workflow

COMMENT_LIMIT = 1000


class TransitionRow(Base):
    """One step that a record took in one of its workflows."""

    __tablename__ = "transition_log"
    __table_args__ = (Index("ix_transition_log_subject", "subject_kind", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    workflow: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    transition: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    actor_id: Mapped[str | None]
    actor_name: Mapped[str]
    comment: Mapped[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """A transition that the actor may fire now; what a button or an API link needs."""

    key: str
    label: Any
    needs_comment: bool
    danger: bool


def fire(
    uow: UnitOfWork,
    workflow: Workflow,
    record: Any,
    key: str,
    *,
    comment: str = "",
    bulk: bool = False,
) -> TransitionRow:
    """Moves the record along one transition.

    Raises Invalid for an unknown transition or a missing reason, Conflict when the record is not
    in a source state, Refused when the actor lacks the permission, Objected when a guard objects.
    """
    transition = workflow.transition(key)
    if transition is None:
        raise Invalid(_("没有“%(key)s”这一步。请从页面上的按钮操作。", key=key))
    state, comment = getattr(record, workflow.attribute), sound(comment).strip()
    _check(uow, workflow, transition, record, comment=comment)
    setattr(record, workflow.attribute, transition.target)
    row = TransitionRow(
        at=uow.at,
        workflow=workflow.key,
        subject_kind=workflow.subject_kind,
        subject_id=record.id,
        transition=key,
        from_state=state,
        to_state=transition.target,
        actor_id=uow.actor.id,
        actor_name=uow.actor.name,
        comment=comment,
    )
    uow.session.add(row)
    uow.emit(
        transition.event(
            subject_id=record.id,
            bulk=bulk,
            transition=key,
            from_state=state,
            to_state=transition.target,
            unit_id=record.unit_id,
            comment=comment,
            actor_id=uow.actor.id,
        )
    )
    uow.audit(f"{workflow.key}.{key}", workflow.subject_kind, record.id, {"from": state})
    return row


def available(workflow: Workflow, record: Any, actor: Actor) -> list[Choice]:
    """The transitions that leave the record's state and that the actor may fire."""
    state = getattr(record, workflow.attribute)
    return [
        Choice(t.key, t.label, t.needs_comment, t.danger)
        for t in workflow.transitions
        if state in t.source and t.permission is not None and actor.may(t.permission, record)
    ]


def steps_of(
    session: Session, subject_kind: str, subject_id: str, *, limit: int = 100
) -> list[TransitionRow]:
    """The newest steps of one record, over all its workflows of that kind."""
    query = (
        select(TransitionRow)
        .where(TransitionRow.subject_kind == subject_kind, TransitionRow.subject_id == subject_id)
        .order_by(TransitionRow.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def _check(
    uow: UnitOfWork, workflow: Workflow, transition: Transition, record: Any, *, comment: str
) -> None:
    state = getattr(record, workflow.attribute)
    if state not in transition.source:
        raise Conflict(
            _(
                "现在是“%(state)s”，不能“%(step)s”。别人可能刚处理过，请刷新后再看。",
                state=workflow.state(state).label,
                step=transition.label,
            )
        )
    if not _allowed(uow.actor, transition, record):
        raise Refused(
            _("您没有“%(step)s”的权限。请联系所在单位或主管部门的管理员。", step=transition.label)
        )
    if transition.needs_comment and not comment.strip():
        reason = _("请写明“%(step)s”的理由。", step=transition.label)
        raise Invalid(reason, fields={"comment": [reason]})
    if len(comment) > COMMENT_LIMIT:
        too_long = _(
            "理由最多 %(limit)s 个字，现为 %(length)s 个。",
            limit=COMMENT_LIMIT,
            length=len(comment),
        )
        raise Invalid(too_long, fields={"comment": [too_long]})
    for guard in transition.guards:
        objection = guard(uow, record)
        if objection is not None:
            raise Objected(objection)


def _allowed(actor: Actor, transition: Transition, record: Any) -> bool:
    if transition.permission is None:
        return (
            actor.id is None and actor.is_government
        )  # only the product itself, see access.System
    return actor.may(transition.permission, record)
