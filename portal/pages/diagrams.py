"""Workflows as drawings: states stand side by side, each step is an arrow on a line of its own.

Drawn so that nothing can overlap, whatever the workflow and the language of its labels.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from portal.kernel.text import Text, _
from portal.kernel.workflow import Transition, Workflow

WIDE, NARROW = 13.0, 7.2  # how far a Chinese and a Latin letter of 13 units reach
PADDING, GAP, EDGE = 14.0, 56.0, 8.0
BOX_HEIGHT, ROW_HEIGHT, LABEL_RISE, HEAD_GAP = 32.0, 44.0, 8.0, 12.0
ARROW, DOT = 8.0, 3.5


@dataclass(frozen=True, slots=True)
class Box:
    """A state: its box at the top and the line that runs down from it."""

    label: str
    x: float
    width: float
    final: bool
    initial: bool

    @property
    def left(self) -> float:
        return self.x - self.width / 2


@dataclass(frozen=True, slots=True)
class Arrow:
    """A step from one state to another."""

    start: float
    end: float

    @property
    def head(self) -> str:
        """The three corners of its head."""
        back = self.end - ARROW if self.end > self.start else self.end + ARROW
        return f"{self.end:.0f},0 {back:.0f},-4.5 {back:.0f},4.5"


@dataclass(frozen=True, slots=True)
class Line:
    """One transition: its arrows, and its label above them."""

    label: str
    y: float
    x: float
    arrows: tuple[Arrow, ...]
    by_itself: bool


@dataclass(frozen=True, slots=True)
class Diagram:
    """Everything that the drawing shows, in units of its own."""

    name: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    words: str


def diagram(workflow: Workflow) -> Diagram:
    """The drawing of a workflow in the language of the moment."""
    names = [state.key for state in workflow.states]
    boxes = _boxes(workflow)
    places = {name: box.x for name, box in zip(names, boxes, strict=True)}
    lines = tuple(_line(t, places, number) for number, t in enumerate(workflow.transitions))
    return Diagram(
        name=str(_("%(workflow)s的流程图", workflow=workflow.label)),
        width=boxes[-1].x + boxes[-1].width / 2 + EDGE,
        height=EDGE + BOX_HEIGHT + HEAD_GAP + ROW_HEIGHT * len(lines),
        boxes=boxes,
        lines=lines,
        words=str(sentence(workflow)),
    )


def sentence(workflow: Workflow) -> Text:
    """The same in words, for who cannot see the drawing."""
    steps = "; ".join(
        str(
            _(
                "%(step)s：从%(source)s到%(target)s",
                step=t.label,
                source=" / ".join(str(workflow.state(name).label) for name in t.source),
                target=workflow.state(t.target).label,
            )
        )
        for t in workflow.transitions
    )
    return _("%(workflow)s的流程图。%(steps)s", workflow=workflow.label, steps=steps)


def reach(words: str) -> float:
    """About how wide the words are."""
    return sum(WIDE if unicodedata.east_asian_width(letter) in "WF" else NARROW for letter in words)


def _boxes(workflow: Workflow) -> tuple[Box, ...]:
    labels = [str(state.label) for state in workflow.states]
    widths = [reach(label) + 2 * PADDING for label in labels]
    places = _places(workflow, widths)
    return tuple(
        Box(
            label=label,
            x=x,
            width=width,
            final=state.final,
            initial=state.key == workflow.initial,
        )
        for label, x, width, state in zip(labels, places, widths, workflow.states, strict=True)
    )


def _places(workflow: Workflow, widths: Sequence[float]) -> list[float]:
    """The middle of each state, far enough from the last for boxes and labels."""
    names = [state.key for state in workflow.states]
    places = [EDGE + widths[0] / 2]
    for number in range(1, len(names)):
        x = places[-1] + (widths[number - 1] + widths[number]) / 2 + GAP
        for t in workflow.transitions:
            ends = [names.index(name) for name in (*t.source, t.target)]
            if max(ends) == number:
                x = max(x, places[min(ends)] + reach(str(t.label)) + 2 * PADDING)
        places.append(x)
    return places


def _line(transition: Transition, places: dict[str, float], number: int) -> Line:
    end = places[transition.target]
    starts = [places[name] for name in transition.source]
    return Line(
        label=str(transition.label),
        y=EDGE + BOX_HEIGHT + HEAD_GAP + ROW_HEIGHT * number + ROW_HEIGHT * 0.6,
        x=(min(end, *starts) + max(end, *starts)) / 2,
        arrows=tuple(Arrow(start, end) for start in starts),
        by_itself=transition.permission is None,
    )
