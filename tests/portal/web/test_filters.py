"""Numbers as pages write them."""

import pytest

from portal.web import filters


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (None, "–"),
        (0.0, "0%"),
        (0.0001, "0.1%"),
        (0.5, "50%"),
        (0.934, "93.4%"),
        (0.99999, "99.9%"),
        (1.0, "100%"),
    ],
)
def test_all_and_none_are_said_only_where_they_are(share: float | None, shown: str) -> None:
    assert filters.percent(share) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (None, "–"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KB"),
        (50 * 1024**2, "50 MB"),
        (4_404_020, "4.2 MB"),
        (3 * 1024**5, "3072 TB"),
    ],
)
def test_a_size_has_a_fraction_only_where_it_has_one(amount: int | None, shown: str) -> None:
    assert filters.size(amount) == shown
