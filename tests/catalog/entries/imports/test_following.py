"""An import and the dispatcher behind it."""

import pytest

from catalog.entries.imports import following
from catalog.entries.imports.following import Following
from portal.kernel import outbox
from portal.kernel.access import SYSTEM
from portal.kernel.outbox import BULK, PEOPLE, Handler, wire
from portal.kernel.uow import unit_of_work
from tests.catalog.entries.imports.office import Office
from tests.catalog.entries.imports.test_running import file_of
from tests.portal.kernel.outgoing import Happened


@pytest.fixture
def behind(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Five rows of the bulk lane wait, where two are let be."""
    monkeypatch.setattr(following, "MOST_AHEAD", 2)
    monkeypatch.setattr(following, "LOOK_AGAIN", 0.0)
    office.runtime.handlers.update(wire([Handler("listen", ("test.happened",), lambda *_a: None)]))
    with unit_of_work(office.runtime, SYSTEM) as uow:
        for number in range(5):
            uow.emit(Happened(subject_id=f"s{number}", bulk=True))
        uow.emit(Happened(subject_id="p"))
    return office


def test_a_queue_is_counted_up_to_its_bound_and_by_lane(behind: Office) -> None:
    with behind.reading() as session:
        assert outbox.queue(session, BULK, most=10).length == 5
        assert outbox.queue(session, BULK, most=3).length == 3
        assert outbox.queue(session, PEOPLE, most=10).length == 1


def test_it_waits_while_somebody_delivers(behind: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def deliver(_seconds: float) -> None:
        rows = outbox.claim(behind.runtime.database, limit=1, lane=BULK)
        outbox.settle(behind.runtime.database, [row.id for row in rows])
        looked.append(len(rows))

    monkeypatch.setattr(following.time, "sleep", deliver)
    waits = Following(behind.at_work(""))
    waits.wait()
    assert (looked, waits.alone) == ([1, 1, 1], False)


def test_where_nobody_delivers_it_goes_on_alone(
    behind: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PATIENCE", -1.0)
    waits = Following(behind.at_work(""))
    waits.wait()
    assert waits.alone
    batch = behind.bring_in(file_of(behind, {}))
    assert batch.new_count == 1
