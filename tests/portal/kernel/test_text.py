"""Text for people: translated when shown, escaped for pages."""

from pathlib import Path

import pytest

from portal.kernel import text
from portal.kernel.codes import CodeList
from portal.kernel.text import CHINESE, ENGLISH, Text, _, language, load_catalogs, sound, speaking

PO = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "共 %(n)s 条"
msgstr "{total}"

msgid "未译"
msgstr ""
"""


@pytest.fixture(autouse=True)
def own_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_catalogs", {ENGLISH: {}})


def catalog(folder: Path, name: str, total: str = "%(n)s in all") -> Path:
    path = folder / name
    path.write_text(PO.replace("{total}", total), encoding="utf-8")
    return path


def test_a_text_is_translated_when_it_is_shown(tmp_path: Path) -> None:
    load_catalogs((catalog(tmp_path, "en.po"),))
    sentence = _("共 %(n)s 条", n=3)
    assert str(sentence) == "共 3 条"
    with speaking(ENGLISH):
        assert language() == ENGLISH
        assert str(sentence) == "3 in all"
        assert str(_("未译")) == "未译", "without a translation the Chinese is shown"
    assert language() == CHINESE
    with speaking("xx"):
        assert language() == CHINESE


def test_nested_texts_are_translated_too(tmp_path: Path) -> None:
    load_catalogs((catalog(tmp_path, "en.po"),))
    sentence = _("说明：%(what)s", what=_("共 %(n)s 条", n=1.5))
    with speaking(ENGLISH):
        assert str(sentence) == "说明：1.5 in all"


def test_of_two_translations_the_first_stays(tmp_path: Path) -> None:
    load_catalogs((catalog(tmp_path, "a.po"), catalog(tmp_path, "b.po", "%(n)s total")))
    with speaking(ENGLISH):
        assert str(_("共 %(n)s 条", n=3)) == "3 in all"


def test_a_text_in_a_page_is_escaped() -> None:
    sentence = _("“%(title)s”", title="<script>'\"&")
    assert sentence.__html__() == "“&lt;script&gt;&#39;&#34;&amp;”"


def test_a_percent_sign_in_a_text_without_values_is_itself() -> None:
    assert str(_("100%")) == "100%"


def test_texts_are_compared_by_message_and_values() -> None:
    assert _("甲", n=1) == Text("甲", {"n": 1})
    assert _("甲", n=1) != _("甲", n=2)
    assert len({_("甲", n=1), _("甲", n=1), _("乙")}) == 2


def test_a_code_list_names_its_keys() -> None:
    codes = CodeList("themes", _("主题"), {"health": _("卫生健康")})
    assert str(codes.name("health")) == "卫生健康"
    assert codes.name("odd") == "odd"
    assert codes.name(None) is None
    assert len({codes, CodeList("themes", _("主题"), {})}) == 2


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("数据\0源", "数据源"), ("半\ud83d个", "半个"), ("泉\U0001f4a7", "泉\U0001f4a7"), ("", "")],
)
def test_what_no_database_keeps_is_taken_out(typed: str, kept: str) -> None:
    assert sound(typed) == kept
