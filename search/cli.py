"""`portal search`: ask, compare, rebuild."""

import json
import sys
from collections.abc import Iterable
from typing import Any

import click

from auth.queries import person_named
from portal.kernel.access import NOBODY, Actor
from portal.kernel.commands import with_runtime
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from search import queries, upkeep
from search.parts import Search

MOST = 1_000


@click.group("search", help=str(_("检索：查询、核对索引、重建索引。")))
def search() -> None:
    """The search's commands."""


@search.command("query", help=str(_("检索并输出结果；不写检索词时逐行读取标准输入。")))
@click.argument("text", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help=str(_("每个检索输出一行 JSON。")))
@click.option(
    "--limit",
    type=click.IntRange(0, MOST),
    default=20,
    show_default=True,
    help=str(_("最多输出多少条。")),
)
@click.option("--as", "username", default=None, help=str(_("以这个人的身份检索；不写则为公众。")))
@with_runtime
def query(
    runtime: Runtime, *, text: tuple[str, ...], as_json: bool, limit: int, username: str | None
) -> None:
    """Prints what the page would find."""
    actor = _actor(runtime, username)
    for each in [" ".join(text)] if text else (line.strip() for line in sys.stdin):
        found = _found(runtime, actor, each, limit)
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False))
        else:
            _print(found)


@search.command("verify", help=str(_("核对索引与数据库是否一致；不一致时以 1 结束。")))
@click.option("--repair", is_flag=True, help=str(_("请分发进程重新索引不一致的记录。")))
@click.option("--json", "as_json", is_flag=True, help=str(_("输出 JSON。")))
@with_runtime
def verify(runtime: Runtime, *, repair: bool, as_json: bool) -> None:
    """Compares every document."""
    report = upkeep.verify(runtime)
    if as_json:
        click.echo(json.dumps(report.counts))
    else:
        click.echo(
            str(
                _(
                    "文档 %(documents)s 条：缺少 %(missing)s，过时 %(stale)s，多余 %(extra)s，"
                    "等待处理 %(waiting)s。",
                    **report.counts,
                )
            )
        )
        for record_id in (*report.missing, *report.stale, *report.extra)[:20]:
            click.echo(f"  {record_id}")
    if report.is_equal:
        return
    if not repair:
        raise SystemExit(1)
    mended = upkeep.repair(runtime, report)
    click.echo(
        str(
            _(
                "已交分发进程重新索引 %(count)s 条；没有运行时请用 portal dispatch --drain。",
                count=mended,
            )
        ),
        err=True,
    )


@search.command("rebuild", help=str(_("重建索引；期间检索照常，改动不会丢失。")))
@with_runtime
def rebuild(runtime: Runtime) -> None:
    """Fills a new index and puts it in the place of the present one."""
    shown = sys.stderr.isatty()

    def progress(done: int, total: int) -> None:
        if shown:
            click.echo(f"\r{done}/{total}", nl=done >= total, err=True)

    count = upkeep.rebuild(runtime, progress=progress)
    click.echo(str(_("已重建索引，共 %(count)s 条。", count=count)))


def _actor(runtime: Runtime, username: str | None) -> Actor:
    if username is None:
        return NOBODY
    with runtime.database.reading() as session:
        return person_named(session, username)


def _found(runtime: Runtime, actor: Actor, text: str, limit: int) -> dict[str, Any]:
    result = queries.find(runtime, actor, queries.Asked(text, size=limit))
    scores = {hit.id: hit.score for hit in result.hits}
    with runtime.database.reading() as session:
        rows = queries.rows(session, runtime.part(Search), actor, list(scores), brief=True)
    return {
        "query": text,
        "total": result.total,
        "hits": [
            {
                "id": row.id,
                "code": row.code,
                "title": row.title,
                "unit": row.unit,
                "score": round(scores[row.id], 4),
            }
            for row in rows
        ],
    }


def _print(found: dict[str, Any]) -> None:
    click.echo(str(_("“%(query)s”：找到 %(total)s 条", query=found["query"], total=found["total"])))
    hits: Iterable[dict[str, Any]] = found["hits"]
    for hit in hits:
        click.echo(f"  {hit['code'] or '-':<20} {hit['title']}  {hit['unit']}")
