"""The search of one process: what the features declared, and the engine, opened when first used."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TypeVar

from portal.kernel.feature import Feature
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from search.declarations import DocumentPart, DocumentSource, Facet, Sort
from search.engine import TIMELINESS, Engine, Shape

Kind = TypeVar("Kind")


class Search:
    """Held by the runtime under its own type: `runtime.part(Search)`."""

    def __init__(
        self,
        settings: Settings,
        *,
        sources: Sequence[DocumentSource],
        parts: Sequence[DocumentPart] = (),
    ) -> None:
        self.settings = settings
        self.sources = tuple(sources)
        self.parts = tuple(parts)

    @cached_property
    def facets(self) -> tuple[Facet, ...]:
        """Every declared facet, the sources' own first."""
        declared = [facet for source in self.sources for facet in source.facets]
        declared += [facet for part in self.parts for facet in part.facets]
        return tuple({facet.key: facet for facet in declared}.values())

    @cached_property
    def sorts(self) -> tuple[Sort, ...]:
        """The declared sorts beside relevance, newest and name."""
        declared = [sort for source in self.sources for sort in source.sorts]
        declared += [sort for part in self.parts for sort in part.sorts]
        return tuple({sort.key: sort for sort in declared}.values())

    @cached_property
    def engine(self) -> Engine:
        """The engine that the settings name."""
        shape = Shape(
            tuple(facet.key for facet in self.facets if facet.key != TIMELINESS),
            tuple(sort.key for sort in self.sorts),
        )
        if self.settings.search_url:
            from search.engines.elastic import ElasticEngine  # noqa: PLC0415  start-up time

            return ElasticEngine(self.settings.search_url, self.settings.search_prefix, shape)
        from search.engines.embedded import EmbeddedEngine  # noqa: PLC0415  start-up time

        return EmbeddedEngine(self.settings.search_folder, shape)

    def parts_of(self, kind: str) -> tuple[DocumentPart, ...]:
        """What other features add to the documents of a kind."""
        return tuple(part for part in self.parts if part.kind == kind)


def put_in(runtime: Runtime) -> None:
    """Gives the process its search; called once, at its start."""
    runtime.parts[Search] = Search(
        runtime.settings,
        sources=[source for f in runtime.features for source in _declared(f, DocumentSource)],
        parts=[part for f in runtime.features for part in _declared(f, DocumentPart)],
    )


def _declared(feature: Feature, kind: type[Kind]) -> Iterable[Kind]:
    announced = (*feature.search_sources, *feature.document_parts)
    return (each for each in announced if isinstance(each, kind))
