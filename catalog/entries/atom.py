"""The feed as a document of Atom (RFC 4287), pages linked as RFC 5005 has it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from catalog.entries.codelists import THEMES
from catalog.entries.queries.feed import FeedPage, FeedRow
from portal.kernel.text import _

ATOM = "http://www.w3.org/2005/Atom"
TYPE = "application/atom+xml"
# The year since when records are named so; it is part of the names for ever (RFC 4151).
NAMED_SINCE = "2026"
BEFORE_ANYTHING = datetime(2000, 1, 1, tzinfo=UTC)  # an empty feed has changed at some time, too
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_HOST = re.compile(r"[0-9A-Za-z.-]+")


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed says of itself: the portal's address and name, its own key and title, its links.

    `links` are (relation, path) pairs; `key` tells it from the portal's other feeds.
    """

    url: str
    site: str
    key: str
    title: str
    links: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Paths:
    """The pages of one entry."""

    entry: str
    document: str
    unit: str


def written(head: FeedHead, page: FeedPage, paths: Sequence[Paths]) -> bytes:
    """The feed in UTF-8; `paths` go with the rows of the page."""
    register_namespace("", ATOM)
    feed = Element(_q("feed"), {_LANGUAGE: "zh-CN"})
    _text(feed, "id", _tag(head, head.key))
    _text(feed, "title", head.title)
    _text(feed, "updated", _moment(page.changed_at or BEFORE_ANYTHING))
    _text(SubElement(feed, _q("author")), "name", head.site)
    for relation, path in head.links:
        kind = "text/html" if relation == "alternate" else TYPE
        SubElement(feed, _q("link"), rel=relation, type=kind, href=head.url + path)
    for row, own in zip(page.rows, paths, strict=True):
        _entry(feed, row, head, own)
    made: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return made


def _entry(feed: Element, row: FeedRow, head: FeedHead, paths: Paths) -> None:
    entry = SubElement(feed, _q("entry"))
    _text(entry, "id", _tag(head, f"entry:{row.id}"))
    _text(entry, "title", row.title)
    _text(entry, "updated", _moment(row.changed_at))
    if row.first_published_at:
        _text(entry, "published", _moment(row.first_published_at))
    author = SubElement(entry, _q("author"))
    _text(author, "name", row.unit_name)
    _text(author, "uri", head.url + paths.unit)
    for path, kind in ((paths.entry, "text/html"), (paths.document, "application/json")):
        SubElement(entry, _q("link"), rel="alternate", type=kind, href=head.url + path)
    for theme in row.themes:
        label = str(THEMES.name(theme))
        SubElement(entry, _q("category"), term=theme, label=label, scheme=_tag(head, "theme"))
    _text(entry, "summary", row.abstract or str(_("没有摘要。")))


def _q(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _text(parent: Element, name: str, words: str) -> None:
    SubElement(parent, _q(name)).text = _NOT_XML.sub("", words)


def _tag(head: FeedHead, what: str) -> str:
    """A name that stays whatever becomes of addresses (RFC 4151)."""
    host = urlsplit(head.url).hostname or ""
    return f"tag:{host if _HOST.fullmatch(host) else 'localhost'},{NAMED_SINCE}:{what}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
