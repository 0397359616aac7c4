"""Imports at work in the scheduler: examining a sent file, importing it, going on after a break."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from auth.queries import person
from catalog.entries.imports import commanded
from catalog.entries.imports.at_work import AtWork, options_of
from catalog.entries.imports.ending import ends_told
from catalog.entries.imports.examining import examine
from catalog.entries.imports.filing import (
    drop_secret_file,
    keep_report,
    sent_path,
    unreadable_dropped,
)
from catalog.entries.imports.models import ImportBatch
from catalog.entries.imports.monitor import Bounded
from catalog.entries.imports.pulse import EXAMINE_JOB, RUN_JOB
from catalog.entries.imports.reading import read_file
from catalog.entries.imports.running import counts_in, import_reading
from catalog.entries.imports.workplace import scratch_folder, sweep
from portal.kernel.access import SYSTEM
from portal.kernel.jobs import Job, JobContext
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work

_LONGEST = 6 * 3600
_LONGEST_LOOK, _KILLED_AFTER = 15 * 60, 20 * 60  # others wait for their own files meanwhile
_LOOKING_AT_ONCE = 2


def examine_batch(context: JobContext) -> None:
    """Reads a sent file: mapping, problems, units, and what would become of it."""
    _guarded(context, lambda work: _examine(context, work))


def run_batch(context: JobContext) -> None:
    """Imports a sent file; a run that died is gone on with where it stood."""
    _guarded(context, lambda work: _run(context, work))


def tidy(context: JobContext) -> None:
    """Takes away what imports have left on the disk that were killed."""
    context.counts["folders"] = sweep(scratch_folder(context.runtime.settings))


def _work(context: JobContext) -> AtWork:
    batch_id = str(context.arguments["batch"])
    actor = SYSTEM
    if context.requested_by is not None:
        with context.runtime.database.reading() as session:
            return AtWork(context.runtime, person(session, context.requested_by), context, batch_id)
    return AtWork(context.runtime, actor, context, batch_id)


def _examine(context: JobContext, work: AtWork) -> None:
    bounded = replace(work, monitor=Bounded(work.monitor, _LONGEST_LOOK))
    outlook = examine(bounded, sent_path(work))
    context.counts.update(outlook.counts.as_dict())


def _run(context: JobContext, work: AtWork) -> None:
    path = sent_path(work)
    with work.runtime.database.reading() as session:
        options = options_of(work, session.get_one(ImportBatch, work.batch_id))
    with ExitStack() as held:
        with unreadable_dropped(work):
            reading = held.enter_context(read_file(path, options))
        batch = import_reading(work, reading, partial(keep_report, work, path, reading))
        drop_secret_file(work, reading)
    context.counts.update({**counts_in(batch).as_dict(), "published": batch.published_count})


def _guarded(context: JobContext, step: Callable[[AtWork], None]) -> None:
    """A stop or a refusal is seen on the batch as well as on the run."""
    batch_id = str(context.arguments["batch"])
    with unit_of_work(context.runtime, SYSTEM) as uow:
        uow.lock(ImportBatch, batch_id).run_id = context.run_id  # one that goes on has its own
    with ends_told(context.runtime, batch_id, stopped=lambda: _was_cancelled(context)):
        step(_work(context))


def _was_cancelled(context: JobContext) -> bool:
    """Told apart from a process that ends and will go on, and from one whose run is another's."""
    ends = getattr(context, "interrupted", False) or getattr(context, "lost", False)
    return getattr(context, "cancelled", False) or not ends


JOBS = (
    Job(
        EXAMINE_JOB,
        _("读取待导入的文件"),
        examine_batch,
        time_limit=_KILLED_AFTER,
        resumable=True,
        parallel=_LOOKING_AT_ONCE,
    ),
    Job(RUN_JOB, _("导入目录"), run_batch, time_limit=_LONGEST, resumable=True),
    commanded.JOB,
    Job("imports.tidy", _("清理中断的导入留下的临时文件"), tidy, trigger="45 3 * * *"),
)
