"""The whole contract between the portal and a search engine; `engines/` keeps it twice."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from portal.kernel.errors import Conflict, Invalid, Unavailable
from portal.kernel.paging import DEEPEST, decode_cursor, encode_cursor
from portal.kernel.text import _
from search.document import KEY_SHAPE, Removal, SearchDocument

LONGEST_PROBLEM = 300

TIMELINESS = "timeliness"
RELEVANCE, NEWEST, NAME = "relevance", "newest", "name"
LARGEST_PAGE = 1_000
MANY_VALUES = 10_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What the documents of this portal have beside their text: facets and further sorts.

    `timeliness` is always there and is not named here.
    """

    facets: tuple[str, ...]
    sorts: tuple[str, ...] = ()

    @property
    def all_sorts(self) -> tuple[str, ...]:
        return (NEWEST, NAME, *self.sorts)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. `audience` None means the product itself, who finds everything.

    `page` counts from 1 and is for relevance; `cursor` (of the last hit of the page before) is for
    the other sorts. `facets` names those to count, each under every filter but its own.
    """

    text: str
    audience: frozenset[str] | None
    now: datetime
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    sort: str = RELEVANCE
    page: int = 1
    cursor: str | None = None
    size: int = 20
    facets: tuple[str, ...] = ()
    values: int = 100
    loose: bool = False

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


@dataclass(frozen=True, slots=True)
class Hit:
    """One document found; `cursor` continues behind it, None when sorted by relevance."""

    id: str
    score: float
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """The values of one facet, most frequent first; `more` counts those that were left out."""

    values: tuple[tuple[str, int], ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """One page of what was found; `loose` when only the words one by one were found."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, FacetCounts] = field(default_factory=dict)
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Indexed:
    """What an index holds of one document: enough to compare it with the database."""

    id: str
    version: int
    digest: str


class State(StrEnum):
    """Of an index: able to answer, made by other rules than today's, absent, out of reach."""

    READY = "ready"
    OUTDATED = "outdated"
    EMPTY = "empty"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Health:
    """How an index is; `generation` and `analysis` name what it was made by."""

    state: State
    engine: str
    documents: int = 0
    generation: str = ""
    analysis: str = ""
    bytes_used: int | None = None
    problem: str = ""


class Generation(Protocol):
    """A new index being filled beside the one in use."""

    @property
    def name(self) -> str: ...

    def fill(self, documents: Iterable[SearchDocument]) -> int:
        """Adds documents; returns how many came.

        Each document comes once; only within `catch_up` may it come again, newer ones last.
        """
        ...

    def remove(self, removals: Sequence[Removal]) -> None:
        """Takes out what was deleted meanwhile."""
        ...

    def finish(self, catch_up: Callable[[], int]) -> None:
        """Puts this generation in the place of the present one.

        `catch_up` brings in (by `fill` and `remove`) what was written to the present one since
        the start and returns how many documents there must be; it is called twice. Raises Conflict
        when there are fewer; the present generation stays.
        """
        ...

    def abandon(self) -> None:
        """Throws away what was filled."""
        ...


class Engine(Protocol):
    """An index of documents. Every method raises Unavailable when the engine cannot work."""

    def upsert(self, documents: Sequence[SearchDocument], *, at_once: bool = True) -> None:
        """Adds or replaces; lower versions than the known are ignored.

        Searchable and safe on return; where not `at_once`, then only after `flush`.
        """
        ...

    def delete(self, removals: Sequence[Removal], *, at_once: bool = True) -> None:
        """Removes; a late `upsert` of a lower version does not bring the document back."""
        ...

    def flush(self) -> None:
        """Makes searchable and safe what was written before and not at once.

        Raises Unavailable when some of it is lost: then all of it must be written again.
        """
        ...

    def search(self, query: Query) -> Result:
        """One page. Raises Invalid for pages too deep, unknown sorts, facets and cursors."""
        ...

    def suggest(
        self, text: str, *, audience: frozenset[str] | None, size: int = 8
    ) -> tuple[str, ...]:
        """Ids of documents whose title, its pinyin or its initials begin with the text."""
        ...

    def exists(self) -> bool:
        """Whether there is an index at all; cheap."""
        ...

    def begin_rebuild(self) -> Generation:
        """Starts a new generation. Raises Conflict while another one is being filled."""
        ...

    def versions(self, *, page: int = 1_000) -> Iterator[tuple[Indexed, ...]]:
        """Everything that can be found, by pages in the order of the ids."""
        ...

    def known(self, ids: Sequence[str]) -> Mapping[str, Indexed]:
        """What the index holds of these ids; those that cannot be found are left out."""
        ...

    def health(self) -> Health:
        """How the index is; never raises Unavailable but says so."""
        ...

    def close(self) -> None:
        """Gives back locks, files and connections."""
        ...


def check(query: Query, shape: Shape) -> None:
    """Raises Invalid for what no engine answers."""
    if query.size < 0 or query.size > LARGEST_PAGE or query.page < 1:
        raise Invalid(_("每页最多 %(size)s 条，页码从 1 开始。", size=LARGEST_PAGE))
    if query.sort != RELEVANCE and query.sort not in shape.all_sorts:
        raise Invalid(_("没有“%(sort)s”这种排序。", sort=query.sort))
    for name in (*query.filters, *query.facets):
        if name != TIMELINESS and name not in shape.facets:
            raise Invalid(_("没有“%(name)s”这个筛选项。", name=name))
    if query.cursor is not None and query.sort == RELEVANCE:
        raise Invalid(_("按相关度排序时请用页码翻页。"))
    if query.offset + query.size > DEEPEST:
        raise Invalid(
            _(
                "检索结果最多看到第 %(deepest)s 条。请用筛选条件缩小范围，或换一种排序。",
                deepest=DEEPEST,
            )
        )


def away(problem: object) -> Unavailable:
    """The refusal of an engine that does not work; what is wrong is for those who run it."""
    said = str(problem)[:LONGEST_PROBLEM]
    return Unavailable(_("检索暂时不能使用。目录仍可按部门和分类浏览。"), detail=said)


def not_built() -> Unavailable:
    """The refusal while there is no index at all; the dispatcher makes one."""
    return Unavailable(
        _("检索索引正在建立，稍后即可检索。目录仍可按部门和分类浏览。"),
        detail=_("还没有索引。分发进程会建立；也可运行 portal search rebuild。"),
    )


def too_short(count: int, at_least: int) -> Conflict:
    """The refusal to put an index in use that has lost documents."""
    return Conflict(
        _(
            "新索引只有 %(count)s 条，应不少于 %(least)s 条，没有启用；原索引仍在使用。"
            "请查看日志后重建。",
            count=count,
            least=at_least,
        )
    )


def cursor_after(sort: str, key: str) -> str:
    """The cursor that continues behind the hit with this sort key."""
    return encode_cursor([sort, key])


def key_of(query: Query) -> str | None:
    """The sort key that the cursor of a query names; raises Invalid when it fits not."""
    if query.cursor is None:
        return None
    sort, key = decode_cursor(query.cursor, 2)
    if sort != query.sort or not isinstance(key, str) or not key or not KEY_SHAPE.fullmatch(key):
        raise Invalid(_("翻页标记不对。请从列表的第一页重新开始。"))
    return key


def sort_key(document: SearchDocument, sort: str) -> str:
    """The unique ascending key of a document in a sort; ends with its id."""
    if sort == NEWEST:
        return f"{10**14 - document.newest_at_ms:015d}.{document.id}"
    key = document.name_key if sort == NAME else document.sort_keys.get(sort, "")
    return f"0{key}..{document.id}"


def bounded(counts: Mapping[str, int], *, selected: frozenset[str], size: int) -> FacetCounts:
    """The most frequent values, and the selected ones even when they count nothing."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = ordered[:size]
    missing = selected - {value for value, _count in shown}
    shown += [(value, counts.get(value, 0)) for value in sorted(missing)]
    return FacetCounts(tuple(shown), len(counts.keys() - {value for value, _count in shown}))
