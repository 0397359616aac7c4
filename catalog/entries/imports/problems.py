"""The problems of a batch in the database: kept, taken away, a few in one transaction."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog.entries.imports.at_work import AtWork, chunks
from catalog.entries.imports.drafts import Problem
from catalog.entries.imports.inserting import insert_rows
from catalog.entries.imports.models import OF_FILE, ImportBatch, ImportProblem
from catalog.entries.imports.reading import Reading
from portal.kernel.access import SYSTEM
from portal.kernel.uow import unit_of_work

KEPT_AT_ONCE = 500
FORGOTTEN_AT_ONCE = 2000
_NAMES = ("batch_id", "origin", "row", "column", "value", "reason", "refused", "secret")


def keep_problems(work: AtWork, reading: Reading) -> None:
    """The problems of the file itself, written anew; those of earlier readings fall away."""
    forget_problems(work, OF_FILE)
    count = 0
    for piece in chunks(reading.problems(), KEPT_AT_ONCE):
        work.monitor.check_cancelled()
        with unit_of_work(work.runtime, SYSTEM) as uow:
            add_problems(uow.session, work.batch_id, piece)
        count += len(piece)
    with unit_of_work(work.runtime, SYSTEM) as uow:
        uow.lock(ImportBatch, work.batch_id).problem_count = count


def forget_problems(work: AtWork, origin: str) -> None:
    """Takes away the problems that an earlier run noted, some at a time."""
    ids = select(ImportProblem.id).where(
        ImportProblem.batch_id == work.batch_id, ImportProblem.origin == origin
    )
    some = delete(ImportProblem).where(ImportProblem.id.in_(ids.limit(FORGOTTEN_AT_ONCE)))
    while True:
        with unit_of_work(work.runtime, SYSTEM) as uow:
            found = uow.session.execute(some)
        if not getattr(found, "rowcount", 0):
            return


def add_problems(
    session: Session, batch_id: str, problems: Iterable[Problem], origin: str = OF_FILE
) -> None:
    """Writes problems of a batch."""
    rows = [
        (batch_id, origin, p.row, p.column, p.value, p.reason, p.refused, p.secret)
        for p in problems
    ]
    insert_rows(session, ImportProblem, _NAMES, rows)
