"""What is wrong with the HTML of a page: a list of faults, empty for a sound page."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
from html5lib.html5parser import ParseError

NS = "{http://www.w3.org/1999/xhtml}"
FIELDS = {NS + name for name in ("input", "select", "textarea")}
POINTERS = ("for", "aria-labelledby", "aria-describedby", "aria-controls")
# Addresses of records lead elsewhere on purpose; everything that a page loads is its own.
OUTSIDE = re.compile(
    r"\b(?:src|srcset|action|formaction|data|poster|ping|background)=\"(?:https?:)?//[^\"]*"
    r"|<(?:link|use|image)[^>]*href=\"(?:https?:)?//[^\"]*"
)


def faults(html: str) -> list[str]:
    """Everything wrong with one whole page."""
    try:
        tree = html5lib.HTMLParser(strict=True).parse(html)
    except ParseError as error:
        return [f"not valid: {error}"]
    elements = list(tree.iter())
    return [*_page(tree), *_ids(elements), *_labels(elements), *_inline(elements), *_outside(html)]


def _page(tree: Element) -> Iterator[str]:
    heads = len(tree.findall(f".//{NS}h1"))
    if heads != 1:
        yield f"{heads} h1"
    if not (tree.findtext(f".//{NS}title") or "").strip():
        yield "no title"


def _ids(elements: list[Element]) -> Iterator[str]:
    ids = [element.get("id") for element in elements if element.get("id")]
    yield from (f"id {i} twice" for i in {i for i in ids if ids.count(i) > 1})
    for element in elements:
        for name in POINTERS:
            for target in (element.get(name) or "").split():
                if target not in ids:
                    yield f"{name} to nothing: {target}"
        href = element.get("href") or ""
        if href.startswith("#") and href[1:] not in ids:
            yield f"link to nothing: {href}"


def _labels(elements: list[Element]) -> Iterator[str]:
    labelled = {element.get("for") for element in elements if element.tag == f"{NS}label"}
    for element in elements:
        named = element.get("aria-label") or element.get("aria-labelledby")
        shown = element.tag in FIELDS and element.get("type") != "hidden"
        if shown and not named and element.get("id") not in labelled:
            yield f"field without label: {element.attrib}"
        if element.tag == f"{NS}button" and not named and not _words(element):
            yield f"button without words: {element.attrib}"


def _words(element: Element) -> bool:
    """Whether a button says something, by text or by the label of a picture in it."""
    labelled = any(child.get("aria-label") for child in element.iter())
    return labelled or bool("".join(element.itertext()).strip())


def _inline(elements: list[Element]) -> Iterator[str]:
    for element in elements:
        yield from (f"inline {name}" for name in element.attrib if str(name).startswith("on"))
        if element.get("style") is not None or element.tag == f"{NS}style":
            yield f"inline style in {element.tag}"
        if element.tag == f"{NS}script" and not (element.get("src") or "").startswith("/static/"):
            yield "inline script"


def _outside(html: str) -> Iterator[str]:
    yield from (f"outside address {found}" for found in OUTSIDE.findall(html))
