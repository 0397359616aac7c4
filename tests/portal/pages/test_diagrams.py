"""Drawings of workflows: nothing overlaps, everything is said."""

from itertools import pairwise

import pytest

from portal.kernel import text
from portal.kernel.workflow import Workflow
from portal.pages.diagrams import Diagram, diagram, reach
from tests.world import World


def workflows(world: World) -> list[Workflow]:
    return [workflow for feature in world.runtime.features for workflow in feature.workflows]


@pytest.fixture(params=["zh", "en"])
def drawings(request: pytest.FixtureRequest, shared_world: World) -> list[tuple[Workflow, Diagram]]:
    with text.speaking(request.param):
        return [(workflow, diagram(workflow)) for workflow in workflows(shared_world)]


def test_every_state_and_every_step_is_drawn(drawings: list[tuple[Workflow, Diagram]]) -> None:
    assert drawings
    for workflow, drawing in drawings:
        assert len(drawing.boxes) == len(workflow.states)
        assert len(drawing.lines) == len(workflow.transitions)
        arrows = [len(line.arrows) for line in drawing.lines]
        assert arrows == [len(transition.source) for transition in workflow.transitions]


def test_no_box_touches_the_next(drawings: list[tuple[Workflow, Diagram]]) -> None:
    for _workflow, drawing in drawings:
        for one, other in pairwise(drawing.boxes):
            assert one.x + one.width / 2 < other.left


def test_everything_is_inside_the_drawing(drawings: list[tuple[Workflow, Diagram]]) -> None:
    for _workflow, drawing in drawings:
        assert all(0 < line.y < drawing.height for line in drawing.lines)
        assert all(box.left > 0 for box in drawing.boxes)
        assert all(box.left + box.width < drawing.width for box in drawing.boxes)
        assert all(line.x - reach(line.label) / 2 > 0 for line in drawing.lines)


def test_a_label_is_no_wider_than_its_arrow(drawings: list[tuple[Workflow, Diagram]]) -> None:
    for _workflow, drawing in drawings:
        for line in drawing.lines:
            ends = [place for arrow in line.arrows for place in (arrow.start, arrow.end)]
            assert max(ends) - min(ends) >= reach(line.label)


def test_the_words_name_every_step(shared_world: World) -> None:
    for workflow in workflows(shared_world):
        words = diagram(workflow).words
        assert all(str(transition.label) in words for transition in workflow.transitions)
        assert all(str(state.label) in words for state in workflow.states)


def test_an_arrow_head_points_where_the_step_leads(shared_world: World) -> None:
    arrows = [
        arrow for w in workflows(shared_world) for line in diagram(w).lines for arrow in line.arrows
    ]
    for arrow in arrows:
        tip, back = (float(corner.split(",")[0]) for corner in arrow.head.split()[:2])
        assert (back < tip) == (arrow.start < arrow.end)
