"""Writes on batches: sent, mapped, units confirmed, asked for, stopped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.queries import unit as unit_of
from catalog.entries.imports import regions
from catalog.entries.imports.ending import SUBJECT, end
from catalog.entries.imports.mapping import resolved
from catalog.entries.imports.models import (
    CANCELLED,
    EXAMINING,
    IMPORTING,
    OUTCOMES,
    RECEIVED,
    ImportBatch,
    ImportUnit,
)
from catalog.entries.imports.planning import Owned
from catalog.entries.imports.pulse import AT_WORK, EXAMINE_JOB, RUN_JOB, view_of
from catalog.entries.permissions import IMPORT
from portal.kernel.access import Actor
from portal.kernel.db import new_id
from portal.kernel.errors import Conflict, Invalid, NotFound, Refused, missing
from portal.kernel.files import keep, receive
from portal.kernel.job_runs import request_cancel
from portal.kernel.jobs import request_run
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from portal.kernel.uow import UnitOfWork, unit_of_work


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that came; `file_id` where the portal keeps it."""

    name: str
    size: int
    file_id: str | None = None


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a file is to be imported; `default_unit_id` is the unit of rows that name none."""

    region_code: str
    default_unit_id: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    publish: bool = False


def send_file(
    runtime: Runtime, actor: Actor, *, name: str, stream: IO[bytes], options: BatchOptions
) -> ImportBatch:
    """Takes a file in and has it read; nothing is imported before the sender confirms.

    Raises Invalid for an empty file, one that is too large, and a unit that is not there.
    """
    check_region(options.region_code)
    settings = runtime.settings
    received = receive(settings.file_folder, stream, limit=settings.upload_bytes)
    with unit_of_work(runtime, actor) as uow:
        stored = keep(uow, received=received, name=name, unit_id=actor.unit_id)
        batch = new_batch(uow, SentFile(stored.name, received.size, stored.id), options)
        return ask_examination(uow, batch.id, options.overrides)


def new_batch(uow: UnitOfWork, sent: SentFile, options: BatchOptions) -> ImportBatch:
    """A batch for a file. Raises Refused for who may import for no unit at all."""
    actor = uow.actor
    own = None
    if actor.unit_id is not None:
        own = unit_of(uow.session, actor.unit_id)
    if not actor.may(IMPORT, Owned(own.id, own.region_code) if own else None):
        raise Refused(_("您没有导入目录的权限。请联系本单位管理员或主管部门。"))
    if options.default_unit_id is not None:
        _check_default(uow, options.default_unit_id)
    check_region(options.region_code)
    known = {own.region_code if own else None, uow.runtime.settings.region_code}
    if options.region_code not in known and not actor.may(IMPORT, Owned(None, None)):
        said = _("文件的行政区划应为本市，或本单位所在的区县。")  # by it others see the batch
        raise Invalid(said, fields={"region": [said]})
    batch = ImportBatch(
        id=new_id(),
        unit_id=actor.unit_id,
        region_code=options.region_code,
        default_unit_id=options.default_unit_id,
        file_name=sent.name,
        file_size=sent.size,
        file_id=sent.file_id,
        overrides=dict(options.overrides),
        publish=options.publish,
        created_at=uow.at,
        created_by=actor.id,
        created_by_name=actor.name,
    )
    for name in ("read", "draft", "new", "changed", "unchanged", "merged", "refused", "missing"):
        setattr(batch, f"{name}_count", 0)
    batch.problem_count = batch.published_count = batch.next_seq = 0
    batch.stage, batch.columns, batch.found = RECEIVED, [], {}
    uow.session.add(batch)
    uow.session.flush()  # rows and problems refer to it
    uow.audit("import.sent", SUBJECT, batch.id, {"file": sent.name, "size": sent.size})
    return batch


def check_region(code: str) -> None:
    """Raises Invalid for a code that is no region's: units would be entered in it."""
    if not regions.is_known(code):
        said = _("没有行政区划代码 %(code)s。请填写六位代码，如 370100。", code=code[:20])
        raise Invalid(said, fields={"region": [said]})


def _check_default(uow: UnitOfWork, unit_id: str) -> None:
    try:
        unit = unit_of(uow.session, unit_id)
    except NotFound as error:
        raise Invalid(error.message, fields={"unit": [error.message]}) from error
    if not uow.actor.may(IMPORT, unit):
        raise Refused(_("您不能为“%(name)s”导入目录。请选择您有权导入的单位。", name=unit.name))


def held_batch(session: Session, actor: Actor, batch_id: str) -> ImportBatch:
    """The batch, held; raises NotFound, also for who may not see it."""
    batch = session.get(ImportBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None or not may_see(actor, batch):
        raise missing(_("这次导入"))
    return batch


def may_see(actor: Actor, batch: ImportBatch) -> bool:
    """Who sent it, the importers of its unit, and the bureau."""
    own = actor.id is not None and actor.id == batch.created_by
    return own or actor.may(IMPORT, batch)


def ask_examination(uow: UnitOfWork, batch_id: str, overrides: Mapping[str, str]) -> ImportBatch:
    """Has the file read again with another mapping; nothing is imported by that.

    Raises Invalid for a column or a field that is not there, as far as the columns are known.
    """
    batch = _at_rest(uow, batch_id)
    if batch.columns:
        resolved(batch.columns, overrides)
    batch.overrides = dict(overrides)
    batch.stage, batch.error, batch.finished_at = EXAMINING, None, None
    batch.run_id = request_run(uow, EXAMINE_JOB, {"batch": batch.id})
    return batch


def ask_import(uow: UnitOfWork, batch_id: str, *, publish: bool = False) -> ImportBatch:
    """Has the file imported; rows that are in already are found unchanged."""
    batch = _at_rest(uow, batch_id)
    restart(uow, batch)
    batch.publish = publish
    batch.stage, batch.error = IMPORTING, None
    batch.run_id = request_run(uow, RUN_JOB, {"batch": batch.id})
    return batch


def restart(uow: UnitOfWork, batch: ImportBatch) -> None:
    """Begins the import of a file anew; what an earlier run noted goes when the run begins."""
    for outcome in OUTCOMES:
        setattr(batch, f"{outcome}_count", 0)
    batch.missing_count = batch.published_count = batch.next_seq = 0
    batch.finished_at = None
    uow.audit("import.restarted", SUBJECT, batch.id)


def _at_rest(uow: UnitOfWork, batch_id: str) -> ImportBatch:
    batch = held_batch(uow.session, uow.actor, batch_id)
    if view_of(uow.session, batch).is_waited_for:
        raise Conflict(_("这次导入正在进行。请等它结束，或先停止。"))
    if batch.file_id is None:
        raise Refused(_("这个文件没有保存在门户里。请重新上传后再导入。"))
    return batch


def stop(uow: UnitOfWork, batch_id: str) -> ImportBatch:
    """Asks a running import to stop; finished batches of rows stay."""
    batch = held_batch(uow.session, uow.actor, batch_id)
    run = view_of(uow.session, batch).run
    if run is None or run.is_over or batch.stage not in AT_WORK:
        raise Conflict(_("这次导入没有在进行，无须停止。"))
    run = request_cancel(uow, run_id=run.id)
    if run.is_over:
        end(uow, batch, CANCELLED)
    return batch


def choose_units(uow: UnitOfWork, batch_id: str, choices: Mapping[str, str]) -> int:
    """Says which unit of ours each named one is: import unit id → unit id; returns how many."""
    batch = _at_rest(uow, batch_id)
    rows = named_units(uow.session, batch, list(choices))
    for row in rows:
        chosen = unit_of(uow.session, choices[row.id])
        if not uow.actor.may(IMPORT, chosen):
            raise Refused(
                _("您不能为“%(name)s”导入目录。请选择您有权导入的单位。", name=chosen.name)
            )
        row.unit_id, row.region_code, row.reason = chosen.id, chosen.region_code, None
    uow.audit("import.units", SUBJECT, batch.id, dict(choices))
    return len(rows)


def named_units(session: Session, batch: ImportBatch, ids: Sequence[str]) -> list[ImportUnit]:
    """The units that the file names, or some of them; raises NotFound when one is not there."""
    query = select(ImportUnit).where(ImportUnit.batch_id == batch.id)
    if ids:
        query = query.where(ImportUnit.id.in_(ids))
    rows = list(session.scalars(query.order_by(ImportUnit.position)))
    if ids and len(rows) < len(set(ids)):
        raise NotFound(_("文件里的单位已经变化。请刷新页面后重新选择。"))
    return rows
