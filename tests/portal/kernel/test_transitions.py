"""fire(): every state by every transition by every actor, and what it leaves behind."""

import itertools
import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.kernel.access import NOBODY, SYSTEM, Actor
from portal.kernel.audit import acts_on
from portal.kernel.errors import Conflict, Invalid, PortalError, Refused
from portal.kernel.outbox import BULK, PEOPLE, Handler, OutboxRow
from portal.kernel.runtime import Runtime
from portal.kernel.transitions import TransitionRow, available, fire, steps_of
from portal.kernel.uow import unit_of_work
from tests.portal.conftest import MakeRuntime
from tests.portal.kernel.notes import (
    JUDGE_PERSON,
    LOCAL_JUDGE,
    NOTES,
    STRANGER,
    WRITER,
    Note,
)

STATES = [state.key for state in NOTES.states]
STEPS = [transition.key for transition in NOTES.transitions]
ACTORS = {
    "writer": WRITER,
    "judge": JUDGE_PERSON,
    "local judge": LOCAL_JUDGE,
    "stranger": STRANGER,
    "nobody": NOBODY,
    "system": SYSTEM,
}
# What may happen, written down a second time by hand: (state, step) -> who, on a note of unit-1.
ALLOWED = {
    ("draft", "submit"): {"writer", "system"},
    ("submitted", "keep"): {"judge", "system"},
    ("submitted", "return"): {"judge", "system"},
    ("draft", "expire"): {"system"},
    ("kept", "expire"): {"system"},
}


def note(**values: object) -> Note:
    return Note(
        id="n1", **{"words": "示例", "unit_id": "unit-1", "region_code": "370100", **values}
    )


def saved(runtime: Runtime, **values: object) -> None:
    with unit_of_work(runtime, SYSTEM) as uow:
        uow.session.add(note(**values))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("key", STEPS)
@pytest.mark.parametrize("who", ACTORS)
def test_every_state_by_every_transition_by_every_actor(
    sqlite_runtime: Runtime, state: str, key: str, who: str
) -> None:
    saved(sqlite_runtime, status=state)
    may = who in ALLOWED.get((state, key), set())
    expected: type[PortalError] | None = None
    if (state, key) not in ALLOWED:
        expected = Conflict
    elif not may:
        expected = Refused
    raised: type[PortalError] | None = None
    try:
        with unit_of_work(sqlite_runtime, ACTORS[who]) as uow:
            fire(uow, NOTES, uow.session.get_one(Note, "n1"), key, comment="理由")
    except PortalError as error:
        raised = type(error)
    assert raised is expected
    transition = NOTES.transition(key)
    assert transition is not None
    with sqlite_runtime.database.reading() as session:
        after = session.get_one(Note, "n1").status
        rows = session.scalar(select(func.count()).select_from(TransitionRow))
    assert after == (transition.target if may else state)
    assert rows == int(may)


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("state", STATES)
def test_what_is_available_is_what_may_be_fired(who: str, state: str) -> None:
    record, actor = note(status=state), ACTORS[who]
    offered = {choice.key for choice in available(NOTES, record, actor)}
    by_hand = {key for (start, key), people in ALLOWED.items() if start == state and who in people}
    assert offered == by_hand - {"expire"}, "what only the product fires is no button"


def test_a_right_in_a_region_reaches_only_that_region() -> None:
    keys = {"keep", "return"}
    for region, expected in (("370102", keys), ("370103", set())):
        record = note(status="submitted", region_code=region)
        assert {choice.key for choice in available(NOTES, record, LOCAL_JUDGE)} == expected
    choice = available(NOTES, note(status="submitted"), JUDGE_PERSON)[1]
    assert (choice.key, choice.needs_comment, choice.danger) == ("return", True, False)


def test_a_step_leaves_log_trail_and_event(make_runtime: MakeRuntime) -> None:
    heard = Handler("listen", ("note.moved",), lambda _runtime, _deliveries: None)
    runtime = make_runtime(handlers=(heard,))
    saved(runtime, status="submitted")
    with unit_of_work(runtime, JUDGE_PERSON) as uow:
        fire(uow, NOTES, uow.session.get_one(Note, "n1"), "return", comment="  缺附件 ")
    with runtime.database.reading() as session:
        step = steps_of(session, "note", "n1")[0]
        act = acts_on(session, "note", "n1")[0]
        row = session.scalars(select(OutboxRow)).one()
    assert (step.transition, step.from_state, step.to_state) == ("return", "submitted", "draft")
    assert (step.actor_id, step.actor_name, step.comment) == ("judge-1", "示例·乙", "缺附件")
    assert (act.action, act.detail) == ("note.return", {"from": "submitted"})
    assert (row.event, row.subject_id, row.lane) == ("note.moved", "n1", PEOPLE)
    assert row.payload == {
        "transition": "return",
        "from_state": "submitted",
        "to_state": "draft",
        "unit_id": "unit-1",
        "comment": "缺附件",
        "actor_id": "judge-1",
    }


def test_a_step_of_many_goes_down_the_slow_lane(make_runtime: MakeRuntime) -> None:
    heard = Handler("listen", ("note.moved",), lambda _runtime, _deliveries: None)
    runtime = make_runtime(handlers=(heard,))
    saved(runtime)
    with unit_of_work(runtime, WRITER) as uow:
        fire(uow, NOTES, uow.session.get_one(Note, "n1"), "submit", bulk=True)
    with runtime.database.reading() as session:
        assert session.scalars(select(OutboxRow)).one().lane == BULK


def refused(runtime: Runtime, actor: Actor, key: str, comment: str = "") -> PortalError:
    with pytest.raises(PortalError) as caught, unit_of_work(runtime, actor) as uow:
        fire(uow, NOTES, uow.session.get_one(Note, "n1"), key, comment=comment)
    return caught.value


def test_every_refusal_says_what_and_what_to_do(sqlite_runtime: Runtime) -> None:
    saved(sqlite_runtime, status="submitted")
    unknown = refused(sqlite_runtime, JUDGE_PERSON, "lose")
    assert isinstance(unknown, Invalid)
    assert "lose" in str(unknown)
    assert str(refused(sqlite_runtime, WRITER, "submit")).startswith("现在是“待批”，不能“提交”。")
    assert "“批准”的权限" in str(refused(sqlite_runtime, WRITER, "keep"))


@pytest.mark.parametrize(("comment", "words"), [("  ", "请写明"), ("长" * 1001, "1001")])
def test_a_reason_is_required_and_not_endless(
    sqlite_runtime: Runtime, comment: str, words: str
) -> None:
    saved(sqlite_runtime, status="submitted")
    error = refused(sqlite_runtime, JUDGE_PERSON, "return", comment)
    assert isinstance(error, Invalid)
    assert words in str(error)
    assert [str(text) for text in error.fields["comment"]] == [str(error)]


def test_a_guard_refuses_with_its_own_reason(sqlite_runtime: Runtime) -> None:
    saved(sqlite_runtime, words="")
    error = refused(sqlite_runtime, WRITER, "submit")
    assert isinstance(error, Refused)
    assert str(error) == "便条是空的。"


def test_the_database_refuses_a_state_that_the_workflow_does_not_have(runtime: Runtime) -> None:
    with pytest.raises(IntegrityError):
        saved(runtime, status="lost")


def test_the_table_written_by_hand_names_only_what_exists() -> None:
    assert set(ALLOWED) <= set(itertools.product(STATES, STEPS))


def test_of_two_that_fire_at_once_one_wins(runtime: Runtime) -> None:
    saved(runtime, status="submitted")
    ready, outcomes = threading.Barrier(2), []

    def judge(key: str) -> None:
        ready.wait()
        try:
            with unit_of_work(runtime, JUDGE_PERSON) as uow:
                fire(uow, NOTES, uow.lock(Note, "n1"), key, comment="理由")
        except PortalError as error:
            outcomes.append(type(error))
        else:
            outcomes.append(None)

    crowd = [threading.Thread(target=judge, args=(key,)) for key in ("keep", "return")]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert sorted(map(str, outcomes)) == sorted(map(str, (None, Conflict)))
    with runtime.database.reading() as session:
        assert len(steps_of(session, "note", "n1")) == 1
