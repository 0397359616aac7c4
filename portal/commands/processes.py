"""Commands that stay: serve, dispatch, scheduler, and demo, which runs them all."""

import os
import signal
import threading

import click

from portal.kernel.commands import Invocation, with_runtime
from portal.kernel.errors import Unavailable
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings, from_environment
from portal.kernel.text import _


@click.command("serve", help=str(_("运行网页服务。")))
@click.pass_obj
def serve(invocation: Invocation) -> None:
    """The web server; each worker opens its own database and index."""
    from portal.commands import listening, standing  # noqa: PLC0415  start-up time

    settings = from_environment(os.environ)
    listening.refuse_taken_port(settings.bind)
    listening.refuse_missing_assets()
    runtime = invocation.runtime
    standing.refuse_unready(runtime)
    runtime.database.close()  # an open connection must not cross the fork
    from portal.commands import server  # noqa: PLC0415  start-up time

    server.serve(server.application(runtime), settings)


@click.command("dispatch", help=str(_("运行分发进程，处理发件箱：更新索引、通知等。")))
@click.option("--drain", is_flag=True, help=str(_("处理完现有的就结束。")))
@with_runtime
def dispatch(runtime: Runtime, *, drain: bool) -> None:
    """The process that does what changes ask for."""
    from portal import dispatcher  # noqa: PLC0415  start-up time
    from portal.commands import standing  # noqa: PLC0415  start-up time

    standing.refuse_unready(runtime)
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
    from portal.commands import standing  # noqa: PLC0415  start-up time

    standing.refuse_unready(runtime)
    process.run(runtime, until_stopped())


@click.command("demo", help=str(_("载入示例数据，并一起运行网页、调度、分发和本机身份服务。")))
@click.pass_obj
def demo(invocation: Invocation) -> None:
    """Everything on one machine, with sample data; Ctrl-C stops all of it."""
    from portal.commands import listening  # noqa: PLC0415  start-up time

    settings = from_environment(os.environ)
    if not settings.is_demo:
        raise Unavailable(_("portal demo 只供示例方式使用。正式运行请分别启动各进程。"))
    listening.refuse_taken_port(settings.bind)
    if settings.uses_local_provider:
        listening.refuse_taken_port(settings.provider_bind)
    listening.refuse_missing_assets()
    from portal.commands import demonstration  # noqa: PLC0415  start-up time

    with demonstration.alone(settings.data):
        demonstration.run(invocation, announce=lambda: _announce(settings))


def until_stopped() -> threading.Event:
    """An event that is set when the process is told to end."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_signal: stop.set())
    return stop


def _announce(settings: Settings) -> None:
    from portal.demo.load import personas  # noqa: PLC0415  start-up time

    click.echo("")
    click.echo(str(_("门户已启动：%(url)s", url=settings.url)))
    click.echo(str(_("示例人员（在登录页选择，无需密码）：")))
    for username, description in personas():
        click.echo(f"  {username:<16} {description}")
    click.echo(str(_("按 Ctrl-C 停止。")))
