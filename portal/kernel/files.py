"""Files: content kept once under its own hash, and rows that say whose it is."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, BinaryIO

from sqlalchemy import Index, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.kernel import clock
from portal.kernel.content_type import content_type
from portal.kernel.db import Base, Database, new_id
from portal.kernel.errors import Invalid, NotFound, Unavailable, missing
from portal.kernel.text import _
from portal.kernel.work import Work

CHUNK = 256 * 1024
MEGABYTE = 1024 * 1024
LONGEST_NAME = 200
KEEP_UNCLAIMED = timedelta(days=1)


class StoredFile(Base):
    """One file of one owner; several may share one content."""

    __tablename__ = "stored_file"
    __table_args__ = (
        Index("ix_stored_file_sha256", "sha256"),
        Index("ix_stored_file_keep_until", "keep_until"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    sha256: Mapped[str]
    name: Mapped[str]
    size: Mapped[int]
    kind: Mapped[str]
    media_type: Mapped[str]
    unit_id: Mapped[str | None]
    created_by: Mapped[str | None]
    created_at: Mapped[datetime]
    keep_until: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Received:
    """A content that is in the folder but not yet anybody's."""

    sha256: str
    size: int
    kind: str
    media_type: str


def receive(folder: Path, stream: IO[bytes], *, limit: int) -> Received:
    """Writes what comes into the folder under its hash; call it outside a unit of work.

    Raises Invalid when it is empty or longer than `limit` bytes, Unavailable when the disk is
    full or cannot be written.
    """
    with _disk_errors(), _incoming(folder) as path:
        sha256, size = _copied(stream, path, limit=limit)
        kind = content_type(path)
        target = _place(folder, sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)  # the same content again only makes it younger
    return Received(sha256, size, kind.key, kind.media_type)


def keep(
    uow: Work,
    *,
    received: Received,
    name: str,
    unit_id: str | None = None,
    keep_until: datetime | None = None,
) -> StoredFile:
    """Makes a received content somebody's file; without `keep_until` it stays until forgotten."""
    row = StoredFile(
        id=new_id(),
        sha256=received.sha256,
        name=safe_name(name),
        size=received.size,
        kind=received.kind,
        media_type=received.media_type,
        unit_id=unit_id,
        created_by=uow.actor.id,
        created_at=uow.at,
        keep_until=keep_until,
    )
    uow.session.add(row)
    return row


def safe_name(name: str) -> str:
    """The last part of a sent name, without what could break a header or a path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(sign for sign in last if sign.isprintable() and sign not in '"<>|:*?').strip()
    stem, dot, suffix = clean.rpartition(".")
    short = f"{stem[: LONGEST_NAME - len(suffix) - 1]}.{suffix}" if dot else clean
    return short[:LONGEST_NAME].lstrip(".") or "file"


def file_of(session: Session, file_id: str) -> StoredFile:
    """The row of a file; raises NotFound. Who may see it is the rule of the record it hangs on."""
    row = session.get(StoredFile, file_id)
    if row is None:
        raise missing(_("这个文件"))
    return row


def content_path(folder: Path, sha256: str) -> Path:
    """Where a content lies; raises NotFound when it is not there."""
    path = _place(folder, sha256)
    if not path.is_file():
        raise NotFound(_("文件内容已不在。它可能已过保存期限，请重新上传。"))
    return path


def open_content(folder: Path, sha256: str) -> BinaryIO:
    """A content opened for reading; raises NotFound."""
    return content_path(folder, sha256).open("rb")


def forget(uow: Work, *, file_id: str) -> None:
    """Ends the keeping of a file; the nightly pruning takes it away. Raises NotFound."""
    file_of(uow.session, file_id).keep_until = uow.at


def prune_files(database: Database, folder: Path) -> int:
    """Deletes rows past their time, then contents that are nobody's; returns how many contents.

    A content younger than a day is left alone: it may be on its way to its row.
    """
    moment = clock.now()
    with database.writing() as session:
        session.execute(delete(StoredFile).where(StoredFile.keep_until <= moment))
        session.commit()
    removed = 0
    oldest = (moment - KEEP_UNCLAIMED).timestamp()
    for shard in sorted(folder.glob("[0-9a-f][0-9a-f]")):
        old = {path.name: path for path in shard.iterdir() if path.stat().st_mtime < oldest}
        with database.reading() as session:
            used = session.scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(old)))
            unused = set(old) - set(used)
        for name in unused:
            old[name].unlink(missing_ok=True)
        removed += len(unused)
    _drop_abandoned(folder / "incoming", oldest)
    return removed


def _drop_abandoned(incoming: Path, oldest: float) -> None:
    for path in incoming.glob("*"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _place(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def _copied(stream: IO[bytes], path: Path, *, limit: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as target:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > limit:
                raise Invalid(
                    _(
                        "文件超过 %(limit)s MB 的上限。请拆分后再上传。",
                        limit=round(limit / MEGABYTE, 1),
                    )
                )
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    if size == 0:
        raise Invalid(_("文件是空的。请检查后重新上传。"))
    return digest.hexdigest(), size


@contextmanager
def _incoming(folder: Path) -> Iterator[Path]:
    incoming = folder / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    path = incoming / new_id()
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable(_("磁盘已满，文件没有保存。请联系系统管理员清理空间。")) from error
        raise Unavailable(_("文件夹无法写入，文件没有保存。请联系系统管理员检查权限。")) from error
