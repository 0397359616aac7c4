"""Messages in the portal: what somebody should know, with each reader's own read mark."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, delete, exists, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.kernel.access import Actor
from portal.kernel.addressee import Addressed, Addressee, addressed_constraint, clause
from portal.kernel.db import Base, new_id
from portal.kernel.paging import PAGE_SIZE, Page
from portal.kernel.sentence import Sentence
from portal.kernel.text import Text
from portal.kernel.upsert import insert_missing
from portal.kernel.work import Work

KEEP = timedelta(days=365)
MOST_UNREAD = 100


class Message(Addressed, Base):
    """One message to a person, a unit or the holders of a role; `key` is its natural key."""

    __tablename__ = "message"
    __table_args__ = (
        addressed_constraint(),
        Index("ix_message_unit", "unit_id", "sent_at"),
        Index("ix_message_role", "role", "sent_at"),
        Index("ix_message_user", "user_id", "sent_at"),
        Index("ix_message_sent", "sent_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[Text] = mapped_column(Sentence())
    body: Mapped[Text | None] = mapped_column(Sentence())
    path: Mapped[str | None]
    sent_at: Mapped[datetime]


class MessageRead(Base):
    """That one person has read one message."""

    __tablename__ = "message_read"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    read_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to send; `key` says what it is about, so that it is sent once.

    A usual key names the subject and the step: "entry:<id>:returned:<step id>".
    """

    key: str
    title: Text
    to: Addressee
    body: Text | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message as its reader's list shows it."""

    message: Message
    read: bool


def send_message(uow: Work, message: NewMessage) -> bool:
    """Sends a message; False when it had been sent already."""
    return send_messages(uow, [message]) == 1


def send_messages(uow: Work, messages: Sequence[NewMessage]) -> int:
    """Sends many; returns how many had not been sent before."""
    rows = [_row(message, uow.at) for message in messages]
    return insert_missing(uow.session, Message, rows, keys=("key",))


def _row(message: NewMessage, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "key": f"{message.key}>{message.to.key}",
        "title": message.title,
        "body": message.body,
        "path": message.path,
        "unit_id": message.to.unit_id,
        "role": message.to.role,
        "region_code": message.to.region_code,
        "user_id": message.to.user_id,
        "sent_at": at,
    }


def messages_for(
    session: Session, actor: Actor, *, unread: bool = False, page: int = 1
) -> Page[MessageLine]:
    """The messages that are for the actor, newest first."""
    condition = clause(actor, Message)
    query: Select[Any] = select(Message, _was_read(actor)).where(condition)
    if unread:
        query = query.where(~_was_read(actor))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    shown = (
        query.order_by(Message.sent_at.desc(), Message.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    lines = [MessageLine(message, read=read) for message, read in session.execute(shown)]
    return Page(lines, page, PAGE_SIZE, total)


def unread_count(session: Session, actor: Actor) -> int:
    """How many messages wait for the actor; counting stops at `MOST_UNREAD`."""
    if actor.id is None:
        return 0
    waiting = select(Message.id).where(clause(actor, Message), ~_was_read(actor))
    return (
        session.scalar(select(func.count()).select_from(waiting.limit(MOST_UNREAD).subquery())) or 0
    )


def message_for(session: Session, actor: Actor, message_id: str) -> Message | None:
    """One message, if it is for the actor."""
    query = select(Message).where(Message.id == message_id, clause(actor, Message))
    return session.scalars(query).first()


def mark_read(uow: Work, *, message_ids: Sequence[str] | None = None) -> int:
    """Marks messages as read by the actor: these, or all; others' messages are left alone."""
    if uow.actor.id is None:
        return 0
    query = select(Message.id).where(clause(uow.actor, Message), ~_was_read(uow.actor))
    if message_ids is not None:
        query = query.where(Message.id.in_(message_ids))
    rows = [
        {"user_id": uow.actor.id, "message_id": message_id, "read_at": uow.at}
        for message_id in uow.session.scalars(query)
    ]
    return insert_missing(uow.session, MessageRead, rows, keys=("user_id", "message_id"))


def prune_messages(uow: Work) -> int:
    """Deletes messages that are older than a year; their read marks go with them."""
    result = uow.session.execute(delete(Message).where(Message.sent_at < uow.at - KEEP))
    return int(getattr(result, "rowcount", 0))


def _was_read(actor: Actor) -> Any:
    return exists().where(MessageRead.message_id == Message.id, MessageRead.user_id == actor.id)
