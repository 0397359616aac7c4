"""Snippets are escaped first and marked after, in the width, case and signs of the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.snippets import highlighted, matching, snippet


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("住房公积金", "公积金", "住房<mark>公积金</mark>"),
        ("ＰＭ2.5 数据", "pm2.5", "<mark>ＰＭ2.5</mark> 数据"),
        ("<b>企业</b>", "企业", "&lt;b&gt;<mark>企业</mark>&lt;/b&gt;"),
        ("a&b", "b", "a&amp;<mark>b</mark>"),
        ("企业、年报", '"企业 年报"', "<mark>企业、年报</mark>"),
        ("POINT_X", "point_", "<mark>POINT_</mark>X"),
        ("企业年报", "", "企业年报"),
        ("企业年报", "。", "企业年报"),
    ],
)
def test_hits_are_marked(text: str, query: str, shown: str) -> None:
    assert highlighted(text, query) == shown


def test_the_longest_word_is_marked_where_several_begin() -> None:
    assert highlighted("住房公积金", "住房 住房公积金") == "<mark>住房公积金</mark>"


def test_a_loose_question_marks_each_word() -> None:
    assert highlighted("停车场的价格", "停车场价格") == "停车场的价格"
    assert (
        highlighted("停车场的价格", "停车场价格", loose=True)
        == "<mark>停车场</mark>的<mark>价格</mark>"
    )


def test_a_snippet_shows_the_first_hit_with_what_stands_around() -> None:
    text = "前" * 200 + "公积金" + "后" * 200
    shown = snippet(text, "公积金", length=60)
    assert shown.startswith("…前")
    assert "<mark>公积金</mark>" in shown
    assert shown.endswith("后…")
    assert len(shown.replace("<mark>", "").replace("</mark>", "")) == 62


def test_a_snippet_without_a_hit_is_the_beginning() -> None:
    assert snippet("甲" * 200, "公积金", length=10) == "甲" * 10 + "…"
    assert snippet("短文", "公积金") == "短文"


def test_the_names_that_hold_a_hit_are_found() -> None:
    names = ("水质指标", "日期", "水质等级", "水质说明", "水质代码")
    assert matching(names, "水质") == ("水质指标", "水质等级", "水质说明")
    assert matching(names, "") == ()


@given(text=st.text(max_size=80), query=st.text(max_size=20))
def test_nothing_in_a_text_reaches_the_page_unescaped(text: str, query: str) -> None:
    for shown in (highlighted(text, query), snippet(text, query, length=20)):
        bare = shown.replace("<mark>", "").replace("</mark>", "")
        assert not set(bare) & set("<>\"'")
