"""What `search` brings: the engine of a process, handlers, the nightly check, commands, pages."""

import logging

from sqlalchemy.exc import DBAPIError

from portal.kernel.errors import Conflict, Unavailable
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
from search.upkeep import rebuild
from search.views import bp

log = logging.getLogger(__name__)


def engine_problem(runtime: Runtime) -> Text | None:
    """What is wrong with the engine, for `portal check` and the readiness probe."""
    search = runtime.part(Search)
    health = search.engine.health()
    if health.state is State.EMPTY and _holds_something(runtime, search):
        return _("检索索引还没有建立。分发进程会建立；也可运行 portal search rebuild。")
    if health.state is State.DOWN:
        return _(
            "%(problem)s（检查 PORTAL_SEARCH_URL，或嵌入式索引所在的 PORTAL_DATA。）",
            problem=health.problem,
        )
    return None


def _holds_something(runtime: Runtime, search: Search) -> bool:
    try:
        with runtime.database.reading() as session:
            return any(source.count(session) for source in search.sources)
    except DBAPIError:  # told by those who ask for the database
        return False


def build_where_missing(runtime: Runtime) -> None:
    """A portal without any index gets one: a new one, one restored without its data folder.

    Nothing is done where the engine does not answer, or where somebody builds already.
    """
    try:
        if not runtime.part(Search).engine.exists():
            rebuild(runtime)
    except (Unavailable, Conflict) as error:
        detail = str(getattr(error, "detail", ""))
        log.warning("search.not_built", extra={"error": str(error), "detail": detail})


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
    extra={"health": (engine_problem,), "dispatcher": (build_where_missing,)},
)
