"""Workflows as data: states and transitions that pages, checks, help and tests all read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint

from portal.kernel.access import Permission
from portal.kernel.events import TransitionEvent
from portal.kernel.text import Text

# A guard looks at the unit of work and the record and returns the reason for a refusal, or nothing.
Guard = Callable[[Any, Any], Text | None]


@dataclass(frozen=True, slots=True)
class State:
    """One state; `kind` is how it looks: plain, run, ok, due, over, done."""

    key: str
    label: Text
    kind: str = "plain"
    final: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow; `permission` None means that only the product itself fires it."""

    key: str
    label: Text
    source: tuple[str, ...]
    target: str
    permission: Permission | None
    event: type[TransitionEvent]
    guards: tuple[Guard, ...] = ()
    needs_comment: bool = False
    danger: bool = False
    deadline: str | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    """A machine on one attribute of one kind of record; validated when it is made."""

    key: str
    label: Text
    subject_kind: str
    attribute: str
    initial: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            raise ValueError(f"workflow {self.key}: " + "; ".join(problems))

    def state(self, key: str) -> State:
        """The state of that name; KeyError if there is none."""
        for state in self.states:
            if state.key == key:
                return state
        raise KeyError(key)

    def transition(self, key: str) -> Transition | None:
        """The transition of that name, or nothing."""
        return next((t for t in self.transitions if t.key == key), None)

    def check_constraint(self) -> CheckConstraint:
        """The database's own guard: the attribute holds one of the states."""
        values = ", ".join(f"'{state.key}'" for state in self.states)
        return CheckConstraint(f"{self.attribute} IN ({values})", name=self.attribute)


def _problems(workflow: Workflow) -> list[str]:
    names = [state.key for state in workflow.states]
    keys = [transition.key for transition in workflow.transitions]
    problems = [f"duplicate {name}" for name in _repeats(names) + _repeats(keys)]
    if workflow.initial not in names:
        problems.append(f"unknown initial state {workflow.initial}")
    for transition in workflow.transitions:
        problems += [
            f"{transition.key} names unknown state {name}"
            for name in (*transition.source, transition.target)
            if name not in names
        ]
    finals = {state.key for state in workflow.states if state.final}
    problems += [
        f"{transition.key} leaves a final state"
        for transition in workflow.transitions
        if finals & set(transition.source)
    ]
    problems += [f"unreachable state {name}" for name in names if name not in _reachable(workflow)]
    return problems


def _repeats(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _reachable(workflow: Workflow) -> set[str]:
    reached = {workflow.initial}
    while True:
        more = {t.target for t in workflow.transitions if reached & set(t.source)} - reached
        if not more:
            return reached
        reached |= more
