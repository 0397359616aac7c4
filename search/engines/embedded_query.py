"""The embedded index in tantivy's terms: its fields, its documents, its queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tantivy import (
    Document,
    FieldType,
    Index,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
    Searcher,
)

from search import analysis
from search.document import Dating, Removal, SearchDocument, Timeliness, milliseconds
from search.engine import MANY_VALUES, NEWEST, RELEVANCE, TIMELINESS, Shape, sort_key
from search.engine import Query as Asked
from search.plan import Plan, Word
from search.ranking import CODE, FIELD, IN_TITLE, TITLE, TITLE_WORD

FACET = "facet_"
SORT = "sort_"


def schema(shape: Shape) -> Schema:
    """The fields of an index for documents of this shape."""
    builder = SchemaBuilder()
    builder.add_text_field("id", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("digest", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("version", fast=True)
    builder.add_integer_field("live", indexed=True)
    for name in ("grams", "title_grams"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in ("title_words", "title_contained", "contained"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("characters", tokenizer_name="whitespace", index_option="basic")
    for name in ("exact", "starts", "audience", "kind"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    facets = (FACET + name for name in shape.facets)
    for name in ("dating", *facets, *(SORT + name for name in shape.all_sorts)):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("due_at", "overdue_at"):
        builder.add_integer_field(name, fast=True, indexed=True)
    return builder.build()


def written(document: SearchDocument, shape: Shape, fields: Schema) -> Document:
    """A document as it is added to the index."""
    text = analysis.analysed(document)
    values: dict[str, Any] = {
        "id": document.id,
        "digest": document.digest(),
        "version": document.version,
        "live": 1,
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
    }
    for name in shape.facets:
        values[FACET + name] = list(dict.fromkeys(document.facets.get(name, ())))
    for name in shape.all_sorts:
        values[SORT + name] = sort_key(document, name)
    if document.due_at_ms is not None and document.overdue_at_ms is not None:
        values["due_at"], values["overdue_at"] = document.due_at_ms, document.overdue_at_ms
    return Document.from_dict(values, fields)


def removed(removal: Removal, fields: Schema) -> Document:
    """What stays of a removed document, so that a late delivery does not bring it back."""
    return Document.from_dict({"id": removal.id, "version": removal.version, "live": 0}, fields)


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation of the index, open for reading; `same_words`: cut by today's dictionary."""

    index: Index
    searcher: Searcher
    shape: Shape
    same_words: bool


class Translation:
    """One question in tantivy's terms, for one generation of the index."""

    def __init__(self, asked: Asked, plan: Plan, generation: Generation) -> None:
        self.asked = asked
        self.plan = plan
        self.index = generation.index
        self.searcher = generation.searcher
        self.shape = generation.shape
        self.same_words = generation.same_words
        self.fields = generation.index.schema
        self.now = milliseconds(asked.now)
        # Without words nothing is more relevant than anything else.
        relevant = asked.sort == RELEVANCE and not plan.words
        self.sort = NEWEST if relevant else asked.sort

    def query(self, *, leave_out: str | None = None, ranked: bool = False) -> Query:
        """Everything that must hold, but the filters of one facet where one is left out."""
        must = [(Occur.Must, self._present(word)) for word in self.plan.words]
        must += [(Occur.Must, _silent(q)) for q in self._who()]
        must += [
            (Occur.Must, _silent(self._filter(name, values)))
            for name, values in sorted(self.asked.filters.items())
            if name != leave_out and values
        ]
        if ranked:
            must += [(Occur.Should, query) for query in self._ranking()]
        return Query.boolean_query(must)

    def behind(self, query: Query, key: str) -> Query:
        """The documents that come after a key; keys hold no sign of the query syntax."""
        field = SORT + self.sort
        after = self.index.parse_query(f"{field}:{{{key} TO *}}", [field])
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, after)])

    def counted(self, names: Iterable[str]) -> dict[str, Any]:
        """The aggregations that count the values of facets."""
        wanted: dict[str, Any] = {}
        for name in names:
            if name == TIMELINESS:
                wanted |= _timeliness_counts(self.now)
            elif name in self.shape.facets:
                wanted[name] = _value_counts(FACET + name)
        return wanted

    def _who(self) -> Iterable[Query]:
        asked = self.asked
        if asked.audience is None:
            yield Query.term_query(self.fields, "live", 1)
        else:
            yield self._any("audience", asked.audience)
        if asked.kinds:
            yield self._any("kind", asked.kinds)

    def _filter(self, name: str, values: frozenset[str]) -> Query:
        if name == TIMELINESS:
            return _one_of([self._verdict(value) for value in sorted(values)])
        return self._any(FACET + name, values) if name in self.shape.facets else Query.empty_query()

    def _any(self, field: str, values: frozenset[str]) -> Query:
        return _one_of(
            [Query.term_query(self.fields, field, v, index_option="basic") for v in sorted(values)]
        )

    def _verdict(self, value: str) -> Query:
        now = self.now
        match value:
            case Timeliness.FRESH:
                return self._range("due_at", lower=now + 1)
            case Timeliness.OVERDUE:
                return self._range("overdue_at", upper=now - 1)
            case Timeliness.DUE:
                both = (self._range("due_at", upper=now), self._range("overdue_at", lower=now))
                return Query.boolean_query([(Occur.Must, query) for query in both])
        return Query.term_query(self.fields, "dating", value, index_option="basic")

    def _range(self, field: str, *, lower: int | None = None, upper: int | None = None) -> Query:
        return Query.range_query(self.fields, field, FieldType.Integer, lower, upper)

    def _present(self, word: Word) -> Query:
        if word.is_character:
            return Query.term_query(self.fields, "characters", word.text, index_option="basic")
        if word.known and self.same_words:
            return self._word("contained", word.text)
        return self._phrase("grams", word)

    def _phrase(self, field: str, word: Word) -> Query:
        if len(word.grams) == 1:
            return Query.term_query(self.fields, field, word.grams[0], index_option="freq")
        # Every other pair and the last one cover all characters at half the work.
        numbers = sorted({*range(0, len(word.grams), 2), len(word.grams) - 1})
        pairs: list[str | tuple[int, str]] = [(number, word.grams[number]) for number in numbers]
        return Query.phrase_query(self.fields, field, pairs)

    def _ranking(self) -> Iterable[Query]:
        whole = self.plan.whole
        exact = {analysis.exact_code(whole): CODE, analysis.exact_title(whole): TITLE}
        for word in self.plan.words:
            exact |= {analysis.exact_code(word.text): CODE, analysis.exact_field(word.text): FIELD}
            if word.known and self.same_words:
                yield Query.boost_query(self._word("title_contained", word.text), IN_TITLE)
            elif not word.is_character:
                yield Query.boost_query(self._phrase("title_grams", word), IN_TITLE)
            for term in word.terms:
                yield Query.boost_query(self._word("title_words", term), TITLE_WORD)
        for term, boost in exact.items():
            if self.searcher.doc_freq("exact", term):
                query = Query.term_query(self.fields, "exact", term, index_option="basic")
                yield Query.const_score_query(query, boost)

    def _word(self, field: str, term: str) -> Query:
        return Query.term_query(self.fields, field, term, index_option="freq")


def value_counts(name: str, answer: Mapping[str, Any]) -> dict[str, int]:
    """The counts of one facet out of the answer to `counted`."""
    if name != TIMELINESS:
        buckets = answer.get(name, {}).get("buckets", ())
        return {str(bucket["key"]): int(bucket["doc_count"]) for bucket in buckets}
    dating = value_counts("dating", answer)
    fresh = int(answer["fresh"]["buckets"][-1]["doc_count"])
    overdue = int(answer["overdue"]["buckets"][0]["doc_count"])
    counts = {
        Timeliness.FRESH: fresh,
        Timeliness.DUE: dating.get(Dating.DATED, 0) - fresh - overdue,
        Timeliness.OVERDUE: overdue,
        Timeliness.UNKNOWN: dating.get(Dating.UNKNOWN, 0),
        Timeliness.NONE: dating.get(Dating.NONE, 0),
    }
    return {verdict.value: count for verdict, count in counts.items() if count}


def _timeliness_counts(now: int) -> dict[str, Any]:
    """Ranges have their lower end inside and their upper end outside."""
    return {
        "dating": _value_counts("dating"),
        "fresh": {"range": {"field": "due_at", "ranges": [{"from": now + 1}]}},
        "overdue": {"range": {"field": "overdue_at", "ranges": [{"to": now}]}},
    }


def _value_counts(field: str) -> dict[str, Any]:
    return {"terms": {"field": field, "size": MANY_VALUES, "segment_size": MANY_VALUES}}


def _one_of(queries: list[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _silent(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)
