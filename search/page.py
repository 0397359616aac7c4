"""The page of results as its templates read it: facets with labels, marked hits, ways onward."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.kernel.access import Actor
from portal.kernel.paging import DEEPEST
from portal.kernel.text import Text, _
from portal.web.pages import path
from search import snippets
from search.declarations import Facet, Row
from search.engine import NAME, NEWEST, RELEVANCE, FacetCounts, Result
from search.parts import Search
from search.queries import Asked, Lag

PLACE = "search.find"
FOLDED = 5  # what is shown of a facet with more values than `WHOLE`
WHOLE = 12
UNFOLD = "all"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, with its count under the other filters."""

    value: str
    label: Text | str
    count: int
    checked: bool
    id: str


@dataclass(frozen=True, slots=True)
class FacetView:
    """One facet as the page shows it; `more` values are left out, and `all` leads to them.

    `all` is None where the page shows as many as it ever does.
    """

    key: str
    label: Text
    choices: tuple[Choice, ...]
    open: bool
    more: int = 0
    all: str | None = None
    shown: int = FOLDED


@dataclass(frozen=True, slots=True)
class HitView:
    """One row of the results, its texts escaped and marked."""

    row: Row
    title: Markup
    abstract: Markup | None
    matched: Markup | None

    @property
    def meta(self) -> tuple[Text | str, ...]:
        return (self.row.unit, *self.row.facts, self.row.code)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Everything that the page and its fragment show."""

    asked: Asked
    total: int | None
    hits: tuple[HitView, ...]
    facets: tuple[FacetView, ...] = ()
    chips: tuple[tuple[Text | str, str], ...] = ()
    sorts: tuple[tuple[Text, str, bool], ...] = ()
    previous: str | None = None
    following: str | None = None
    loose: bool = False
    too_deep: bool = False
    down: bool = False
    ways: tuple[tuple[Text, str], ...] = ()
    lag: Lag = field(default_factory=lambda: Lag(0, None))
    own: tuple[HitView, ...] = ()

    @property
    def text(self) -> str:
        return self.asked.text.strip()

    @property
    def filtered(self) -> bool:
        """Whether filters are on; such pages stay out of the indexes of search machines."""
        return any(self.asked.filters.values())

    @property
    def chosen(self) -> int:
        """How many values are chosen."""
        return sum(len(values) for values in self.asked.filters.values())

    @property
    def first(self) -> int:
        return (self.asked.page - 1) * self.asked.size + 1 if self.hits else 0

    @property
    def last(self) -> int:
        return self.first + len(self.hits) - 1 if self.hits else 0

    @property
    def clear(self) -> str:
        """The same question without filters."""
        return path(PLACE, q=self.text, sort=self.asked.sort)

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """What the form of the facets carries along."""
        unfolded = ((UNFOLD, key) for key in sorted(self.asked.unfolded))
        return (("q", self.text), ("sort", self.asked.sort), *unfolded)

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        """What the search field carries along: filters stay when the words change."""
        return (*_pairs(self.asked.filters), ("sort", self.asked.sort))


def results(
    session: Session, search: Search, asked: Asked, *, result: Result, rows: Sequence[Row]
) -> SearchPage:
    """The page for what the engine found."""
    facets = _facet_views(session, search, asked, result.facets)
    shown = (asked.page - 1) * asked.size + len(result.hits)
    more = bool(result.hits) and shown < result.total
    relevance = asked.chosen_sort == RELEVANCE
    too_deep = more and relevance and shown + asked.size > DEEPEST
    return SearchPage(
        asked,
        result.total,
        tuple(marked(row, asked.text, loose=result.loose) for row in rows),
        facets=facets,
        chips=_chips(asked, facets),
        sorts=_sorts(search, asked),
        previous=_previous(asked),
        following=_following(asked, result) if more and not too_deep else None,
        loose=result.loose,
        too_deep=too_deep,
        ways=_ways(search),
    )


def without_engine(search: Search, asked: Asked, rows: Sequence[Row], *, more: bool) -> SearchPage:
    """The page while the engine is down: records by name, no counts."""
    return SearchPage(
        asked,
        None,
        tuple(marked(row, "") for row in rows),
        previous=path(PLACE, page=asked.page - 1) if asked.page > 1 else None,
        following=path(PLACE, page=asked.page + 1) if more else None,
        down=True,
        ways=_ways(search),
    )


def marked(row: Row, text: str, *, loose: bool = False) -> HitView:
    """A row with what was looked for marked in title, abstract and items."""
    matched = snippets.matching(row.items, text, loose=loose)
    joined = str(_("、")).join(snippets.highlighted(item, text, loose=loose) for item in matched)
    # The snippets escape; the marks are their own.
    return HitView(
        row,
        Markup(snippets.highlighted(row.title, text, loose=loose)),  # noqa: S704
        Markup(snippets.snippet(row.abstract, text, loose=loose)) if row.abstract else None,  # noqa: S704
        Markup(joined) if joined else None,  # noqa: S704
    )


def _facet_views(
    session: Session, search: Search, asked: Asked, counts: Mapping[str, FacetCounts]
) -> tuple[FacetView, ...]:
    views = []
    for facet in search.facets:
        if facet.key not in counts:
            continue
        selected = asked.filters.get(facet.key, frozenset())
        values = _visible(facet, counts[facet.key].values, selected)
        shown = values if facet.key in asked.unfolded else _folded(values, selected)
        labels = facet.labels(session, [value for value, _count in shown]) if shown else {}
        choices = tuple(
            Choice(value, labels.get(value, value), count, value in selected, _id(facet.key, value))
            for value, count in shown
        )
        more = len(values) - len(shown) + (0 if facet.nested else counts[facet.key].more)
        views.append(
            FacetView(
                facet.key,
                facet.label,
                choices,
                open=facet.open or bool(selected) or facet.key in asked.unfolded,
                more=more,
                all=_unfolding(asked, facet.key) if more else None,
                shown=len(shown) if facet.key in asked.unfolded else FOLDED,
            )
        )
    return tuple(views)


def _folded(
    values: Sequence[tuple[str, int]], selected: frozenset[str]
) -> Sequence[tuple[str, int]]:
    """All of a few values; of many the first ones, and those that are chosen."""
    if len(values) <= WHOLE:
        return values
    return [pair for n, pair in enumerate(values) if n < FOLDED or pair[0] in selected]


def _unfolding(asked: Asked, key: str) -> str | None:
    """The same page with all values of a facet; None where they are shown already."""
    if key in asked.unfolded:
        return None
    return address(asked, {}, **{UNFOLD: sorted({*asked.unfolded, key})}) + f"#facet-{key}"


def _id(key: str, value: str) -> str:
    """The same for a value on every page, so that the focus finds it again after a swap."""
    return f"facet-{key}.{value.replace(' ', '_')}"


def _visible(
    facet: Facet, values: Sequence[tuple[str, int]], selected: frozenset[str]
) -> list[tuple[str, int]]:
    """The values to show: by rank where one is declared, nested ones below their parent."""
    if facet.nested:
        shown = [v for v in values if _parent(v[0]) in ("", *selected) or v[0] in selected]
        counts = dict(values)
        return sorted(shown, key=lambda v: _nested_rank(v[0], counts))
    if facet.order:
        rank = {value: number for number, value in enumerate(facet.order)}
        return sorted(values, key=lambda v: rank.get(v[0], len(rank)))
    return list(values)


def _nested_rank(value: str, counts: Mapping[str, int]) -> tuple[tuple[int, str], ...]:
    """Parents by frequency, each followed by its children by frequency."""
    steps = value.split("/")
    paths = ["/".join(steps[: depth + 1]) for depth in range(len(steps))]
    return tuple((-counts.get(each, 0), each) for each in paths)


def _parent(value: str) -> str:
    return value.rpartition("/")[0]


def _chips(asked: Asked, facets: Sequence[FacetView]) -> tuple[tuple[Text | str, str], ...]:
    return tuple(
        (choice.label, address(asked, {facet.key: asked.filters[facet.key] - {choice.value}}))
        for facet in facets
        for choice in facet.choices
        if choice.checked
    )


def _sorts(search: Search, asked: Asked) -> tuple[tuple[Text, str, bool], ...]:
    labels: list[tuple[str, Text]] = [(NEWEST, _("最近更新")), (NAME, _("名称"))]
    labels += [(sort.key, sort.label) for sort in search.sorts]
    if asked.text.strip():
        labels.insert(0, (RELEVANCE, _("相关度")))
    return tuple(
        (label, address(asked, {}, sort=key), key == asked.chosen_sort) for key, label in labels
    )


def _ways(search: Search) -> tuple[tuple[Text, str], ...]:
    return tuple((label, path(place)) for source in search.sources for label, place in source.ways)


def _previous(asked: Asked) -> str | None:
    """Pages by number have one before; a walk by cursor only leads back to its start."""
    if asked.page <= 1:
        return None
    return address(asked, {}, page=asked.page - 1 if asked.cursor is None else None)


def _following(asked: Asked, result: Result) -> str:
    return address(asked, {}, page=asked.page + 1, after=result.hits[-1].cursor)


def address(asked: Asked, changed: Mapping[str, frozenset[str]], **values: Any) -> str:
    """The address of the same question with some filters changed."""
    filters = {key: sorted(chosen) for key, chosen in {**asked.filters, **changed}.items()}
    kept = {"q": asked.text.strip(), "sort": asked.sort, UNFOLD: sorted(asked.unfolded)}
    merged: dict[str, Any] = {**kept, **values}
    return path(PLACE, **{key: v for key, v in {**merged, **filters}.items() if v})


def _pairs(filters: Mapping[str, frozenset[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, values in filters.items() for value in sorted(values))


def own_views(
    session: Session, search: Search, actor: Actor, ids: Sequence[str]
) -> tuple[HitView, ...]:
    """The actor's own last changes that the index does not hold yet."""
    rows = {
        row.id: row for source in search.sources for row in source.rows(session, actor, list(ids))
    }
    return tuple(marked(rows[record_id], "") for record_id in ids if record_id in rows)
