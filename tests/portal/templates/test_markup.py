"""Every page of the gallery is sound HTML, in both languages, signed in or not, light or dark."""

import re
from xml.etree.ElementTree import Element

import html5lib
import pytest

from tests.portal.templates.conftest import Visitor

PAGES = (
    "/",
    "/pages/home",
    "/pages/search",
    "/pages/form",
    "/pages/import",
    "/work",
    "/failing",
    "/nowhere",
    "/failing?kind=conflict",
)
VISITORS = ("", "zh-light", "en-dark", "zh-auto")
FIELDS = ("input", "select", "textarea")
NS = "{http://www.w3.org/1999/xhtml}"


def _tree(html: str) -> Element:
    return html5lib.HTMLParser(strict=True).parse(html)


def _named(element: Element) -> bool:
    return bool(element.get("aria-label") or element.get("aria-labelledby"))


@pytest.fixture(params=[(path, who) for path in PAGES for who in VISITORS], ids=str)
def html(request: pytest.FixtureRequest, visitor: Visitor) -> str:
    return visitor.html(*request.param)


def test_pages_are_sound(html: str) -> None:
    tree = _tree(html)
    elements = list(tree.iter())
    ids = [e.get("id") for e in elements if e.get("id")]
    assert len(ids) == len(set(ids)), [i for i in ids if ids.count(i) > 1]
    assert len(tree.findall(f".//{NS}h1")) == 1
    assert (tree.findtext(f".//{NS}title") or "").strip()
    _references(elements, set(ids))
    _labels(elements)
    _nothing_inline(elements, html)


def _references(elements: list[Element], ids: set[str]) -> None:
    for element in elements:
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            for target in (element.get(name) or "").split():
                assert target in ids, f"{name} to nothing: {target}"
        href = element.get("href") or ""
        if href.startswith("#"):
            assert href[1:] in ids, f"link to nothing: {href}"


def _labels(elements: list[Element]) -> None:
    labelled = {e.get("for") for e in elements if e.tag == f"{NS}label"}
    for element in elements:
        if element.tag in [NS + name for name in FIELDS] and element.get("type") != "hidden":
            assert element.get("id") in labelled or _named(element), element.attrib
        if element.tag == f"{NS}button":
            words = "".join(element.itertext()).strip()
            assert words or any(_named(child) for child in element), element.attrib


def _nothing_inline(elements: list[Element], html: str) -> None:
    for element in elements:
        assert not [name for name in element.attrib if str(name).startswith("on")]
        assert element.get("style") is None
        assert element.tag != f"{NS}style"
        if element.tag == f"{NS}script":
            assert (element.get("src") or "").startswith("/static/")
    assert re.findall(r"(?:href|src|action)=\"(?:https?:)?//[^\"]*", html) == []


def test_language_and_scheme_are_on_the_root(visitor: Visitor) -> None:
    assert '<html lang="zh-CN" data-color-scheme="light" data-size="sm">' in visitor.html("/")
    assert '<html lang="en" data-color-scheme="dark"' in visitor.html("/", "en-dark")


def test_english_pages_hold_no_chinese_words_of_the_shell(visitor: Visitor) -> None:
    page = visitor.html("/failing", "en-light")
    foot = page[page.index("<footer") :]
    assert re.findall(r"[\u4e00-\u9fff]+", foot) == []
