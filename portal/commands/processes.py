"""Commands that stay: serve, dispatch, scheduler, and demo, which runs them all."""

import signal
import socket
import threading
from pathlib import Path

import click

from portal.commands.setting_up import prepare
from portal.commands.supervisor import supervise
from portal.kernel.commands import with_runtime
from portal.kernel.errors import Unavailable
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.kernel.text import _

ROOT = Path(__file__).resolve().parent.parent.parent
ASSETS = ("designsystemet/designsystemet.css", "designsystemet/theme.css", "htmx/htmx.min.js")


@click.command("serve", help=str(_("运行网页服务。")))
@with_runtime
def serve(runtime: Runtime) -> None:
    """The web server; each worker opens its own database and index."""
    settings = runtime.settings
    refuse_taken_port(settings.bind)
    refuse_missing_assets()
    runtime.database.close()
    from granian import Granian  # noqa: PLC0415  start-up time
    from granian.constants import Interfaces  # noqa: PLC0415  start-up time

    host, _colon, port = settings.bind.rpartition(":")
    Granian(
        "wsgi:app",
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=2,
        backlog=256,
        log_enabled=False,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        working_dir=None,
        process_name=None,
    ).serve()


@click.command("dispatch", help=str(_("运行分发进程，处理发件箱：更新索引、通知等。")))
@click.option("--drain", is_flag=True, help=str(_("处理完现有的就结束。")))
@with_runtime
def dispatch(runtime: Runtime, *, drain: bool) -> None:
    """The process that does what changes ask for."""
    from portal import dispatcher  # noqa: PLC0415  start-up time

    if drain:
        counts = dispatcher.drain(runtime)
        click.echo(str(_("已处理 %(counts)s。", counts=counts)))
        return
    dispatcher.run(runtime, until_stopped())


@click.command("scheduler", help=str(_("运行调度进程：按时运行任务，接手页面上请求的任务。")))
@with_runtime
def scheduler(runtime: Runtime) -> None:
    """The process that runs jobs."""
    from portal import scheduler as process  # noqa: PLC0415  start-up time

    process.run(runtime, until_stopped())


@click.command("demo", help=str(_("载入示例数据，并一起运行网页、调度、分发和本机身份服务。")))
@with_runtime
def demo(runtime: Runtime) -> None:
    """Everything on one machine, with sample data; Ctrl-C stops all of it."""
    settings = runtime.settings
    if not settings.is_demo:
        raise Unavailable(_("portal demo 只供示例方式使用。正式运行请分别启动各进程。"))
    refuse_taken_port(settings.bind)
    refuse_taken_port(settings.provider_bind)
    refuse_missing_assets()
    from portal.demo.load import load_sample, personas  # noqa: PLC0415  start-up time

    prepare(runtime)
    loaded = load_sample(runtime)
    if loaded:
        click.echo(str(_("已载入示例数据：%(units)s 个单位，%(entries)s 条目录。", **loaded)))
    runtime.database.close()
    supervise(settings, announce=lambda: _announce(settings, personas()))


def until_stopped() -> threading.Event:
    """An event that is set when the process is told to end."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_signal: stop.set())
    return stop


def refuse_taken_port(bind: str) -> None:
    """Raises Unavailable with a sentence when another program listens there already."""
    host, _colon, port = bind.rpartition(":")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            raise Unavailable(
                _(
                    "不能监听 %(bind)s：%(reason)s。请停止占用的程序，或用 PORTAL_BIND 换端口。",
                    bind=bind,
                    reason=error.strerror or str(error),
                )
            ) from error


def refuse_missing_assets() -> None:
    """Raises Unavailable rather than serve unstyled pages."""
    vendor = ROOT / "portal" / "static" / "vendor"
    missing = [name for name in ASSETS if not (vendor / name).exists()]
    if missing:
        raise Unavailable(
            _("缺少网页资源 %(names)s。请运行 make setup。", names="、".join(missing))
        )


def _announce(settings: Settings, people: list[tuple[str, str]]) -> None:
    click.echo("")
    click.echo(str(_("门户已启动：%(url)s", url=settings.url)))
    click.echo(str(_("示例人员（在登录页选择，无需密码）：")))
    for username, description in people:
        click.echo(f"  {username:<16} {description}")
    click.echo(str(_("按 Ctrl-C 停止。")))
