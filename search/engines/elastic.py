"""Elasticsearch as the engine; the only file that knows its client.

One alias names the index in use, another one each index that is being filled. Nothing is written
but through an alias, so that a lost index is noticed and never made again without its mapping.
"""

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError, helpers

from portal.kernel import clock
from portal.kernel.errors import Conflict, Unavailable
from portal.kernel.text import _
from search import analysis, engine
from search.document import Removal, SearchDocument
from search.engine import FacetCounts, Health, Hit, Indexed, Query, Result, Shape, State
from search.engines import elastic_query as terms
from search.plan import plan

SEARCH_SECONDS = 5.0
WRITE_SECONDS = 60.0
CHUNK = 500
META_SECONDS = 10.0
VERSION_CONFLICT = 409
FIELDS = ({"field": "version"}, {"field": "digest"})
SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}


class ElasticEngine:
    """See `search.engine.Engine`; `url` may hold a user and password, or several with commas."""

    def __init__(self, url: str, prefix: str, shape: Shape) -> None:
        self.alias = prefix
        self.shape = shape
        self._client = Elasticsearch(
            hosts=[*url.replace(" ", "").split(",")],
            request_timeout=SEARCH_SECONDS,
            max_retries=1,
            retry_on_timeout=False,
        )
        self._about: tuple[float, str] = (0.0, "")

    def upsert(self, documents: Sequence[SearchDocument], *, at_once: bool = True) -> None:
        with _told_apart():
            self._ensure()
            actions = (
                _put(self.alias, d.id, d.version, terms.written(d, self.shape)) for d in documents
            )
            _send(self._client, actions, refresh=at_once)

    def delete(self, removals: Sequence[Removal], *, at_once: bool = True) -> None:
        with _told_apart():
            self._ensure()
            actions = (_put(self.alias, r.id, r.version, terms.removed(r)) for r in removals)
            _send(self._client, actions, refresh=at_once)

    def flush(self) -> None:
        with _told_apart():  # what the server took is safe already
            self._client.indices.refresh(index=self.alias)

    def search(self, query: Query) -> Result:
        engine.check(query, self.shape)
        after, words = engine.key_of(query), plan(query.text, loose=query.loose)
        if words.impossible:
            nothing = dict.fromkeys(query.facets, FacetCounts(()))
            return Result(0, (), nothing, loose=query.loose)
        with _told_apart():
            asked = terms.Translation(query, words, same_words=self._same_words())
            answer = self._client.search(index=self.alias, **asked.body(after))
        return _result(query, answer.body)

    def suggest(
        self, text: str, *, audience: frozenset[str] | None, size: int = 8
    ) -> tuple[str, ...]:
        start = analysis.normalised(text)
        if not start:
            return ()
        everybody = Query("", audience, now=clock.now())
        asked = terms.Translation(everybody, plan(""), same_words=True)
        with _told_apart():
            answer = self._client.search(index=self.alias, **asked.beginning(start, size))
        return tuple(hit["_id"] for hit in answer["hits"]["hits"])

    def exists(self) -> bool:
        with _told_apart():
            return bool(self._client.indices.exists_alias(name=self.alias))

    def begin_rebuild(self) -> "ElasticGeneration":
        with _told_apart():
            in_use = self._index_in_use()
            left_over = re.compile(re.escape(self.alias) + r"-\d{20}-\d+")
            for name in self._client.indices.get(index=f"{self.alias}-*").body:
                if name != in_use and left_over.fullmatch(name):
                    self._client.indices.delete(index=name, ignore_unavailable=True)
            return ElasticGeneration(self._client, self.alias, self.shape)

    def versions(self, *, page: int = 1_000) -> Iterator[tuple[Indexed, ...]]:
        last: list[str] | None = None
        while True:
            with _told_apart():
                answer = self._client.search(
                    index=self.alias,
                    query={"term": {"live": True}},
                    size=page,
                    sort=["id"],
                    search_after=last,
                    source=False,
                    docvalue_fields=FIELDS,
                    track_total_hits=False,
                )
            rows = tuple(_indexed(hit) for hit in answer["hits"]["hits"])
            if not rows:
                return
            yield rows
            last = [rows[-1].id]

    def known(self, ids: Sequence[str]) -> Mapping[str, Indexed]:
        with _told_apart():
            answer = self._client.search(
                index=self.alias,
                query={"bool": {"filter": [{"term": {"live": True}}, {"terms": {"id": [*ids]}}]}},
                size=len(ids),
                source=False,
                docvalue_fields=FIELDS,
            )
        return {row.id: row for row in map(_indexed, answer["hits"]["hits"])}

    def health(self) -> Health:
        try:
            with _told_apart():
                name = self._index_in_use()
                if name is None:
                    return Health(State.EMPTY, "elasticsearch")
                found = self._client.count(index=name, query={"term": {"live": True}})
                meta = self._meta(name)
                size = self._client.indices.stats(index=name, metric="store")["_all"]["total"]
        except Unavailable as error:
            return Health(State.DOWN, "elasticsearch", problem=str(error.detail))
        today = terms.mapping(self.shape)["_meta"]
        return Health(
            State.READY if meta == today else State.OUTDATED,
            "elasticsearch",
            documents=int(found["count"]),
            generation=name,
            analysis=str(meta.get("analysis", "")),
            bytes_used=int(size["store"]["size_in_bytes"]),
        )

    def drop(self) -> None:
        """Removes the index in use; for tests and for a portal that is given up."""
        with _told_apart():
            name = self._index_in_use()
            if name:
                self._client.indices.delete(index=name)

    def close(self) -> None:
        self._client.close()

    def _ensure(self) -> None:
        """Makes the first index where there is none."""
        if not self._client.indices.exists_alias(name=self.alias):
            _create(self._client, _new_name(self.alias), self.alias, self.shape)

    def _index_in_use(self) -> str | None:
        try:
            return str(next(iter(self._client.indices.get_alias(name=self.alias).body)))
        except NotFoundError:
            return None

    def _meta(self, name: str) -> dict[str, Any]:
        answer = self._client.indices.get_mapping(index=name).body
        meta: dict[str, Any] = next(iter(answer.values()))["mappings"].get("_meta", {})
        return meta

    def _same_words(self) -> bool:
        """Whether the index was made with today's dictionary; asked anew every few seconds."""
        asked_at, known = self._about
        if time.monotonic() - asked_at > META_SECONDS or not asked_at:
            known = str(self._meta(self.alias).get("analysis", ""))
            self._about = (time.monotonic(), known)
        return known == analysis.version()


class ElasticGeneration:
    """See `search.engine.Generation`. A later rebuild takes the index away from an earlier one."""

    def __init__(self, client: Elasticsearch, alias: str, shape: Shape) -> None:
        self._client = client
        self._alias = alias
        self._shape = shape
        self.name = _new_name(alias)
        self._own_alias = f"building-{self.name}"
        _create(client, self.name, self._own_alias, shape)

    def fill(self, documents: Iterable[SearchDocument]) -> int:
        count = 0

        def actions() -> Iterator[dict[str, Any]]:
            nonlocal count
            for document in documents:
                count += 1
                written = terms.written(document, self._shape)
                yield _put(self._own_alias, document.id, document.version, written)

        with _told_apart(building=True):
            _send(self._client, actions(), refresh=False)
        return count

    def remove(self, removals: Sequence[Removal]) -> None:
        with _told_apart(building=True):
            actions = (_put(self._own_alias, r.id, r.version, terms.removed(r)) for r in removals)
            _send(self._client, actions, refresh=False)

    def finish(self, catch_up: Callable[[], int]) -> None:
        at_least = catch_up()
        with _told_apart(building=True):
            self._client.indices.refresh(index=self._own_alias)
            found = self._client.count(index=self._own_alias, query={"term": {"live": True}})
            if int(found["count"]) < at_least:
                raise engine.too_short(int(found["count"]), at_least)
            self._swap()
        # Other processes may have written to the old index until just now.
        catch_up()
        with _told_apart(building=True):
            self._client.indices.refresh(index=self.name)
            self._client.indices.delete_alias(index=self.name, name=self._own_alias)

    def abandon(self) -> None:
        with _told_apart():
            self._client.indices.delete(index=self.name, ignore_unavailable=True)

    def _swap(self) -> None:
        """One step for all who search; the old index goes with it."""
        actions: list[dict[str, Any]] = [{"add": {"index": self.name, "alias": self._alias}}]
        if self._client.indices.exists_alias(name=self._alias):
            actions += [
                {"remove_index": {"index": old}}
                for old in self._client.indices.get_alias(name=self._alias).body
                if old != self.name
            ]
        self._client.indices.update_aliases(actions=actions)


def _new_name(alias: str) -> str:
    return f"{alias}-{clock.now():%Y%m%d%H%M%S%f}-{os.getpid()}"


def _create(client: Elasticsearch, name: str, alias: str, shape: Shape) -> None:
    client.options(request_timeout=WRITE_SECONDS).indices.create(
        index=name, settings=SETTINGS, mappings=terms.mapping(shape), aliases={alias: {}}
    )


def _put(alias: str, document_id: str, version: int, source: dict[str, Any]) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_index": alias,
        "_id": document_id,
        "_version": version,
        "_version_type": "external_gte",
        "require_alias": True,
        "_source": source,
    }


def _send(client: Elasticsearch, actions: Iterable[dict[str, Any]], *, refresh: bool) -> None:
    """Sends all; a document that is there in a newer version is no failure."""
    answers = helpers.streaming_bulk(
        client.options(request_timeout=WRITE_SECONDS),
        actions,
        chunk_size=CHUNK,
        raise_on_error=False,
        refresh=refresh,
    )
    for done, answer in answers:
        outcome = answer["index"]
        if not done and outcome["status"] != VERSION_CONFLICT:
            raise Unavailable(
                _(
                    "检索引擎没有收下文档：%(problem)s。稍后会自动重试。",
                    problem=outcome.get("error"),
                )
            )


def _result(query: Query, answer: dict[str, Any]) -> Result:
    hits = [
        Hit(
            hit["_id"],
            float(hit["_score"] or 0.0),
            None
            if query.sort == engine.RELEVANCE
            else engine.cursor_after(query.sort, hit["sort"][0]),
        )
        for hit in answer["hits"]["hits"]
    ]
    counts = {
        name: engine.bounded(
            terms.value_counts(name, answer["aggregations"]),
            selected=query.filters.get(name, frozenset()),
            size=query.values,
        )
        for name in query.facets
    }
    return Result(int(answer["hits"]["total"]["value"]), tuple(hits), counts, loose=query.loose)


def _indexed(hit: dict[str, Any]) -> Indexed:
    values = hit["fields"]
    return Indexed(hit["_id"], int(values["version"][0]), str(values["digest"][0]))


@contextmanager
def _told_apart(*, building: bool = False) -> Iterator[None]:
    """What the server or the network refuses becomes one sentence."""
    try:
        yield
    except NotFoundError as error:
        if building:
            raise Conflict(
                _("这次重建的索引已不在，可能另一次重建已经开始。请查看运行页。")
            ) from error
        raise engine.not_built() from error
    except (ApiError, TransportError) as error:
        raise engine.away(_in_short(error)) from error


def _in_short(error: ApiError | TransportError) -> str:
    """What an operator needs of it; the library's own words hold objects of Python."""
    if isinstance(error, ApiError):
        return f"{error.meta.status} {error.message}"
    return f"{type(error).__name__}: {error.message}"
