"""What `search` brings: the engine of a process, handlers, the nightly check, commands, pages."""

from portal.kernel.feature import Feature, Navigation
from portal.kernel.outbox import Handler
from portal.kernel.runtime import Runtime
from portal.kernel.text import Text, _
from search.api import bp as api
from search.cli import search
from search.engine import State
from search.events import DocumentsStale
from search.indexer import KEY, index_stale
from search.jobs import CHECK
from search.parts import Search, put_in
from search.views import bp


def engine_problem(runtime: Runtime) -> Text | None:
    """What is wrong with the engine, for `portal check` and the readiness probe."""
    health = runtime.part(Search).engine.health()
    if health.state is State.DOWN:
        return _(
            "%(problem)s（检查 PORTAL_SEARCH_URL，或嵌入式索引所在的 PORTAL_DATA。）",
            problem=health.problem,
        )
    return None


FEATURE = Feature(
    key="search",
    label=_("检索"),
    package="search",
    blueprints=(bp, api),
    handlers=(Handler(f"{KEY}reindex", (DocumentsStale.name,), index_stale, batch=2),),
    jobs=(CHECK,),
    navigation=(Navigation(_("数据目录"), "search.find", 1),),
    commands=(search,),
    on_start=put_in,
    extra={"health": (engine_problem,)},
)
