"""An import by a command: a run like those of the scheduler, so that one sees whether it lives."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from catalog.entries.imports.at_work import AtWork
from catalog.entries.imports.models import ImportBatch
from catalog.entries.imports.monitor import Monitor
from catalog.entries.imports.pulse import COMMAND_JOB
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.errors import PortalError, Refused
from portal.kernel.execution import Heart, RunContext
from portal.kernel.job_runs import Outcome, begin, finish, jobs_of
from portal.kernel.jobs import (
    CANCELLED,
    DEAD,
    DONE,
    FAILED,
    Cancelled,
    Job,
    JobContext,
    start_run,
)
from portal.kernel.text import Text, _
from portal.kernel.uow import unit_of_work

_LONGEST = 24 * 3600


@dataclass(frozen=True, slots=True)
class _Both:
    """Tells the terminal and the run; who wants the import to stop says so to the run."""

    terminal: Monitor
    run: RunContext

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None:
        self.terminal.progress(done, total, words)
        self.run.progress(done, total, words)

    def check_cancelled(self) -> None:
        self.run.check_cancelled()


@contextmanager
def commanded(work: AtWork) -> Iterator[AtWork]:
    """The import of a batch as a run of this process, which beats until the block ends.

    A run that falls silent is reaped, not taken up again: the file is the operator's.
    """
    run = _begun(work)
    state, error = DEAD, None
    try:
        with _ended_by_signals(), Heart(run, time_limit=_LONGEST):
            yield replace(work, monitor=_Both(work.monitor, run))
        state = DONE
    except (Cancelled, KeyboardInterrupt):
        state, error = CANCELLED, _("已取消。")
        raise
    except PortalError as problem:
        state, error = FAILED, problem.message
        raise
    finally:
        outcome = Outcome(state, error, done=run.done, total=run.total, words=run.words)
        finish(work.runtime.database, jobs_of(work.runtime.features), run.run_id, outcome)


def _begun(work: AtWork) -> RunContext:
    """Written as taken by this process, so that no scheduler ever has it."""
    database, arguments = work.runtime.database, {"batch": work.batch_id}
    process, at, run_id = f"{socket.gethostname()}:{os.getpid()}", clock.now(), None
    while run_id is None:  # another command may have begun at the same moment
        run_id = start_run(database, JOB, planned_at=at, arguments=arguments, owner=process)
        at += timedelta(microseconds=run_id is None)
    begin(database, run_id, process=process)
    with unit_of_work(work.runtime, SYSTEM) as uow:
        uow.lock(ImportBatch, work.batch_id).run_id = run_id
    return RunContext(work.runtime, run_id, arguments, at, work.actor.id, None)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A process that is told to end stops as at Ctrl-C; what is ignored (nohup) stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears signals
        return
    ours = [s for s in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(s) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _only_by_command(context: JobContext) -> None:
    raise Refused(_("这项工作只由命令 portal catalog import 自己进行。"))


JOB = Job(COMMAND_JOB, _("用命令导入目录"), _only_by_command, time_limit=_LONGEST)
