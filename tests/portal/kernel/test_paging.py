"""Pages and cursors: what comes from an address is never trusted."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import Invalid
from portal.kernel.paging import (
    DEEPEST,
    PAGE_SIZE,
    Page,
    decode_cursor,
    encode_cursor,
    page_number,
)


@pytest.mark.parametrize(
    ("raw", "number"),
    [(None, 1), ("", 1), ("0", 1), ("3", 3), ("-1", 1), ("x", 1), ("²", 1), ("9" * 12, 1)],
)
def test_what_is_no_number_is_the_first_page(raw: str | None, number: int) -> None:
    assert page_number(raw) == number


def test_nobody_pages_deeper_than_ten_thousand_rows() -> None:
    assert page_number(str(DEEPEST // PAGE_SIZE)) == 500
    with pytest.raises(Invalid, match="10000"):
        page_number(str(DEEPEST // PAGE_SIZE + 1))


def test_a_page_knows_its_place() -> None:
    page = Page(list("abcde"), 3, 20, 45)
    assert (page.first, page.last, page.pages, page.has_next) == (41, 45, 3, False)
    assert Page(list("abcde"), 1, 5, 45).has_next
    assert Page([], 1, 20, 0).first == 0
    assert Page([], 1, 20, 0).pages == 1


def test_a_page_that_nobody_counted_knows_whether_there_is_more() -> None:
    assert Page(["a"], 1, 1, more=True).has_next
    assert not Page(["a"], 1, 1).has_next


plain_values = (
    st.none()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False).filter(lambda number: abs(number) != float("inf"))
)
words = st.text().filter(lambda text: "\0" not in text)


@given(st.lists(plain_values | words, max_size=4))
def test_a_cursor_comes_back_as_it_was(values: list[object]) -> None:
    cursor = encode_cursor(values)
    assert cursor.isascii()
    assert decode_cursor(cursor, len(values)) == values


def cursor_of(raw: str) -> str:
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!!!",
        "é",
        "\ud800",
        cursor_of("{}"),
        cursor_of('["one"]'),
        cursor_of('["one", {"a": 1}]'),
        cursor_of('["one", [2]]'),
        cursor_of('["one", NaN]'),
        cursor_of('["one", 1e999]'),
        cursor_of(f'["one", {2**64}]'),
        cursor_of('["one", "\\u0000"]'),
        cursor_of('["one", "\\ud800"]'),
        cursor_of("[" * 20_000),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="第一页"):
        decode_cursor(cursor, 2)
