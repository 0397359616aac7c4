"""Whether somebody works on an import: told from its runs, for a process that died says nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalog.entries.imports.models import (
    CANCELLED,
    EXAMINING,
    IMPORTING,
    INTERRUPTED,
    RECEIVED,
    ImportBatch,
)
from portal.kernel import clock
from portal.kernel.job_runs import SILENCE
from portal.kernel.jobs import CANCELLED as RUN_CANCELLED
from portal.kernel.jobs import PLANNED, RUNNING, JobRun

EXAMINE_JOB, RUN_JOB, COMMAND_JOB = KEYS = ("imports.examine", "imports.run", "imports.command")
AT_WORK = (RECEIVED, EXAMINING, IMPORTING)


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch with the run that works on it, or was the last to do so."""

    batch: ImportBatch
    run: JobRun | None

    @property
    def stage(self) -> str:
        """The stage of the batch; one at which nobody works any more is interrupted or stopped."""
        if self.batch.stage in AT_WORK and not is_heard(self.run):
            return CANCELLED if _was_stopped(self.run) else INTERRUPTED
        return self.batch.stage

    @property
    def at_work(self) -> bool:
        """Whether a run reads or imports just now, or soon will."""
        return self.stage in AT_WORK

    @property
    def is_waited_for(self) -> bool:
        """Whether nothing else can be done with the batch before its run has ended."""
        return self.batch.stage in AT_WORK and is_open(self.run) and self.stage != CANCELLED

    @property
    def goes_on(self) -> bool:
        """Whether an interrupted import will be taken up without anybody's doing."""
        return self.stage == INTERRUPTED and is_open(self.run) and not _is_of_command(self.run)


def is_open(run: JobRun | None) -> bool:
    """Whether a run is still to begin, or has begun and not ended in the books."""
    return run is not None and not run.is_over


def is_heard(run: JobRun | None) -> bool:
    """Whether a run waits for its turn, or its process has been heard of lately."""
    if run is None or run.is_over:
        return False
    beat = run.heartbeat_at
    return run.state == PLANNED or (beat is not None and beat >= clock.now() - SILENCE)


def _was_stopped(run: JobRun | None) -> bool:
    """Whether somebody had asked a run to stop whose process said nothing more."""
    return run is not None and (
        run.state == RUN_CANCELLED or (not run.is_over and run.cancel_requested)
    )


def _is_of_command(run: JobRun | None) -> bool:
    """A command that died is run again by whoever ran it, never by a scheduler."""
    return run is not None and run.job == COMMAND_JOB


def views(session: Session, batches: Iterable[ImportBatch]) -> list[BatchView]:
    """The batches with their runs; one statement for all.

    A run that died is followed by one that the batch does not know of before it begins.
    """
    listed = list(batches)
    is_at_work = JobRun.state.in_((PLANNED, RUNNING)) & JobRun.job.in_(KEYS)
    last = JobRun.id.in_([batch.run_id for batch in listed if batch.run_id])
    last_of: dict[str, JobRun] = {}
    open_of: dict[str, JobRun] = {}
    for run in session.scalars(select(JobRun).where(or_(is_at_work, last))):
        last_of[run.id] = run
        batch_id = str(run.arguments.get("batch"))
        if not run.is_over and not is_heard(open_of.get(batch_id)):
            open_of[batch_id] = run
    return [BatchView(b, open_of.get(b.id) or last_of.get(b.run_id or "")) for b in listed]


def view_of(session: Session, batch: ImportBatch) -> BatchView:
    """One batch with its run; one statement."""
    return views(session, [batch])[0]
