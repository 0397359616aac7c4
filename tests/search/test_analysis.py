"""Tokens: exact substring search by grams and by words of the dictionary, whatever the signs."""

import pytest

from search import analysis
from search.document import SearchDocument
from search.names import name_key
from search.plan import plan


def made(**values: object) -> SearchDocument:
    given = {"title": "题", "audience": frozenset({"public"}), "name_key": "", **values}
    return SearchDocument(id="d1", kind="entry", version=1, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("ＰＭ２.５（试行）", "pm2▁5▁试行"),
        ("  《企业》，年报！ ", "企业▁年报"),
        ("POINT_X", "point_x"),
        ("a‖b▁c", "a▁b▁c"),
        ("①级", "1级"),
        ("。！", ""),
    ],
)
def test_width_case_and_signs_do_not_matter(text: str, form: str) -> None:
    assert analysis.normalised(text) == form


def test_grams_are_all_pairs_in_order() -> None:
    assert analysis.grams("住房公积金") == ("住房", "房公", "公积", "积金")
    assert analysis.grams("医") == ()


def test_parts_are_kept_apart_in_the_stream_of_grams() -> None:
    tokens = analysis.analysed(made(title="企业", tags=("年报",))).grams.split()
    assert tokens == [
        "▁‖",
        "‖▁",
        "▁企",
        "企业",
        "业▁",
        "▁‖",
        "‖▁",
        "▁年",
        "年报",
        "报▁",
        "▁‖",
        "‖▁",
    ]
    assert "业年" not in tokens


def test_every_word_of_the_dictionary_that_a_text_holds_is_a_term() -> None:
    words = set(analysis.analysed(made(title="济南市住房公积金缴存信息")).contained.split())
    assert {"济南", "济南市", "住房", "住房公积金", "公积金", "缴存", "信息"} <= words
    assert "房公" not in words


def test_a_known_word_is_chinese_and_of_two_characters_or_more() -> None:
    known = [
        word
        for word in ("公积金", "房公", "医", "point", "A级", "趵突泉")
        if analysis.is_known(word)
    ]
    assert known == ["公积金", "趵突泉"]


def test_the_dictionary_has_words_only_once_and_no_headings() -> None:
    words = analysis.dictionary()
    assert len(words) == len(set(words)) > 1_500
    assert not any(word.startswith("#") for word in words)


def test_the_version_names_algorithm_and_dictionary() -> None:
    assert analysis.version().startswith(f"{analysis.ALGORITHM}-")


def test_codes_field_names_and_titles_are_exact_terms() -> None:
    terms = analysis.analysed(
        made(title="企业 年报", code="3070/01", codes=("SRC-1",), fields=("ENT_NAME", "ent_name"))
    ).exact
    assert set(terms) == {"title:企业▁年报", "code:3070▁01", "code:src▁1", "field:ent_name"}


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("重庆银行行长", "chong.qing.yin.hang.hang.zhang"),
        ("A级景区2022年", "a.ji.jing.qu.2022.nian"),
        ("安", "an"),
        ("！", ""),
    ],
)
def test_names_sort_by_pinyin(title: str, key: str) -> None:
    assert name_key(title) == key


def test_a_shorter_syllable_sorts_first() -> None:
    assert sorted([name_key("昂"), name_key("安全"), name_key("安")]) == ["an", "an.quan", "ang"]


def test_a_long_title_has_a_bounded_key() -> None:
    assert len(name_key("不动产登记" * 200)) <= 120


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("公积金、医保", ["公积金", "医保"]),
        ('"point x" 医', ["point▁x", "医"]),
        ("“一网 通办”", ["一网▁通办"]),
        ("企业 企业", ["企业"]),
        ("POINT_", ["point_"]),
        ("", []),
    ],
)
def test_words_are_joined_and_quotes_keep_phrases(text: str, words: list[str]) -> None:
    assert [word.text for word in plan(text).words] == words


def test_only_signs_cannot_be_looked_for() -> None:
    assert plan("！？").impossible
    assert not plan(" ").impossible


def test_a_document_refuses_what_engines_cannot_keep() -> None:
    with pytest.raises(ValueError, match="sort key"):
        made(name_key="Ä")
    with pytest.raises(ValueError, match="both moments"):
        made(due_at_ms=1)
    with pytest.raises(ValueError, match="id"):
        SearchDocument("A B", "entry", 1, "题", frozenset(), "")


def test_a_digest_tells_content_apart_and_nothing_else() -> None:
    one = made(facets={"a": ("1",), "b": ("2",)}, audience=frozenset({"x", "y"}))
    same = made(facets={"b": ("2",), "a": ("1",)}, audience=frozenset({"y", "x"}))
    assert one.digest() == same.digest() != made().digest()


def test_our_own_sign_between_parts_is_a_sign_like_any_other_in_a_text() -> None:
    typed = analysis.analysed(made(title=f"公交{analysis.BETWEEN_PARTS}站点"))
    plain = analysis.analysed(made(title="公交 站点"))
    assert (typed.grams, typed.title_grams) == (plain.grams, plain.title_grams)
