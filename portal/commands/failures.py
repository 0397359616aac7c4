"""What went wrong below a command, as a sentence: what, where, and what to do."""

import errno
import logging
import sqlite3

from sqlalchemy.exc import ArgumentError, DBAPIError

from portal.kernel.errors import PortalError
from portal.kernel.settings import Settings
from portal.kernel.text import Text, _

LONGEST_REASON = 200

log = logging.getLogger(__name__)

_REASONS: dict[int | None, Text] = {
    errno.EADDRINUSE: _("端口已被占用"),
    errno.EADDRNOTAVAIL: _("本机没有这个地址"),
    errno.EACCES: _("没有权限"),
    errno.EPERM: _("没有权限"),
    errno.EROFS: _("磁盘是只读的"),
    errno.ENOSPC: _("磁盘已满"),
    errno.EDQUOT: _("磁盘配额已用完"),
    errno.ENOENT: _("没有这个文件或文件夹"),
    errno.ENOTDIR: _("路径中有一段不是文件夹"),
    errno.EEXIST: _("已有同名的文件"),
    errno.EISDIR: _("是文件夹，不是文件"),
    errno.EMFILE: _("打开的文件太多"),
}
_FULL = (errno.ENOSPC, errno.EDQUOT)
_DISK_FULL = _("磁盘已满，没有写完：%(where)s。请腾出空间后重做；已保存的内容不受影响。")
_SQLITE: dict[str, Text] = {
    "SQLITE_FULL": _DISK_FULL,
    "SQLITE_BUSY": _(
        "数据库 %(where)s 一直被别的程序占用，没有写入。请稍后重做，或停止占用的程序。"
    ),
    "SQLITE_CANTOPEN": _("不能打开数据库文件 %(where)s。请检查 PORTAL_DATA 和它的权限。"),
    "SQLITE_READONLY": _("不能写入数据库文件 %(where)s。请检查它和所在文件夹的权限。"),
    "SQLITE_IOERR": _("读写数据库文件 %(where)s 时磁盘出错或已满。请检查磁盘后重做。"),
    "SQLITE_NOTADB": _("%(where)s 不是数据库文件，或已损坏。请从备份恢复。"),
    "SQLITE_CORRUPT": _("数据库文件 %(where)s 已损坏。请从备份恢复。"),
}
_NO_TABLE = _("数据库缺少需要的表。请运行 portal init（新建）或 portal upgrade（升级）。")


def told(error: BaseException, settings: Settings | None) -> Text | None:
    """The sentence for a failure that an operator can do something about; None for any other.

    The settings are those of the process, where it came so far as to have any.
    """
    cause = error.__cause__
    if isinstance(error, PortalError):
        more = told(cause, settings) if isinstance(cause, DBAPIError) else None
        return more or error.message
    if isinstance(error, DBAPIError):
        return _of_database(error, settings or Settings())
    if isinstance(error, ArgumentError):  # SQLAlchemy's word for an address that is none
        return _("设置 PORTAL_DATABASE_URL 应为 postgresql://用户:密码@主机:端口/数据库。")
    if isinstance(error, OSError):
        return _of_system(error)
    return None


def reason(error: OSError) -> Text | str:
    """Why the system refused, in a few words."""
    return _REASONS.get(error.errno) or error.strerror or str(error)


def _of_system(error: OSError) -> Text:
    where = error.filename or "-"
    if error.errno in _FULL:
        return Text(_DISK_FULL.message, {"where": where})
    return _(
        "不能读写 %(where)s：%(reason)s。请检查 PORTAL_DATA 和它的权限。",
        where=where,
        reason=reason(error),
    )


def _of_database(error: DBAPIError, settings: Settings) -> Text:
    if not isinstance(error.orig, sqlite3.Error):
        return _of_server(error, settings)
    if "no such table" in str(error.orig) or "no such column" in str(error.orig):
        return _NO_TABLE
    name = getattr(error.orig, "sqlite_errorname", "")
    found = next((text for start, text in _SQLITE.items() if name.startswith(start)), None)
    if found is None:
        return _("数据库出错：%(reason)s。请运行 portal check。", reason=_plain(error, settings))
    return Text(found.message, {"where": settings.data / "portal.sqlite"})


def _of_server(error: DBAPIError, settings: Settings) -> Text:
    if getattr(error.orig, "sqlstate", None) == "42P01":  # undefined_table
        return _NO_TABLE
    return _(
        "数据库没有应答，或拒绝了连接：%(reason)s。"
        "请检查 PORTAL_DATABASE_URL（地址、用户、密码）和数据库。",
        reason=_plain(error, settings),
    )


def _plain(error: DBAPIError, settings: Settings) -> str:
    """The first line of what the driver says, without secrets."""
    lines = str(error.orig).strip().splitlines() or ["-"]
    words = lines[0][:LONGEST_REASON]
    for secret in settings.secrets():
        words = words.replace(secret, "***")
    return words


def sentence(error: Exception, settings: Settings | None = None) -> Text:
    """What is said of a failure; one that nobody foresaw goes to the log as well."""
    known = told(error, settings)
    if known is None:
        log.error("command.failed", exc_info=error)
    return known or _("命令出错，原因见上一行日志。请把它交给维护人员；已保存的内容不受影响。")
