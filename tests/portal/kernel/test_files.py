"""Files: kept once by content, told by content, bounded, taken away when nobody's."""

import errno
import io
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel import clock, files
from portal.kernel.access import SYSTEM
from portal.kernel.errors import Invalid, NotFound, Unavailable
from portal.kernel.files import (
    LONGEST_NAME,
    StoredFile,
    content_path,
    file_of,
    forget,
    keep,
    open_content,
    prune_files,
    receive,
    safe_name,
)
from portal.kernel.runtime import Runtime
from portal.kernel.uow import unit_of_work
from tests.portal.kernel.notes import WRITER

PDF = b"%PDF-1.7 sample"


def received(folder: Path, content: bytes = PDF, limit: int = 1000) -> files.Received:
    return receive(folder, io.BytesIO(content), limit=limit)


def kept(runtime: Runtime, content: bytes = PDF, **options: object) -> StoredFile:
    one = received(runtime.settings.file_folder, content)
    with unit_of_work(runtime, WRITER) as uow:
        return keep(uow, received=one, name="示例.pdf", unit_id="u1", **options)


def contents(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_kept_by_its_content(runtime: Runtime) -> None:
    folder = runtime.settings.file_folder
    row = kept(runtime)
    with runtime.database.reading() as session:
        found = file_of(session, row.id)
    assert (found.name, found.size, found.kind) == ("示例.pdf", len(PDF), "pdf")
    assert (found.media_type, found.unit_id, found.created_by) == (
        "application/pdf",
        "u1",
        "writer-1",
    )
    with open_content(folder, found.sha256) as stream:
        assert stream.read() == PDF
    assert content_path(folder, found.sha256).parent.name == found.sha256[:2]


def test_one_content_lies_there_once(tmp_path: Path) -> None:
    first, second = received(tmp_path), received(tmp_path)
    assert first == second
    assert contents(tmp_path) == [first.sha256]


@pytest.mark.parametrize(("content", "words"), [(b"x" * 1001, "上限"), (b"", "空的")])
def test_what_is_too_long_or_empty_is_refused_and_leaves_nothing(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        received(tmp_path, content)
    assert contents(tmp_path) == []


def test_a_long_stream_is_read_no_further_than_its_limit(tmp_path: Path) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            Endless.given += size
            return b"x" * size

    with pytest.raises(Invalid):
        receive(tmp_path, Endless(), limit=2_000_000)
    assert Endless.given < 3_000_000


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "磁盘已满"), (errno.EACCES, "无法写入")]
)
def test_a_disk_that_takes_nothing_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def full(_file: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(Unavailable, match=words):
        received(tmp_path)
    assert contents(tmp_path) == []


@pytest.mark.parametrize(
    ("sent", "kept_as"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\用户\\目录.xlsx", "目录.xlsx"),
        ('a"b\r\nSet-Cookie: x.csv', "abSet-Cookie x.csv"),
        (".htaccess", "htaccess"),
        ("", "file"),
        ("...", "file"),
        ("长" * 300 + ".xlsx", "长" * 195 + ".xlsx"),
        ("长" * 300, "长" * 200),
    ],
)
def test_a_name_is_only_its_last_part_and_harmless(sent: str, kept_as: str) -> None:
    assert safe_name(sent) == kept_as


@given(st.text())
def test_no_name_breaks_a_header_or_a_path(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= LONGEST_NAME
    assert safe.isprintable()
    assert not set(safe) & set('/\\"')
    assert not safe.startswith(".")


def test_an_unknown_file_is_not_found(runtime: Runtime) -> None:
    with pytest.raises(NotFound), runtime.database.reading() as session:
        file_of(session, "none")
    with pytest.raises(NotFound, match="重新上传"):
        open_content(runtime.settings.file_folder, "0" * 64)


def age(folder: Path) -> None:
    """Makes everything in the folder two days old."""
    past = time.time() - 2 * 86_400
    for path in folder.rglob("*"):
        os.utime(path, (past, past))


def test_contents_go_when_they_are_nobody_s(runtime: Runtime) -> None:
    folder = runtime.settings.file_folder
    forever, shared = kept(runtime, b"one"), kept(runtime, b"two")
    soon = kept(runtime, b"two", keep_until=clock.now() + timedelta(hours=1))
    gone = kept(runtime, b"three")
    received(folder, b"four")
    (folder / "incoming" / "abandoned").write_bytes(b"x")
    assert prune_files(runtime.database, folder) == 0, "what is young may be on its way"
    with unit_of_work(runtime, SYSTEM) as uow:
        forget(uow, file_id=gone.id)
    age(folder)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert prune_files(runtime.database, folder) == 2, "three, and four, which nobody kept"
    assert sorted(contents(folder)) == sorted({forever.sha256, shared.sha256})
    with runtime.database.reading() as session:
        assert session.get(StoredFile, soon.id) is None
        assert file_of(session, shared.id).sha256 == soon.sha256


def test_nothing_is_there_to_prune_in_the_beginning(runtime: Runtime) -> None:
    assert prune_files(runtime.database, runtime.settings.file_folder) == 0


def test_young_incoming_files_are_left_alone(runtime: Runtime) -> None:
    incoming = runtime.settings.file_folder / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "young").write_bytes(b"x")
    prune_files(runtime.database, runtime.settings.file_folder)
    assert (incoming / "young").exists()
