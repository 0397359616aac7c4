"""Calls with one written argument are worked out at compile time; others stay calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from markupsafe import Markup

from portal.kernel import text
from portal.kernel.text import speaking
from portal.web import pages

WORDS = "折叠试验"


class Counted:
    """Counts how often the templates of a page still call `_`."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, message: str, **values: Any) -> text.Text:
        self.calls += 1
        return text.Text(message, values)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setitem(text._catalogs[text.ENGLISH], WORDS, "<Folding>")
    app = Flask("folding")
    pages.set_up(app)
    return app


@contextmanager
def counted(app: Flask) -> Iterator[Counted]:
    counter = Counted()
    app.jinja_env.globals["_"] = counter
    with app.app_context():
        yield counter


def rendered(app: Flask, source: str, **values: Any) -> str:
    templates = app.extensions["portal.templates"]
    return str(templates[text.language()].from_string(source).render(**values))


def test_words_of_a_template_are_looked_up_once_and_escaped(app: Flask) -> None:
    with counted(app) as counter, speaking("en"):
        assert rendered(app, "{% autoescape true %}{{ _('折叠试验') }}{% endautoescape %}") == (
            "&lt;Folding&gt;"
        )
    assert counter.calls == 0


def test_each_language_has_its_own_words(app: Flask) -> None:
    with counted(app):
        assert rendered(app, "{{ _('折叠试验') }}") == WORDS
        with speaking("en"):
            assert "Folding" in rendered(app, "{{ _('折叠试验') }}")


@pytest.mark.parametrize("call", ["_('有 %(n)s 条', n=n)", "_(words)"])
def test_what_depends_on_values_stays_a_call(app: Flask, call: str) -> None:
    with counted(app) as counter:
        rendered(app, "{{ " + call + " }}", n=3, words="字")
    assert counter.calls == 1


def test_a_kept_part_is_made_once_in_each_language(app: Flask) -> None:
    made: list[str] = []

    def part() -> Markup:
        made.append(text.language())
        return Markup("<p>part</p>")

    with app.app_context():
        for language in ("zh", "en", "zh", "en"):
            with speaking(language):
                assert pages.kept("part", part) == "<p>part</p>"
    assert made == ["zh", "en"]


def test_chinese_content_is_named_so_on_english_pages_only() -> None:
    assert pages.content_lang() == ""
    with speaking("en"):
        assert pages.content_lang() == ' lang="zh-CN"'
