"""Chinese words in English sentences say their language, and nothing else is changed."""

import pytest
from markupsafe import Markup

from portal.app import load_translations
from portal.kernel import text
from portal.kernel.sentence import plain
from portal.kernel.text import Text, _
from portal.pages.words import with_lang

SPAN = '<span lang="zh-CN">{}</span>'


@pytest.fixture(autouse=True)
def catalogs() -> None:
    load_translations()


def english(words: Text | str | None) -> str:
    with text.speaking(text.ENGLISH):
        return str(Markup("{}").format(with_lang(words)))


def test_a_title_in_an_english_sentence_is_marked() -> None:
    shown = english(_("%(job)s的运行记录", job="停车场"))
    assert shown == f"Runs of {SPAN.format('停车场')}"


def test_a_chinese_page_needs_no_mark() -> None:
    words = _("审核目录《%(title)s》", title="停车<场")
    assert with_lang(words) is words
    assert with_lang("停车场") == "停车场"


def test_words_that_are_not_chinese_are_left_alone() -> None:
    assert english(_("%(job)s的运行记录", job="Parking")) == "Runs of Parking"
    assert english(_("%(n)s 条", n=3)) == "3 records"
    assert english("CSV") == "CSV"
    assert english(None) == "None"


def test_a_sentence_within_a_sentence_is_marked_where_it_is_typed() -> None:
    inner = _("%(job)s的运行记录", job="停车场")
    shown = english(_("%(step)s：%(title)s", step=_("逾期督办"), title=inner))
    assert shown.count("<span") == 1
    assert SPAN.format("停车场") in shown


def test_typed_words_alone_and_sentences_without_english_are_marked() -> None:
    assert english(plain("请补充来源")) == SPAN.format("请补充来源")
    assert english("市城乡水务局") == SPAN.format("市城乡水务局")
    assert english(Text("没有译文的句子")) == SPAN.format("没有译文的句子")


def test_markup_in_what_was_typed_stays_text() -> None:
    shown = english(_("审核目录《%(title)s》", title='停<script>"%s'))
    assert "&lt;script&gt;&#34;%s" in shown
    assert "<script" not in shown
    assert english("<b>停") == SPAN.format("&lt;b&gt;停")
