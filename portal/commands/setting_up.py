"""Commands that prepare and inspect an installation: init, upgrade, check."""

import json

import click
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from migrations import run as migrations
from portal.commands import openapi
from portal.kernel import calendar, calendar_sources
from portal.kernel.access import SYSTEM
from portal.kernel.commands import Invocation, with_runtime
from portal.kernel.errors import PortalError, Unavailable
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work


@click.command("init", help=str(_("建立数据库、文件夹和工作日历；重复运行不改变已有内容。")))
@with_runtime
def init(runtime: Runtime) -> None:
    """Makes everything that a new installation needs."""
    prepare(runtime)
    click.echo(str(_("已就绪，数据库版本 %(revision)s。", revision=migrations.newest())))


@click.command("upgrade", help=str(_("把数据库升级到当前版本。")))
@with_runtime
def upgrade(runtime: Runtime) -> None:
    """Brings the database up to this code."""
    migrate(runtime)
    click.echo(str(_("数据库版本 %(revision)s。", revision=migrations.newest())))


@click.command("check", help=str(_("检查设置、数据库和各部件；有问题时以 1 结束。")))
@click.option("--settings", "show_settings", is_flag=True, help=str(_("列出全部设置及说明。")))
@click.option(
    "--openapi", "show_openapi", is_flag=True, help=str(_("输出接口说明（OpenAPI 3.1）。"))
)
@click.pass_obj
def check(invocation: Invocation, *, show_settings: bool, show_openapi: bool) -> None:
    """Says what is set and what does not work."""
    runtime = invocation.runtime
    if show_settings:
        for name, value, help_text in runtime.settings.rows():
            click.echo(f"{name:<32} {value or '-':<40} {help_text}")
        return
    if show_openapi:
        click.echo(json.dumps(openapi.document(runtime), ensure_ascii=False, indent=1))
        return
    problems = faults(runtime)
    for problem in problems:
        click.echo(str(problem.message), err=True)
    if problems:
        raise SystemExit(1)
    click.echo(str(_("设置、数据库和各部件正常。")))


def prepare(runtime: Runtime) -> None:
    """Folders, database, working-day calendar of the years that the library knows."""
    for folder in (runtime.settings.data, runtime.settings.file_folder):
        folder.mkdir(parents=True, exist_ok=True)
    migrate(runtime)
    with runtime.database.reading() as session:
        known = bool(calendar.known_years(session))
    if not known:
        with unit_of_work(runtime, SYSTEM) as uow:
            calendar_sources.load_library(uow)


def migrate(runtime: Runtime) -> None:
    """Upgrades the database; raises Unavailable when it does not answer or refuses us."""
    try:
        migrations.upgrade(runtime.database.engine)
    except OperationalError as error:
        raise Unavailable(
            _(
                "不能打开数据库：%(reason)s。请检查 PORTAL_DATABASE_URL、磁盘空间和密码。",
                reason=_reason(runtime, error),
            )
        ) from error


def faults(runtime: Runtime) -> list[PortalError]:
    """What does not work at this moment; empty when all is well."""
    found: list[PortalError] = []
    try:
        with runtime.database.reading() as session:
            session.execute(text("SELECT 1"))
            standing = migrations.current(session.connection())
        if standing != migrations.newest():
            found.append(
                Unavailable(
                    _(
                        "数据库版本是 %(standing)s，程序需要 %(newest)s。请运行 portal upgrade。",
                        standing=standing or "-",
                        newest=migrations.newest(),
                    )
                )
            )
    except DBAPIError as error:
        found.append(Unavailable(_("不能打开数据库：%(reason)s。", reason=_reason(runtime, error))))
    for feature in runtime.features:
        for probe in feature.extra.get("health", ()):
            problem = probe(runtime)
            if problem is not None:
                found.append(Unavailable(problem))
    return found


def _reason(runtime: Runtime, error: DBAPIError) -> str:
    reason = str(error.orig).strip().splitlines()[0][:200]
    for secret in runtime.settings.secrets():
        reason = reason.replace(secret, "***")
    return reason
