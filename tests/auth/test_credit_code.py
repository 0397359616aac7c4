"""The check of unified social credit codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.credit_code import ALPHABET, check_character, checked, normalised, problem
from portal.kernel.errors import Invalid

FIRST = "91350100M000100Y4"  # the example printed in GB 32100-2015, annex


def test_the_example_of_the_standard_is_right() -> None:
    assert check_character(FIRST) == "3"
    assert problem(FIRST + "3") is None


def test_a_wrong_check_character_says_which_is_right_and_where() -> None:
    assert str(problem(FIRST + "4")) == "校验位不对，应为 3，现为 4。请核对第 18 位。"


def test_a_wrong_length_says_how_long_it_is() -> None:
    assert str(problem("123")) == "统一社会信用代码应为 18 位，现为 3 位。请核对。"


def test_a_letter_that_the_standard_leaves_out_is_named_with_its_place() -> None:
    assert "第 4 位“O”" in str(problem("913O0100M000100Y43"))


def test_spaces_and_small_letters_are_mended() -> None:
    assert normalised(" 91350100 m000100y43 ") == FIRST + "3"
    assert checked("91350100m000100y43") == FIRST + "3"


@pytest.mark.parametrize("raw", [None, "", "  "])
def test_an_empty_code_is_none(raw: str | None) -> None:
    assert checked(raw) is None


def test_a_refused_code_is_an_error_at_its_field() -> None:
    with pytest.raises(Invalid) as caught:
        checked("1", field="code")
    assert list(caught.value.fields) == ["code"]


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_found(first: str, place: int, other: str) -> None:
    code = first + check_character(first)
    assert problem(code) is None
    changed = code[:place] + other + code[place + 1 :]
    assert (problem(changed) is None) == (changed == code)
