"""Messages: sent once, seen by whom they are for, read marks of each reader."""

from datetime import timedelta

from sqlalchemy import func, select

from portal.kernel import clock
from portal.kernel.access import NOBODY, SYSTEM, Assignment, Person
from portal.kernel.addressee import Addressee
from portal.kernel.messages import (
    MOST_UNREAD,
    MessageRead,
    NewMessage,
    mark_read,
    message_for,
    messages_for,
    prune_messages,
    send_message,
    send_messages,
    unread_count,
)
from portal.kernel.runtime import Runtime
from portal.kernel.sentence import plain
from portal.kernel.uow import unit_of_work

UNIT = Addressee(unit_id="u1")
ONE = Person("p1", "示例·甲", unit_id="u1", is_government=True)
OTHER = Person("p2", "示例·乙", unit_id="u1", assignments=(Assignment("editor", "u1"),))
FAR = Person("p3", "示例·丙", unit_id="u2")


def message(key: str, to: Addressee = UNIT) -> NewMessage:
    return NewMessage(key, plain(f"消息 {key}"), to, path=f"/entries/{key}")


def send(runtime: Runtime, *messages: NewMessage) -> int:
    with unit_of_work(runtime, SYSTEM) as uow:
        return send_messages(uow, messages)


def test_a_message_is_sent_once_to_each(runtime: Runtime) -> None:
    with unit_of_work(runtime, SYSTEM) as uow:
        assert send_message(uow, message("a"))
        assert not send_message(uow, message("a"))
    assert send(runtime, message("a"), message("a", Addressee(user_id="p3"))) == 1
    assert send(runtime) == 0


def test_readers_see_what_is_for_them_newest_first(runtime: Runtime) -> None:
    for number, key in enumerate("abc"):
        with clock.frozen(clock.now() + timedelta(minutes=number)):
            send(runtime, message(key))
    send(runtime, message("editors", Addressee(role="editor", unit_id="u1")))
    with runtime.database.reading() as session:
        page = messages_for(session, ONE)
        assert [str(line.message.title) for line in page.rows] == ["消息 c", "消息 b", "消息 a"]
        assert page.total == 3
        assert messages_for(session, OTHER).total == 4
        assert messages_for(session, FAR).total == 0
        first = page.rows[0].message
        assert message_for(session, ONE, first.id) is first
        assert message_for(session, FAR, first.id) is None


def test_each_reader_has_own_marks(runtime: Runtime) -> None:
    send(runtime, message("a"), message("b"))
    with runtime.database.reading() as session:
        ids = [line.message.id for line in messages_for(session, ONE).rows]
    with unit_of_work(runtime, ONE) as uow:
        assert mark_read(uow, message_ids=ids[:1]) == 1
        assert mark_read(uow, message_ids=ids[:1]) == 0
    with runtime.database.reading() as session:
        assert unread_count(session, ONE) == 1
        assert unread_count(session, OTHER) == 2
        assert [line.read for line in messages_for(session, ONE).rows].count(True) == 1
        unread = messages_for(session, ONE, unread=True)
        assert [line.message.id for line in unread.rows] == ids[1:]
        assert unread.total == 1
    with unit_of_work(runtime, ONE) as uow:
        assert mark_read(uow) == 1
    with runtime.database.reading() as session:
        assert unread_count(session, ONE) == 0


def test_nobody_marks_what_is_for_others(runtime: Runtime) -> None:
    send(runtime, message("a"))
    with runtime.database.reading() as session:
        ids = [line.message.id for line in messages_for(session, ONE).rows]
    for actor in (FAR, NOBODY):
        with unit_of_work(runtime, actor) as uow:
            assert mark_read(uow, message_ids=ids) == 0
    with runtime.database.reading() as session:
        assert unread_count(session, NOBODY) == 0
        assert unread_count(session, ONE) == 1


def test_counting_stops_at_a_hundred(runtime: Runtime) -> None:
    send(runtime, *(message(f"m{number}") for number in range(MOST_UNREAD + 5)))
    with runtime.database.reading() as session:
        assert unread_count(session, ONE) == MOST_UNREAD


def test_old_messages_go_with_their_marks(runtime: Runtime) -> None:
    with clock.frozen(clock.now() - timedelta(days=366)):
        send(runtime, message("old"))
    send(runtime, message("new"))
    with unit_of_work(runtime, ONE) as uow:
        assert mark_read(uow) == 2
    with unit_of_work(runtime, SYSTEM) as uow:
        assert prune_messages(uow) == 1
    with runtime.database.reading() as session:
        assert messages_for(session, ONE).total == 1
        assert session.scalar(select(func.count()).select_from(MessageRead)) == 1
