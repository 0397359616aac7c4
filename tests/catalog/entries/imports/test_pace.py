"""Transactions grow while they are short and shrink when others wait too long."""

import time

import pytest

from catalog.entries.imports import at_work
from catalog.entries.imports.at_work import Pace


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that goes on by what a test says."""
    now = [100.0]
    monkeypatch.setattr(at_work, "time", type("Watch", (), {"monotonic": lambda: now[0]}))
    return now


def _sizes(pace: Pace, watch: list[float], seconds: float, times: int) -> list[int]:
    found = []
    for _ in range(times):
        pace.begin()
        watch[0] += seconds
        pace.end()
        found.append(pace.size)
    return found


def test_short_transactions_take_more_up_to_a_bound(watch: list[float]) -> None:
    sizes = _sizes(Pace(), watch, 0.01, 40)
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (150, 400)


def test_long_transactions_take_less_down_to_a_bound(watch: list[float]) -> None:
    sizes = _sizes(Pace(), watch, 1.0, 40)
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (66, 20)


def test_a_transaction_within_the_bounds_changes_nothing(watch: list[float]) -> None:
    assert _sizes(Pace(), watch, 0.075, 3) == [100, 100, 100]


def test_the_real_clock_is_the_monotonic_one() -> None:
    assert at_work.time is time
