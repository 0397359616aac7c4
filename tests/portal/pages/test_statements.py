"""No page asks the database more often because there is more in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event, insert

from auth.services import create_unit
from auth.unit_data import UnitData
from catalog.entries.models import Entry
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.addressee import Addressee
from portal.kernel.db import Database, new_id
from portal.kernel.jobs import JobRun
from portal.kernel.messages import NewMessage, send_messages
from portal.kernel.outbox import OutboxRow
from portal.kernel.tasks import NewTask, open_tasks
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from tests.portal.pages.people import OPERATOR, REVIEWER
from tests.world import World

FEW, MANY = 10, 1_000
PAGES = (
    ("/", REVIEWER),
    ("/tasks", REVIEWER),
    ("/tasks?state=closed", REVIEWER),
    ("/tasks?light=ok", REVIEWER),
    ("/messages", REVIEWER),
    ("/counts/tasks", REVIEWER),
    ("/counts/messages", REVIEWER),
    ("/catalog/entries", REVIEWER),
    ("/operations", OPERATOR),
    ("/operations/runs", OPERATOR),
    ("/operations/letters", OPERATOR),
    ("/help/deadlines", REVIEWER),
    ("/account", REVIEWER),
    ("/api/v1/account", REVIEWER),
    ("/api/v1/account/sessions", REVIEWER),
    ("/api/v1/tasks", REVIEWER),
    ("/api/v1/tasks?state=closed", REVIEWER),
    ("/api/v1/tasks/counts", REVIEWER),
    ("/api/v1/messages", REVIEWER),
    ("/api/v1/messages?unread=true", REVIEWER),
    ("/api/v1/operations", OPERATOR),
    ("/api/v1/operations/settings", OPERATOR),
    ("/api/v1/operations/letters", OPERATOR),
    ("/api/v1/operations/jobs", OPERATOR),
    ("/api/v1/operations/runs", OPERATOR),
    ("/api/v1/rules/deadlines", REVIEWER),
)
MOST = 20


@contextmanager
def asked(database: Database) -> Iterator[list[str]]:
    """The statements sent inside the block."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            found.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def fill(world: World, number: int, *, unit_id: str) -> None:
    """So many tasks, messages, runs, dead letters and published entries."""
    now = clock.now()
    with unit_of_work(world.runtime, SYSTEM) as uow:
        to = Addressee(role="reviewer")
        ids = [new_id() for _n in range(number)]
        open_tasks(uow, [NewTask("entries.review", "thing", i, _("示例"), to) for i in ids])
        send_messages(uow, [NewMessage(i, _("示例"), to) for i in ids])
    with world.runtime.database.writing() as session:
        session.execute(insert(JobRun), [_run(n, now) for n in range(number)])
        session.execute(insert(OutboxRow), [_letter(now) for _n in range(number)])
        session.execute(insert(Entry), [_entry(unit_id, n, now) for n in range(number)])
        session.commit()


def _run(number: int, now: Any) -> dict[str, Any]:
    at = now - timedelta(minutes=number, microseconds=number)
    return {
        "id": new_id(),
        "job": "kernel.prune",
        "planned_at": at - timedelta(microseconds=number % 997),
        "created_at": at,
        "available_at": at,
        "started_at": at,
        "finished_at": at,
        "state": "done",
        "arguments": {},
        "counts": {},
        "done": 0,
        "attempt": 1,
    }


def _letter(now: Any) -> dict[str, Any]:
    return {
        "lane": 0,
        "handler": "sample",
        "event": "sample.happened",
        "subject_kind": "thing",
        "subject_id": new_id(),
        "payload": {},
        "actor_name": "system",
        "created_at": now,
        "available_at": now,
        "state": "dead",
        "attempts": 8,
    }


def _entry(unit_id: str, number: int, now: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "unit_id": unit_id,
        "region_code": "370100",
        "standing": "published",
        "title": f"示例{number}",
        "title_norm": f"示例{number}",
        "title_key": f"sample{number}",
        "formats": ["csv"],
        "themes": ["general"],
        "metadata_changed_at": now,
        "created_at": now,
        "item_count": 0,
        "resource_count": 1,
        "last_number": 1,
        "revision": 1,
    }


def counted(world: World) -> dict[str, int]:
    found = {}
    for address, who in PAGES:
        client = world.client(who)
        client.get(address)  # what is made once for a process is made
        with asked(world.runtime.database) as statements:
            assert client.get(address).status_code == 200
        found[address] = len(statements)
    return found


def test_ten_rows_and_a_thousand_take_the_same_statements(quiet_world: World) -> None:
    with unit_of_work(quiet_world.runtime, SYSTEM) as uow:
        unit_id = create_unit(uow, UnitData("示例局", "370100", "government")).id
    fill(quiet_world, FEW, unit_id=unit_id)
    few = counted(quiet_world)
    fill(quiet_world, MANY, unit_id=unit_id)
    assert counted(quiet_world) == few
    assert max(few.values()) <= MOST, few
