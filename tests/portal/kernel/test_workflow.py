"""Workflows as data: what is refused when one is written down wrongly."""

from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.events import TransitionEvent
from portal.kernel.text import _
from portal.kernel.workflow import State, Transition, Workflow
from tests.portal.kernel.notes import NOTES, WRITE


class Moved(TransitionEvent):
    name: ClassVar[str] = "thing.moved"
    subject_kind: ClassVar[str] = "thing"


def step(key: str, source: str, target: str) -> Transition:
    return Transition(key, _("一步"), (source,), target, WRITE, Moved)


def machine(states: tuple[State, ...], *transitions: Transition, initial: str = "a") -> Workflow:
    return Workflow("thing", _("东西"), "thing", "status", initial, states, transitions)


A, B, C = State("a", _("甲")), State("b", _("乙")), State("c", _("丙"))


@pytest.mark.parametrize(
    ("states", "steps", "initial", "problem"),
    [
        ((A, A), (), "a", "duplicate a"),
        ((A, B), (step("go", "a", "b"), step("go", "b", "a")), "a", "duplicate go"),
        ((A,), (), "z", "unknown initial state z"),
        ((A,), (step("go", "a", "z"),), "a", "go names unknown state z"),
        ((A,), (step("go", "z", "a"),), "a", "go names unknown state z"),
        ((A, B), (), "a", "unreachable state b"),
        ((A, B, C), (step("go", "b", "c"), step("on", "c", "b")), "a", "unreachable state c"),
        (
            (replace(A, final=True), B),
            (step("go", "a", "b"),),
            "a",
            "go leaves a final state",
        ),
    ],
)
def test_a_wrong_workflow_is_refused_when_it_is_made(
    states: tuple[State, ...], steps: tuple[Transition, ...], initial: str, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        machine(states, *steps, initial=initial)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"duplicate go.*unknown state z.*unreachable state b"):
        machine((A, B), step("go", "a", "z"), step("go", "a", "a"))


def test_states_and_transitions_are_found_by_key() -> None:
    assert NOTES.state("kept").kind == "ok"
    with pytest.raises(KeyError):
        NOTES.state("lost")
    found = NOTES.transition("keep")
    assert found is not None
    assert found.target == "kept"
    assert NOTES.transition("lose") is None


def test_the_constraint_names_every_state() -> None:
    constraint = NOTES.check_constraint()
    assert str(constraint.sqltext) == "status IN ('draft', 'submitted', 'kept', 'gone')"


@given(st.integers(1, 6), st.data())
def test_every_reachable_machine_is_accepted_and_no_other(number: int, data: st.DataObject) -> None:
    keys = [f"s{n}" for n in range(number)]
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(keys)), max_size=9))
    reached = {keys[0]}
    for _round in keys:
        reached |= {target for source, target in pairs if source in reached}
    states = tuple(State(key, _("状态")) for key in keys)
    steps = [step(f"t{n}", *pair) for n, pair in enumerate(pairs)]
    if reached == set(keys):
        assert machine(states, *steps, initial=keys[0]).states == states
    else:
        with pytest.raises(ValueError, match="unreachable"):
            machine(states, *steps, initial=keys[0])
