"""Publishes what an import brought, through the workflow and in short transactions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from catalog.entries.imports.at_work import AtWork, Pace
from catalog.entries.imports.drafts import Problem
from catalog.entries.imports.models import OF_IMPORT, REFUSED, ImportBatch, ImportRow
from catalog.entries.imports.problems import add_problems
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.services.publishing import Categories, publish_drafts
from catalog.entries.services.review import move_version
from portal.kernel.access import SYSTEM
from portal.kernel.errors import PortalError
from portal.kernel.text import Text, _
from portal.kernel.uow import unit_of_work

_FIRST_SIZE, _FEWEST = 20, 5
_STEPS = ("submit", "publish")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A draft of the file: its row, and whether its entry has never been published."""

    seq: int
    row: int
    version_id: str
    is_first: bool


def publish(work: AtWork) -> int:
    """Submits and publishes the drafts of a batch; returns how many went.

    What the rules forbid stays a draft, with its reason among the problems.
    """
    done, pace, categories = 0, Pace(_FIRST_SIZE, fewest=_FEWEST), Categories()
    for drafts in _pieces(work, pace):
        work.monitor.check_cancelled()
        done += _publish_some(work, drafts, categories=categories, pace=pace)
        work.monitor.progress(done, words=_("已发布 %(n)s 条", n=f"{done:,}"))
    return done


def _pieces(work: AtWork, pace: Pace) -> Iterator[list[_Draft]]:
    """The open drafts in the order of the file, as many as one transaction takes.

    Not only those that this run wrote: an earlier one may have been killed before it published.
    """
    first = Entry.current_version_id.is_(None)
    query = (
        _drafts(work.batch_id)
        .with_only_columns(ImportRow.seq, ImportRow.row, EntryVersion.id, first)
        .join(Entry, Entry.id == ImportRow.entry_id)
        .order_by(ImportRow.seq)
    )
    after = -1
    while True:
        some = query.where(ImportRow.seq > after).limit(pace.size)
        with work.runtime.database.reading() as session:
            drafts = [_Draft(*row) for row in session.execute(some)]
        if not drafts:
            return
        yield list({draft.version_id: draft for draft in drafts}.values())
        after = drafts[-1].seq


def _drafts(batch_id: str) -> Select[Any]:
    """The versions of the entries of a file that are still drafts."""
    return (
        select(EntryVersion.id)
        .select_from(ImportRow)
        .join(EntryVersion, EntryVersion.entry_id == ImportRow.entry_id)
        .where(ImportRow.batch_id == batch_id, ImportRow.outcome != REFUSED)
        .where(EntryVersion.status == "draft")
    )


def unpublished(session: Session, batch_id: str) -> int:
    """How many entries of a file have a draft that is not published."""
    drafts = _drafts(batch_id).distinct().subquery()
    return session.scalar(select(func.count()).select_from(drafts)) or 0


def _publish_some(
    work: AtWork, drafts: Sequence[_Draft], *, categories: Categories, pace: Pace
) -> int:
    """Together if they all may go, else one by one."""
    try:
        with unit_of_work(work.runtime, work.actor) as uow:
            pace.begin()
            publish_drafts(uow, [d.version_id for d in drafts if d.is_first], categories)
            for draft in drafts:
                for step in () if draft.is_first else _STEPS:
                    move_version(uow, version_id=draft.version_id, key=step, bulk=True)
            uow.lock(ImportBatch, work.batch_id).published_count += len(drafts)
        pace.end()
    except PortalError as error:
        categories.known.clear()  # what the transaction made of them is gone
        if len(drafts) > 1:
            return sum(
                _publish_some(work, [one], categories=categories, pace=pace) for one in drafts
            )
        _note_unpublished(work, drafts[0], error.message)
        return 0
    return len(drafts)


def _note_unpublished(work: AtWork, draft: _Draft, reason: Text) -> None:
    with unit_of_work(work.runtime, SYSTEM) as uow:
        add_problems(uow.session, work.batch_id, [Problem(draft.row, reason)], OF_IMPORT)
        uow.lock(ImportBatch, work.batch_id).problem_count += 1
