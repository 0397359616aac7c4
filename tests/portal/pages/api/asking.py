"""Asking the JSON API, and checking each answer against what its view declares."""

from typing import Any

from portal.web.api import Description
from tests.world import World


def get(world: World, path: str, who: str, *, status: int = 200) -> Any:
    """The answer to a question; one that goes well fits its declaration."""
    return _checked(world, "GET", path, who, status)


def post(world: World, path: str, who: str, *, status: int = 200) -> Any:
    """The same for a change, with the token of the person."""
    return _checked(world, "POST", path, who, status)


def _checked(world: World, method: str, path: str, who: str, status: int) -> Any:
    headers = {"X-CSRF-Token": world.token(who)} if method != "GET" else {}
    response = world.client(who).open(f"/api/v1{path}", method=method, headers=headers)
    told = response.get_json()
    assert response.status_code == status, told
    if status >= 400:
        assert response.mimetype == "application/problem+json"
        return told
    adapter = world.app.url_map.bind("localhost")
    endpoint, _values = adapter.match(f"/api/v1{path.partition('?')[0]}", method=method)
    described: Description = world.app.view_functions[endpoint].__api__  # type: ignore[attr-defined]
    assert described.answer is not None
    assert described.status == status
    assert described.answer.validate(told) == {}
    return told
