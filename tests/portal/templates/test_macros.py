"""The component macros: what each promises beyond its looks."""

from collections.abc import Callable

import pytest
from flask import Flask
from markupsafe import Markup

from portal.kernel import text
from portal.kernel.text import Text

Render = Callable[..., str]


@pytest.fixture
def macro(app: Flask) -> Render:
    """`macro("tag", "tag", "words")` is what the macro of that file and name writes."""

    def render(file: str, macro_name: str, /, *values: object, **named: object) -> str:
        with app.test_request_context("/"):
            module = app.jinja_env.get_template(f"parts/{file}.html").module
            return str(getattr(module, macro_name)(*values, **named))

    return render


def test_words_from_outside_are_escaped_everywhere(macro: Render) -> None:
    evil = "<x>'\"&"
    for written in (
        macro("button", "button", evil, suffix=evil, name=evil, value=evil),
        macro("tag", "tag", evil),
        macro("clock", "clock", "ok", evil, evil, evil, evil),
        macro("field", "text", "name", evil, evil, hint=evil, errors=[evil]),
        macro("choice", "radios", "name", evil, [(evil, evil, evil)], evil),
        macro("table", "title_cell", evil, evil, evil),
        macro("notice", "notice", evil, evil),
        macro("diff", "parts", [("ins", evil), ("del", evil), ("same", evil)]),
        macro("search", "search", "/", evil, evil, evil, [("q", evil)]),
    ):
        assert "&lt;x&gt;&#39;&#34;&amp;" in written
        assert "<x>" not in written


def test_labels_may_be_lazy(macro: Render) -> None:
    with text.speaking("en"):
        assert ">Sign in<" in macro("tag", "tag", Text("登录"))


def test_a_group_of_choices_leads_the_summary_to_its_first_box(macro: Render) -> None:
    written = macro(
        "choice", "radios", "open_type", "开放类型", [("a", "甲"), ("b", "乙")], "b", errors=["错"]
    )
    assert 'id="f-open_type" name="open_type" value="a"' in written
    assert 'id="f-open_type-2" name="open_type" value="b" checked' in written
    assert 'aria-describedby="f-open_type-error"' in written


def test_fields_name_hint_and_error_and_keep_what_was_typed(macro: Render) -> None:
    written = macro("field", "text", "title", "名称", "水", hint="提示", errors=["太短"])
    assert 'value="水"' in written
    assert 'aria-describedby="f-title-hint f-title-error" aria-invalid="true"' in written
    assert "（选填）" in macro("field", "text", "title", "名称", optional=True)


def test_a_textarea_keeps_a_first_empty_line(macro: Render) -> None:
    assert ">\n\nzwei</textarea>" in macro("field", "textarea", "a", "甲", "\nzwei")


def test_zero_is_a_value_and_nothing_is_a_dash(macro: Render) -> None:
    assert ">0</td>" in macro("table", "cell", 0, num=True)
    assert ">–</td>" in macro("table", "cell", None)
    assert ">1,240</td>" in macro("table", "cell", 1240, num=True)
    assert "<dd>–</dd>" in macro("facts", "facts", [("甲", [])])


def test_facts_join_lists_and_keep_markup(macro: Render) -> None:
    written = macro("facts", "facts", [("甲", ["一", "二"]), ("乙", Markup("<a href='/'>丙</a>"))])
    assert "一、二" in written
    assert "<a href='/'>丙</a>" in written


def test_facets_beyond_the_shown_stand_behind_a_disclosure_unless_chosen(macro: Render) -> None:
    values = [{"value": n, "label": n, "count": n} for n in range(7)]
    folded = macro("facet", "facet", "unit", "单位", values)
    assert "还有 2 个" in folded
    values[6]["checked"] = True
    assert 'id="facet-unit-more" open' in macro("facet", "facet", "unit", "单位", values)
    assert macro("facet", "facet", "unit", "单位", []).strip() == ""


def test_a_pager_says_where_it_is_even_when_nobody_counted(macro: Render) -> None:
    assert "第 1–10 条，共 1,037 条" in macro("pager", "pager", 1, 10, 1037)
    assert "第 11–20 条" in macro("pager", "pager", 11, 20)
    assert "没有内容" in macro("pager", "pager", 0, 0, 0)


def test_a_progress_without_a_total_has_no_value(macro: Render) -> None:
    assert "value=" not in macro("progress", "progress", 5, None, "正在读取")
    assert 'value="5" max="10"' in macro("progress", "progress", 5, 10, "正在读取")


def test_an_error_of_the_whole_form_is_no_link(macro: Render) -> None:
    written = macro(
        "errors", "summary", {"_form": ["两项矛盾"], "title": ["太短"]}, labels={"title": "名称"}
    )
    assert "<li>两项矛盾</li>" in written
    assert '<a href="#f-title">名称：太短</a>' in written
    assert macro("errors", "summary", {}).strip() == ""


def test_a_bar_of_nothing_is_empty(macro: Render) -> None:
    assert 'width="0"' in macro("bar", "bar", 3, 0)
    assert 'width="50.0"' in macro("bar", "bar", 3, 6)
