"""The nightly check: the index equals the database, else it is mended or made anew."""

from portal.kernel.jobs import Job, JobContext
from portal.kernel.text import _
from search.engine import State
from search.parts import Search
from search.upkeep import rebuild, repair, verify


def check_index(context: JobContext) -> None:
    """Compares and mends; rebuilds where there is no index or its rules are not today's."""
    runtime = context.runtime

    def progress(done: int, total: int) -> None:
        context.progress(done, total)
        context.check_cancelled()

    if runtime.part(Search).engine.health().state in (State.EMPTY, State.OUTDATED):
        context.counts["rebuilt"] = rebuild(runtime, progress=progress)
    report = verify(runtime, progress=progress)
    context.counts.update(report.counts, mended=repair(runtime, report))


CHECK = Job(
    key="search.check",
    label=_("核对检索索引"),
    function=check_index,
    trigger="30 2 * * *",
    time_limit=3 * 3600,
)
