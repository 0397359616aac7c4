"""Every persona against every route, compared with the reviewed table."""

from tests.guards import matrix
from tests.world import World


def _people(world: World) -> dict[str, object]:
    return {name: world.person(name) for name in matrix.personas() if name != matrix.NOBODY}


def test_every_route_lets_in_whom_the_table_says(shared_world: World) -> None:
    found = matrix.letters(shared_world.app, _people(shared_world))  # type: ignore[arg-type]
    reviewed = matrix.read()
    assert {route for route in found if route not in reviewed} == set(), "not in the table"
    assert {route for route in reviewed if route not in found} == set(), "gone"
    assert {r: (cells, found[r]) for r, cells in reviewed.items() if found[r] != cells} == {}


def test_the_administrator_sees_no_content_that_others_do_not(shared_world: World) -> None:
    """The administrator's role gives no right to see or change content."""
    place = matrix.personas().index("pipa")
    changing = {
        route: cells[place]
        for route, cells in matrix.read().items()
        if "/catalog/" in route or "/api/v1/entries" in route
    }
    assert {r for r, c in changing.items() if c == "o" and not r.startswith("GET")} == set()


def test_the_comparison_sees_a_changed_cell(shared_world: World) -> None:
    found = matrix.letters(shared_world.app, _people(shared_world))  # type: ignore[arg-type]
    people = {**_people(shared_world), "xiaolu": shared_world.person("shuyu")}
    assert matrix.letters(shared_world.app, people) != found  # type: ignore[arg-type]
