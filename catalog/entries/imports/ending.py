"""The end of an import, good or bad: noted on the batch, and told to who sent the file."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from catalog.entries.imports.models import CANCELLED, DONE, FAILED, ImportBatch
from portal.kernel.access import SYSTEM
from portal.kernel.addressee import Addressee
from portal.kernel.errors import PortalError
from portal.kernel.jobs import Cancelled
from portal.kernel.messages import NewMessage, send_message
from portal.kernel.runtime import Runtime
from portal.kernel.text import Text, _
from portal.kernel.uow import UnitOfWork, unit_of_work

SUBJECT = "import_batch"


def end(uow: UnitOfWork, batch: ImportBatch, stage: str, *, error: Text | None = None) -> None:
    """Ends the import of a batch that `uow` holds, as done, failed or cancelled.

    A run that died after its end and is gone on with ends again: it is told once.
    """
    if batch.stage == stage and batch.finished_at is not None:
        return
    batch.stage, batch.error, batch.finished_at = stage, error, uow.at
    if batch.created_by is not None:
        send_message(uow, _message(batch, stage))


@contextmanager
def ends_told(
    runtime: Runtime, batch_id: str, *, stopped: Callable[[], bool] = lambda: True
) -> Iterator[None]:
    """A stop, a refusal or a fault inside is seen on the batch; each goes on to the caller.

    `stopped`: whether a stop was meant for the import, and not merely for its process.
    """
    try:
        yield
    except (Cancelled, KeyboardInterrupt):
        if stopped():
            _end(runtime, batch_id, CANCELLED)
        raise
    except PortalError as error:
        _end(runtime, batch_id, FAILED, error=error.message)
        raise
    except Exception:
        said = _("发生了意外的错误，已记入运行日志。请联系管理员，之后重新开始。")
        _end(runtime, batch_id, FAILED, error=said)
        raise


def _end(runtime: Runtime, batch_id: str, stage: str, *, error: Text | None = None) -> None:
    with unit_of_work(runtime, SYSTEM) as uow:
        end(uow, uow.lock(ImportBatch, batch_id), stage, error=error)


def _message(batch: ImportBatch, stage: str) -> NewMessage:
    ended = batch.finished_at.isoformat() if batch.finished_at else ""
    return NewMessage(
        key=f"{SUBJECT}:{batch.id}:{stage}:{ended}",
        title=_TITLES[stage](batch.file_name),
        body=_BODIES[stage](batch),
        to=Addressee(user_id=batch.created_by),
        path=f"/catalog/imports/{batch.id}",
    )


def _done(batch: ImportBatch) -> Text:
    counted = _counts(batch)
    if batch.problem_count:
        return _("%(counts)s有 %(n)s 个问题，请查看报告。", counts=counted, n=batch.problem_count)
    return counted


def _failed(batch: ImportBatch) -> Text:
    return batch.error or _("原因没有记录。请重新开始导入，或联系管理员。")


def _cancelled(batch: ImportBatch) -> Text:
    if not batch.next_seq:
        return _("还没有导入任何目录。需要时可以重新开始。")
    return _("停止之前：%(counts)s已导入的都保留；重新开始时不会重复。", counts=_counts(batch))


def _counts(batch: ImportBatch) -> Text:
    return _(
        "共 %(read)s 行：新增 %(new)s，修改 %(changed)s，未变 %(unchanged)s，"
        "合并 %(merged)s，拒收 %(refused)s。",
        read=batch.read_count,
        new=batch.new_count,
        changed=batch.changed_count,
        unchanged=batch.unchanged_count,
        merged=batch.merged_count,
        refused=batch.refused_count,
    )


_TITLES: Mapping[str, Callable[[str], Text]] = {
    DONE: lambda name: _("“%(name)s”导入完成", name=name),
    FAILED: lambda name: _("“%(name)s”没有导入完成", name=name),
    CANCELLED: lambda name: _("“%(name)s”的导入已停止", name=name),
}
_BODIES: Mapping[str, Callable[[ImportBatch], Text]] = {
    DONE: _done,
    FAILED: _failed,
    CANCELLED: _cancelled,
}
