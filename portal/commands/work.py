"""Commands for the operator's daily work: jobs and the working-day calendar."""

import json
import os
from pathlib import Path

import click

from portal.commands import year_plan
from portal.commands.fork import end_with
from portal.kernel import calendar as days
from portal.kernel import calendar_sources, clock, execution, job_runs
from portal.kernel.access import SYSTEM
from portal.kernel.commands import with_runtime
from portal.kernel.errors import NotFound
from portal.kernel.jobs import request_run
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work


@click.group("jobs", help=str(_("定时任务：列出、运行、查看记录、取消。")))
def jobs() -> None:
    """Jobs by name."""


@jobs.command("list", help=str(_("列出全部任务、触发时间和最近一次结果。")))
@with_runtime
def list_jobs(runtime: Runtime) -> None:
    """All declared jobs."""
    with runtime.database.reading() as session:
        latest = job_runs.latest_runs(session)
    for key, job in sorted(job_runs.jobs_of(runtime.features).items()):
        run = latest.get(key)
        trigger = job.trigger or (f"after {job.after}" if job.after else "-")
        click.echo(f"{key:<32} {trigger!s:<24} {run.state if run else '-':<10} {job.label}")


@jobs.command("run", help=str(_("立即运行一个任务，完成后结束。")))
@click.argument("key")
@click.option("--argument", "arguments", multiple=True, help=str(_("参数，写作 名称=值。")))
@with_runtime
def run_job(runtime: Runtime, key: str, arguments: tuple[str, ...]) -> None:
    """Requests a run and executes it in this process."""
    if key not in job_runs.jobs_of(runtime.features):
        raise NotFound(_("没有名为“%(key)s”的任务。运行 portal jobs list 查看全部任务。", key=key))
    values = dict(pair.partition("=")[::2] for pair in arguments)
    with unit_of_work(runtime, SYSTEM) as uow:
        run_id = request_run(uow, key, values)
    raise SystemExit(execution.execute(runtime, run_id))


@jobs.command("execute", hidden=True, help=str(_("执行一次已登记的运行（由调度进程调用）。")))
@click.argument("run_id")
@with_runtime
def execute_run(runtime: Runtime, run_id: str) -> None:
    """What the scheduler's child process does; it stops at a safe point when that one is gone."""
    end_with(os.getppid())
    raise SystemExit(execution.execute(runtime, run_id))


@jobs.command("history", help=str(_("最近的运行记录。")))
@click.option("--job", "key", default=None, help=str(_("只看这个任务。")))
@click.option("--page", default=1, show_default=True, help=str(_("第几页。")))
@with_runtime
def history(runtime: Runtime, key: str | None, page: int) -> None:
    """Runs, newest first."""
    with runtime.database.reading() as session:
        found = job_runs.history(session, job=key, page=page)
    for run in found.rows:
        counts = json.dumps(run.counts, ensure_ascii=False)
        at = f"{clock.local(run.planned_at):%Y-%m-%d %H:%M:%S}"
        click.echo(f"{run.id} {at} {run.job:<28} {run.state:<10} {counts}")


@jobs.command("cancel", help=str(_("请求取消一次运行。")))
@click.argument("run_id")
@with_runtime
def cancel(runtime: Runtime, run_id: str) -> None:
    """Asks a run to stop at its next safe point."""
    with unit_of_work(runtime, SYSTEM) as uow:
        job_runs.request_cancel(uow, run_id=run_id)
    click.echo(str(_("已请求取消。")))


@click.group("calendar", help=str(_("工作日历：载入节假日和调休上班日。")))
def calendar() -> None:
    """The working-day calendar."""


@calendar.command(
    "load", help=str(_("从文件（CSV 或 JSON）或内置资料载入整年的日历，并重算未办事项的期限。"))
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@with_runtime
def load(runtime: Runtime, file: Path | None) -> None:
    """Loads years from a file, or those that the library knows."""
    with unit_of_work(runtime, SYSTEM) as uow:
        loaded = year_plan.load_file(uow, file) if file else calendar_sources.load_library(uow)
    click.echo(
        str(
            _(
                "读到 %(years)s 年，更新 %(changed)s 年，重算期限 %(moved)s 件。",
                years=", ".join(map(str, loaded.years)),
                changed=loaded.changed,
                moved=loaded.moved,
            )
        )
    )


@calendar.command("show", help=str(_("列出已载入的年份和来源。")))
@with_runtime
def show(runtime: Runtime) -> None:
    """The years that are known."""
    with runtime.database.reading() as session:
        for year in days.known_years(session):
            click.echo(f"{year.year} {year.source}")
