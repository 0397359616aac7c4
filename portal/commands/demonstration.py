"""The demo: sample data, then all processes, forked from one that has read the product once."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from auth.provider import __main__ as provider
from portal import dispatcher, scheduler
from portal.commands import server
from portal.commands.fork import settle, started
from portal.commands.processes import until_stopped
from portal.commands.setting_up import prepare
from portal.commands.supervisor import supervise
from portal.demo.load import load_sample
from portal.kernel.commands import Invocation
from portal.kernel.db import Database
from portal.kernel.errors import Unavailable
from portal.kernel.runtime import Runtime
from portal.kernel.text import _

DRAFT = "sample.sqlite"


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Holds the data folder for this demo. Raises Unavailable when another demo has it."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)  # drafts and sessions lie there
    # A lock of this process alone: children do not inherit it, so that none can hold it longer.
    with (data / "demo.lock").open("w") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Unavailable(
                _(
                    "文件夹 %(data)s 已有一个 portal demo 在用。"
                    "请先停止它，或用 PORTAL_DATA 换一个。",
                    data=data,
                )
            ) from error
        yield


def run(invocation: Invocation, *, announce: Callable[[], None]) -> None:
    """Fills what is empty, then runs all processes until Ctrl-C or until one of them ends.

    The filling has a process of its own, whose memory goes with it; meanwhile this one reads what
    the others will share.
    """
    runtime = invocation.runtime
    settings = runtime.settings
    filling = started("prepare", lambda: _fill(runtime), settings)
    try:
        app = server.application(runtime)
        filling.join()
    finally:
        filling.terminate()
    if filling.exitcode:
        raise SystemExit(1)
    settle()
    works: dict[str, Callable[[], object]] = {
        "serve": lambda: server.serve(app, settings),
        "dispatch": lambda: dispatcher.run(runtime, until_stopped()),
        "scheduler": lambda: scheduler.run(runtime, until_stopped()),
    }
    if settings.uses_local_provider:
        works["provider"] = _provide
    supervise(settings, works, announce=announce)


def _fill(runtime: Runtime) -> None:
    """The database and, where it is empty, the sample data.

    A new database appears with all of it or not at all: a load that is interrupted leaves a file
    of another name, which the next one does away with.
    """
    data = runtime.settings.data
    if runtime.settings.database_url or (data / "portal.sqlite").exists():
        _load(runtime)
        return
    for left in data.glob(f"{DRAFT}*"):
        left.unlink()
    making = replace(runtime, database=Database(f"sqlite:///{data / DRAFT}"))
    _load(making)
    making.database.close()  # the last one to close it puts the log into the file
    (data / DRAFT).rename(data / "portal.sqlite")


def _load(runtime: Runtime) -> None:
    prepare(runtime)
    loaded = load_sample(runtime)
    if loaded:
        click.echo(str(_("已载入示例数据：%(units)s 个单位，%(entries)s 条目录。", **loaded)))


def _provide() -> None:
    raise SystemExit(provider.main())
