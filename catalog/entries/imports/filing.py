"""The files of an import: what was sent, and the report that goes back; secrets are not kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import func, or_, select

from catalog.entries.imports.at_work import AtWork
from catalog.entries.imports.models import ImportBatch
from catalog.entries.imports.queries import all_problems
from catalog.entries.imports.reading import NoTitle, Reading
from catalog.entries.imports.returned import Sent, suffix_of, write_returned
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.files import StoredFile, content_path, file_of, forget, keep, receive
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work

_LARGEST_REPORT = 1024 * 1024 * 1024


def sent_path(work: AtWork) -> Path:
    """Where the sent file of a batch lies; raises NotFound when it is not kept any more."""
    with work.runtime.database.reading() as session:
        batch = session.get_one(ImportBatch, work.batch_id)
        if batch.file_id is None:
            raise NotFound(_("这个文件没有保存在门户里。请重新上传后再导入。"))
        stored = file_of(session, batch.file_id)
    return content_path(work.runtime.settings.file_folder, stored.sha256)


def write_report(work: AtWork, path: Path, reading: Reading, target: Path) -> None:
    """Writes the sent file with a column of reasons: the file's own problems and the portal's."""
    sent = Sent(path, reading.source, reading.folder, reading.secret_rows())
    write_returned(sent, partial(all_problems, work.runtime.database, work.batch_id), target)


def keep_report(work: AtWork, path: Path, reading: Reading) -> None:
    """Keeps the report beside the batch, so that its page gives it; none without problems."""
    with work.runtime.database.reading() as session:
        batch = session.get_one(ImportBatch, work.batch_id)
    if not batch.problem_count:
        return
    target = reading.folder / f"report{suffix_of(reading.source)}"
    write_report(work, path, reading, target)
    with target.open("rb") as stream:
        received = receive(work.runtime.settings.file_folder, stream, limit=_LARGEST_REPORT)
    stem = Path(batch.file_name).stem
    with unit_of_work(work.runtime, work.actor) as uow:
        held = uow.lock(ImportBatch, work.batch_id)
        name = f"{stem}-{_('导入问题')}{target.suffix}"
        stored = keep(uow, received=received, name=name, unit_id=held.unit_id)
        if held.returned_file_id is not None:
            forget(uow, file_id=held.returned_file_id)
        held.returned_file_id = stored.id


def drop_secret_file(work: AtWork, reading: Reading) -> None:
    """A sent file with secret rows is taken away at once; nothing of them may stay (CAT-16)."""
    if reading.secret_rows():
        drop_file(work)


@contextmanager
def unreadable_dropped(work: AtWork) -> Iterator[None]:
    """A file that cannot be read whole may hold anything: it is not kept, and sent again mended.

    One that only wants its columns named is kept, where it holds nothing that is secret.
    """
    try:
        yield
    except NoTitle as error:
        if not error.may_be_kept:
            drop_file(work)
        raise
    except Invalid:
        with work.runtime.database.reading() as session:
            is_mapped = bool(session.get_one(ImportBatch, work.batch_id).overrides)
        if not is_mapped:  # else the mapping may be what is wrong
            drop_file(work)
        raise


def drop_file(work: AtWork) -> None:
    """Takes the sent file of a batch away at once, and its content where nobody else sent it."""
    with unit_of_work(work.runtime, work.actor) as uow:
        batch = uow.lock(ImportBatch, work.batch_id)
        if batch.file_id is None:
            return
        stored = file_of(uow.session, batch.file_id)
        sha256 = stored.sha256
        forget(uow, file_id=stored.id)
        batch.file_id = None
        uow.session.flush()
        wanted = or_(StoredFile.keep_until.is_(None), StoredFile.keep_until > uow.at)
        same = select(func.count()).select_from(StoredFile)
        others = uow.session.scalar(same.where(StoredFile.sha256 == sha256, wanted))
        uow.audit("import.secret_file_dropped", "import_batch", batch.id)
    if not others:
        content_path(work.runtime.settings.file_folder, sha256).unlink(missing_ok=True)
