"""Whether the database is the one that this code needs; without Alembic, slow to read as it is."""

from pathlib import Path

from sqlalchemy import inspect, text

import migrations
from portal.kernel.errors import Unavailable
from portal.kernel.runtime import Runtime
from portal.kernel.text import Text, _


def newest() -> str:
    """The newest revision that this code brings: files are named NNNN_words, revisions NNNN."""
    folder = Path(str(migrations.__file__)).parent / "versions"
    return max(path.name for path in folder.glob("[0-9]*_*.py")).partition("_")[0]


def refuse_unready(runtime: Runtime) -> None:
    """Raises Unavailable that names the command to run, unless the database is up to this code."""
    problem = fault(runtime)
    if problem is not None:
        raise Unavailable(problem)


def fault(runtime: Runtime) -> Text | None:
    """What is wrong with the revision. Raises DBAPIError when the database does not answer."""
    standing = current(runtime)
    if standing is None:
        return _("数据库还没有建立。请先运行 portal init。")
    if standing < newest():
        return _(
            "数据库版本是 %(standing)s，程序需要 %(newest)s。请运行 portal upgrade。",
            standing=standing,
            newest=newest(),
        )
    return newer(runtime)


def newer(runtime: Runtime) -> Text | None:
    """What to say of a database of a later release; None of any other."""
    standing = current(runtime)
    if standing is None or standing <= newest():
        return None
    return _(
        "数据库版本 %(standing)s 比程序（%(newest)s）新。请安装与数据库相应的版本。",
        standing=standing,
        newest=newest(),
    )


def current(runtime: Runtime) -> str | None:
    """The revision of the database; None where there is no database yet, or an empty one."""
    settings = runtime.settings
    if not settings.database_url and not (settings.data / "portal.sqlite").exists():
        return None  # asking SQLite would make the file
    with runtime.database.reading() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
        return found
