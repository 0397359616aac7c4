"""The index in Elasticsearch's terms: mapping, documents, question; plain dictionaries.

Only what a bare server has: keywords, numbers, and text split at white space.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from search import analysis
from search.document import Dating, Removal, SearchDocument, Timeliness, milliseconds
from search.engine import MANY_VALUES, NAME, NEWEST, RELEVANCE, TIMELINESS, Query, Shape, sort_key
from search.plan import Plan, Word
from search.ranking import CODE, FIELD, IN_TITLE, TITLE, TITLE_WORD

FACET = "facet_"
SORT = "sort_"
Json = dict[str, Any]


def mapping(shape: Shape) -> Json:
    """The fields of an index for documents of this shape, and what it was made by."""
    keyword = {"type": "keyword"}
    indexed_only = {"type": "keyword", "doc_values": False}
    sorts = {SORT + name: {"type": "keyword", "index": False} for name in shape.all_sorts}
    return {
        "dynamic": False,
        "_source": {"includes": ["id"]},
        "_meta": {
            "analysis": analysis.version(),
            "facets": list(shape.facets),
            "sorts": list(shape.sorts),
        },
        "properties": {
            "id": keyword,
            "digest": {"type": "keyword", "index": False},
            "version": {"type": "long", "index": False},
            "live": {"type": "boolean"},
            "grams": _text("positions"),
            "title_grams": _text("positions"),
            "title_words": _text("freqs"),
            "title_contained": _text("freqs"),
            "contained": _text("freqs"),
            "characters": {**_text("docs"), "norms": False},
            "due_at": {"type": "long"},
            "overdue_at": {"type": "long"},
            **dict.fromkeys(("exact", "starts", "audience", "kind"), indexed_only),
            **dict.fromkeys(("dating", *(FACET + name for name in shape.facets)), keyword),
            **sorts,
        },
    }


def written(document: SearchDocument, shape: Shape) -> Json:
    """A document as it is put into the index."""
    text = analysis.analysed(document)
    return {
        "id": document.id,
        "digest": document.digest(),
        "version": document.version,
        "live": True,
        "grams": text.grams,
        "title_grams": text.title_grams,
        "title_words": text.title_words,
        "title_contained": text.title_contained,
        "contained": text.contained,
        "characters": text.characters,
        "exact": list(text.exact),
        "starts": list(text.starts),
        "audience": sorted(document.audience),
        "kind": document.kind,
        "dating": document.dating.value,
        "due_at": document.due_at_ms,
        "overdue_at": document.overdue_at_ms,
        **{FACET + name: list(document.facets.get(name, ())) for name in shape.facets},
        **{SORT + name: sort_key(document, name) for name in shape.all_sorts},
    }


def removed(removal: Removal) -> Json:
    """What stays of a removed document, so that a late delivery does not bring it back."""
    return {"id": removal.id, "version": removal.version, "live": False}


class Translation:
    """One question in Elasticsearch's terms; `same_words`: the index is cut as today."""

    def __init__(self, asked: Query, plan: Plan, *, same_words: bool) -> None:
        self.asked = asked
        self.plan = plan
        self.same_words = same_words
        self.now = milliseconds(asked.now)
        # Without words nothing is more relevant than anything else.
        relevant = asked.sort == RELEVANCE and not plan.words
        self.sort = NEWEST if relevant else asked.sort

    def body(self, after: str | None) -> Json:
        """The whole request: filters come after the counting, each facet leaves out its own."""
        asked = self.asked
        filters = {name: values for name, values in asked.filters.items() if values}
        request: Json = {
            "query": {"bool": self._documents()},
            "size": asked.size,
            "track_total_hits": True,
            "source": False,
        }
        if filters:
            request["post_filter"] = {"bool": {"filter": self._filters(leave_out=None)}}
        if asked.facets:
            request["aggs"] = {name: self._counted(name) for name in asked.facets}
        if self.sort != RELEVANCE:
            request["sort"] = [{SORT + self.sort: {"order": "asc", "unmapped_type": "keyword"}}]
        if after:
            request["search_after"] = [after]
        else:
            request["from_"] = asked.offset
        return request

    def beginning(self, start: str, size: int) -> Json:
        """The request for suggestions: titles that begin with a text, by name."""
        begins = {"prefix": {"starts": {"value": start}}}
        return {
            "query": {"bool": {"filter": [*self._who(), begins]}},
            "size": size,
            "source": False,
            "track_total_hits": False,
            "sort": [{SORT + NAME: {"order": "asc", "unmapped_type": "keyword"}}],
        }

    def _documents(self) -> Json:
        present = [self._present(word) for word in self.plan.words]
        if self.sort != RELEVANCE:
            return {"filter": [*self._who(), *present]}
        return {"must": present, "filter": self._who(), "should": list(self._ranking())}

    def _who(self) -> list[Json]:
        asked = self.asked
        clauses: list[Json] = [{"term": {"live": True}}]
        if asked.audience is not None:
            clauses.append({"terms": {"audience": sorted(asked.audience)}})
        if asked.kinds:
            clauses.append({"terms": {"kind": sorted(asked.kinds)}})
        return clauses

    def _filters(self, *, leave_out: str | None) -> list[Json]:
        return [
            self._filter(name, values)
            for name, values in sorted(self.asked.filters.items())
            if name != leave_out and values
        ]

    def _filter(self, name: str, values: frozenset[str]) -> Json:
        if name != TIMELINESS:
            return {"terms": {FACET + name: sorted(values)}}
        return {"bool": {"should": [self._verdict(value) for value in sorted(values)]}}

    def _verdict(self, value: str) -> Json:
        match value:
            case Timeliness.FRESH:
                return {"range": {"due_at": {"gt": self.now}}}
            case Timeliness.OVERDUE:
                return {"range": {"overdue_at": {"lt": self.now}}}
            case Timeliness.DUE:
                bounds = {"due_at": {"lte": self.now}, "overdue_at": {"gte": self.now}}
                both = [{"range": {field: bound}} for field, bound in bounds.items()]
                return {"bool": {"filter": both}}
        return {"term": {"dating": value}}

    def _counted(self, name: str) -> Json:
        verdicts = (Timeliness.FRESH, Timeliness.DUE, Timeliness.OVERDUE)
        if name == TIMELINESS:
            named = {v.value: self._verdict(v) for v in verdicts}
            named |= {v.value: {"term": {"dating": v.value}} for v in (Dating.UNKNOWN, Dating.NONE)}
            values: Json = {"filters": {"filters": named}}
        else:
            values = {"terms": {"field": FACET + name, "size": MANY_VALUES}}
        others = self._filters(leave_out=name)
        return {"filter": {"bool": {"filter": others}}, "aggs": {"values": values}}

    def _present(self, word: Word) -> Json:
        if word.is_character:
            return {"term": {"characters": word.text}}
        if word.known and self.same_words:
            return {"term": {"contained": {"value": word.text}}}
        return _phrase("grams", word, 1.0)

    def _ranking(self) -> Iterable[Json]:
        whole = self.plan.whole
        exact = {analysis.exact_code(whole): CODE, analysis.exact_title(whole): TITLE}
        for word in self.plan.words:
            exact |= {analysis.exact_code(word.text): CODE, analysis.exact_field(word.text): FIELD}
            if word.known and self.same_words:
                yield {"term": {"title_contained": {"value": word.text, "boost": IN_TITLE}}}
            elif not word.is_character:
                yield _phrase("title_grams", word, IN_TITLE)
            for term in word.terms:
                yield {"term": {"title_words": {"value": term, "boost": TITLE_WORD}}}
        for term, boost in exact.items():
            yield {"constant_score": {"filter": {"term": {"exact": term}}, "boost": boost}}


def value_counts(name: str, answer: Mapping[str, Any]) -> dict[str, int]:
    """The counts of one facet out of the aggregations of an answer."""
    buckets = answer[name]["values"]["buckets"]
    if name == TIMELINESS:
        return {key: int(b["doc_count"]) for key, b in buckets.items() if b["doc_count"]}
    return {str(bucket["key"]): int(bucket["doc_count"]) for bucket in buckets}


def _text(options: str) -> Json:
    return {"type": "text", "analyzer": "whitespace", "index_options": options}


def _phrase(field: str, word: Word, boost: float) -> Json:
    return {"match_phrase": {field: {"query": " ".join(word.grams), "boost": boost}}}
