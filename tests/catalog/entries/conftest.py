"""A portal whose module's tests each make entries of their own."""

import pytest

from tests.world import World


@pytest.fixture
def office(shared_world: World) -> World:
    """The module's copy of the sample portal; tests leave alone what they have not made."""
    return shared_world
