"""Every failure that an operator can do something about ends in a sentence, without secrets."""

import errno
import sqlite3
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from portal.app import load_translations
from portal.commands.failures import sentence, told
from portal.kernel.errors import Refused, Unavailable
from portal.kernel.settings import Settings
from portal.kernel.text import CHINESE, ENGLISH, _, speaking

SETTINGS = replace(Settings(), data=Path("/data"), database_url="postgresql://portal:geheim@db/p")


def of_sqlite(name: str) -> OperationalError:
    cause = sqlite3.OperationalError("says nothing to an operator")
    cause.sqlite_errorname = name
    return OperationalError("INSERT", {}, cause)


def failure_of(path: Path, statement: str) -> DBAPIError:
    """What SQLAlchemy raises for a statement on a file."""
    engine = create_engine(f"sqlite:///{path}")
    with pytest.raises(DBAPIError) as caught, engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
    return caught.value


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SQLITE_FULL", "磁盘已满"),
        ("SQLITE_BUSY", "被别的程序占用"),
        ("SQLITE_BUSY_SNAPSHOT", "被别的程序占用"),
        ("SQLITE_CANTOPEN", "不能打开数据库文件"),
        ("SQLITE_READONLY_DIRECTORY", "不能写入数据库文件"),
        ("SQLITE_IOERR_WRITE", "磁盘出错或已满"),
        ("SQLITE_NOTADB", "不是数据库文件"),
        ("SQLITE_CORRUPT", "已损坏"),
    ],
)
def test_what_sqlite_refuses_is_told_with_the_file(name: str, words: str) -> None:
    said = str(told(of_sqlite(name), SETTINGS))
    assert words in said
    assert "/data/portal.sqlite" in said


def test_a_real_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "portal.sqlite").write_bytes(b"\x7f" * 4096)
    error = failure_of(tmp_path / "portal.sqlite", "SELECT 1 FROM sqlite_master")
    assert "不是数据库文件" in str(told(error, SETTINGS))


def test_a_missing_table_names_the_commands_that_make_it(tmp_path: Path) -> None:
    error = failure_of(tmp_path / "portal.sqlite", "SELECT 1 FROM entry")
    assert "portal init" in str(told(error, SETTINGS))
    on_server = OperationalError("SELECT", {}, psycopg.errors.UndefinedTable("entry"))
    assert "portal init" in str(told(on_server, SETTINGS))


def test_what_a_server_refuses_is_told_without_the_password() -> None:
    cause = psycopg.OperationalError('password "geheim" is wrong\nand more lines')
    said = str(told(OperationalError("SELECT", {}, cause), SETTINGS))
    assert "PORTAL_DATABASE_URL" in said
    assert "geheim" not in said
    assert "more lines" not in said


def test_any_other_word_of_sqlite_leads_to_the_check() -> None:
    assert "portal check" in str(told(of_sqlite("SQLITE_MISUSE"), SETTINGS))


@pytest.mark.parametrize("url", ["nonsense", "nosuch://portal@db/p"])
def test_an_address_that_is_none_names_the_setting(url: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        create_engine(url)
    assert "PORTAL_DATABASE_URL 应为" in str(told(caught.value, SETTINGS))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "磁盘已满，没有写完：/data/x"),
        (errno.EDQUOT, "磁盘已满"),
        (errno.EACCES, "不能读写 /data/x：没有权限"),
        (errno.EROFS, "磁盘是只读的"),
        (errno.ENOTDIR, "路径中有一段不是文件夹"),
        (errno.ELOOP, "Too many levels"),
    ],
)
def test_what_the_system_refuses_is_told_with_the_path(number: int, words: str) -> None:
    error = OSError(number, "Too many levels", "/data/x")
    assert words in str(told(error, None))


def test_a_refusal_of_ours_keeps_its_words() -> None:
    assert str(told(Refused(_("没有权限")), SETTINGS)) == "没有权限"


def test_the_database_behind_a_refusal_says_more_than_the_refusal() -> None:
    error = Unavailable(_("数据库暂时没有应答"))
    error.__cause__ = of_sqlite("SQLITE_FULL")
    assert "磁盘已满" in str(told(error, SETTINGS))


def test_what_nobody_foresaw_is_recorded_and_still_a_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = sentence(ZeroDivisionError("by zero"), SETTINGS)
    assert "日志" in str(said)
    assert [record.message for record in caplog.records] == ["command.failed"]
    assert caplog.records[0].exc_info is not None


def test_sentences_are_told_in_both_languages() -> None:
    load_translations()
    error = of_sqlite("SQLITE_BUSY")
    found = set()
    for language in (CHINESE, ENGLISH):
        with speaking(language):
            found.add(str(told(error, SETTINGS)))
    assert len(found) == 2
