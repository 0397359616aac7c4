"""A small portal with people in it, as processes: copied for each test that changes or stops it."""

from tests.journeys.conftest import city_folder, stopped  # noqa: F401  fixtures
