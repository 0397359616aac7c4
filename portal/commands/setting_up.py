"""Commands that prepare and inspect an installation: init, upgrade, check."""

import json

import click
from sqlalchemy.exc import DBAPIError

from migrations import run as migrations
from portal.commands import openapi, standing
from portal.commands.failures import sentence
from portal.kernel import calendar, calendar_sources
from portal.kernel.access import SYSTEM
from portal.kernel.commands import Invocation, with_runtime
from portal.kernel.errors import Unavailable
from portal.kernel.runtime import Runtime
from portal.kernel.text import Text, _
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
        click.echo(str(problem), err=True)
    if problems:
        raise SystemExit(1)
    click.echo(str(_("设置、数据库和各部件正常。")))


def prepare(runtime: Runtime) -> None:
    """Folders, database, working-day calendar of the years that the library knows."""
    for folder in (runtime.settings.data, runtime.settings.file_folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate(runtime)
    with runtime.database.reading() as session:
        known = bool(calendar.known_years(session))
    if not known:
        with unit_of_work(runtime, SYSTEM) as uow:
            calendar_sources.load_library(uow)


def migrate(runtime: Runtime) -> None:
    """Upgrades the database. Raises Unavailable when it is newer than this code, or refuses us."""
    try:
        problem = standing.newer(runtime)
        if problem is None:
            migrations.upgrade(runtime.database.engine)
    except DBAPIError as error:
        raise Unavailable(sentence(error, runtime.settings)) from error
    if problem is not None:
        raise Unavailable(problem)


def faults(runtime: Runtime) -> list[Text]:
    """What does not work at this moment; empty when all is well."""
    found: list[Text] = []
    try:
        problem = standing.fault(runtime)
        if problem is not None:
            found.append(problem)
    except DBAPIError as error:
        found.append(sentence(error, runtime.settings))
    for feature in runtime.features:
        for probe in feature.extra.get("health", ()):
            problem = probe(runtime)
            if problem is not None:
                found.append(problem)
    return found
