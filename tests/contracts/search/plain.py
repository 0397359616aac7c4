"""The same questions answered in plain Python over plain text: what both engines must equal."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from search.document import SearchDocument, milliseconds
from search.engine import TIMELINESS, Query, Shape, sort_key

_PHRASES = re.compile(r'"([^"]*)"|“([^”]*)”|([^\s,，、;；"“”]+)')


def matching(query: Query, documents: Sequence[SearchDocument]) -> set[str]:
    """The ids of everything that a question finds."""
    return {d.id for d in documents if _matches(query, d)}


def ordered(query: Query, documents: Sequence[SearchDocument]) -> list[str]:
    """The ids in the order of one of the named sorts."""
    found = [d for d in documents if _matches(query, d)]
    return [d.id for d in sorted(found, key=lambda d: sort_key(d, query.sort))]


def counts(
    query: Query, documents: Sequence[SearchDocument], shape: Shape
) -> Mapping[str, Mapping[str, int]]:
    """Every facet counted under all filters but its own, without the values that count nothing."""
    answer: dict[str, Counter[str]] = {}
    for name in (*shape.facets, TIMELINESS):
        others = {n: v for n, v in query.filters.items() if n != name}
        found = [d for d in documents if _matches(replace(query, filters=others), d)]
        answer[name] = Counter(value for d in found for value in _values(query, d, name))
    return answer


def _matches(query: Query, document: SearchDocument) -> bool:
    return (
        (query.audience is None or bool(query.audience & document.audience))
        and (not query.kinds or document.kind in query.kinds)
        and all(_passes(query, document, name) for name in query.filters)
        and _says(query.text, document)
    )


def _passes(query: Query, document: SearchDocument, name: str) -> bool:
    wanted = query.filters[name]
    return not wanted or bool(wanted & set(_values(query, document, name)))


def _values(query: Query, document: SearchDocument, name: str) -> tuple[str, ...]:
    if name == TIMELINESS:
        return (document.timeliness(milliseconds(query.now)).value,)
    return document.facets.get(name, ())


def _says(text: str, document: SearchDocument) -> bool:
    words = [_plain("".join(groups)) for groups in _PHRASES.findall(text)]
    words = [word for word in words if word]
    if text.strip() and not words:
        return False
    parts = (
        *(document.title, document.code, *document.codes, document.unit, document.abstract),
        *(*document.items, *document.fields, *document.tags, *document.other),
    )
    plain = [_plain(part) for part in parts]
    return all(any(word in part for part in plain) for word in words)


def _plain(text: str) -> str:
    lower = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"\W+", " ", lower).strip()
