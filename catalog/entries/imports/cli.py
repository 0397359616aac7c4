"""`portal catalog import` and `portal catalog form`."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import click

from auth.queries import person_named, the_unit, units
from catalog.entries.cli import catalog
from catalog.entries.imports.at_work import AtWork, finder_of, options_of
from catalog.entries.imports.commanded import commanded
from catalog.entries.imports.drafts import Problem
from catalog.entries.imports.ending import ends_told
from catalog.entries.imports.entering import enter_units
from catalog.entries.imports.examining import keep_units, look_ahead, named_units
from catalog.entries.imports.filing import drop_secret_file, keep_report, write_report
from catalog.entries.imports.forms import write_blank_form
from catalog.entries.imports.models import ImportBatch
from catalog.entries.imports.publishing import unpublished
from catalog.entries.imports.queries import all_problems, broken_off, waiting
from catalog.entries.imports.reading import Reading, read_file
from catalog.entries.imports.report import report_of, write_json
from catalog.entries.imports.returned import Sent, write_returned
from catalog.entries.imports.running import counts_in, import_reading
from catalog.entries.imports.services import BatchOptions, SentFile, check_region, new_batch
from portal.kernel import clock
from portal.kernel.commands import operator, with_runtime
from portal.kernel.errors import Invalid
from portal.kernel.jobs import Cancelled
from portal.kernel.runtime import Runtime
from portal.kernel.text import Text, _
from portal.kernel.uow import unit_of_work

_SHOWN, _MOST_NAMED, _LONGEST_LABEL = 20, 40, 40


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for, besides the file."""

    unit: str | None
    region: str | None
    pairs: tuple[str, ...]
    dry_run: bool
    as_json: bool
    publish: bool
    new_units: bool
    report: Path | None


class Bar:
    """A progress bar on a terminal, silence elsewhere."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._in_line = False

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None:
        if not sys.stderr.isatty():
            return
        if total is None:  # nobody knows yet how many there are
            self.close()
            click.echo(f"\r{words or done}\x1b[K", err=True, nl=False)
            self._in_line = True
            return
        if self._bar is None:
            self._end_line()
            self._bar = click.progressbar(length=total, file=sys.stderr)
            self._bar.__enter__()
        self._bar.update(max(0, done - self._bar.pos))

    def _end_line(self) -> None:
        if self._in_line:
            click.echo(err=True)
            self._in_line = False

    def check_cancelled(self) -> None:
        """A command is stopped by its terminal."""

    def close(self) -> None:
        """Ends what is shown, so that other words have a line of their own."""
        self._end_line()
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None


@catalog.command("import", help=str(_("导入部门报来的目录文件（.xlsx、.xls、.csv、.json）。")))
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--unit", help=str(_("没有写明单位的行属于哪个单位（名称或统一社会信用代码）。")))
@click.option("--region", help=str(_("文件所属的行政区划代码；不写则为本市。")))
@click.option("--dry-run", is_flag=True, help=str(_("只报告会发生什么，什么也不写入。")))
@click.option("--json", "wants_json", is_flag=True, help=str(_("以 JSON 输出报告。")))
@click.option(
    "--map", "pairs", multiple=True, metavar=str(_("列=字段")), help=str(_("指定一列对应的字段。"))
)
@click.option("--publish", is_flag=True, help=str(_("导入后提交并发布。")))
@click.option("--new-units", is_flag=True, help=str(_("确认新建文件里有而门户里没有的单位。")))
@click.option("--report", type=click.Path(path_type=Path), help=str(_("问题报告写到哪个文件。")))
@click.option("--as", "username", help=str(_("以这个人的身份和权限操作；不写则为系统运维。")))
@with_runtime
def import_file(runtime: Runtime, path: Path, username: str | None, **given: Any) -> None:
    wishes = Wishes(
        unit=given["unit"],
        region=given["region"],
        pairs=given["pairs"],
        dry_run=given["dry_run"],
        as_json=given["wants_json"],
        publish=given["publish"],
        new_units=given["new_units"],
        report=given["report"],
    )
    if wishes.report is not None:
        _check_writable(wishes.report)
    actor = operator()
    if username is not None:
        with runtime.database.reading() as session:
            actor = person_named(session, username)
    options = _options(runtime, wishes)
    batch = ImportBatch(
        id="",
        region_code=options.region_code,
        default_unit_id=options.default_unit_id,
        overrides=dict(options.overrides),
    )
    bar = Bar()
    with _watched(bar):
        work = AtWork(runtime, actor, bar)
        with read_file(path, options_of(work, batch)) as reading:
            if wishes.dry_run:
                _look(work, path, reading, wishes=wishes, batch=batch)
            else:
                _import(work, path, reading, wishes=wishes, options=options)


@contextmanager
def _watched(bar: Bar) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, Cancelled):
        bar.close()
        click.echo(str(_("已停止。导入完的部分都已保存，再次运行同一命令会接着导入。")), err=True)
        raise SystemExit(130) from None
    finally:
        bar.close()


def _options(runtime: Runtime, wishes: Wishes) -> BatchOptions:
    overrides = dict(_pair(pair) for pair in wishes.pairs)
    check_region(wishes.region or runtime.settings.region_code)
    unit_id = None
    if wishes.unit:
        with runtime.database.reading() as session:
            unit_id = the_unit(session, wishes.unit).id
    return BatchOptions(
        region_code=wishes.region or runtime.settings.region_code,
        default_unit_id=unit_id,
        overrides=overrides,
        publish=wishes.publish,
    )


def _check_writable(path: Path) -> None:
    """Said before the work and not after it: where what is asked for cannot be written."""
    folder = path.absolute().parent
    if path.is_dir():
        raise Invalid(_("%(path)s 是文件夹。请写明文件名。", path=path))
    if not folder.is_dir():
        raise Invalid(_("不能写 %(path)s：没有文件夹 %(folder)s。", path=path, folder=folder))
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise Invalid(_("不能写 %(path)s：没有权限。请换一个位置。", path=path))


def _pair(text: str) -> tuple[str, str]:
    source, sign, field = text.rpartition("=")
    if not sign or not source:
        raise Invalid(_("“%(text)s”不是“列=字段”的写法，例如 --map 名称=title。", text=text))
    return source, field


def _look(
    work: AtWork, path: Path, reading: Reading, *, wishes: Wishes, batch: ImportBatch
) -> None:
    """What the import would do; nothing is written but the report that was asked for."""
    with work.runtime.database.reading() as session:
        finder = finder_of(session, batch, work.actor)
    outlook = look_ahead(work, reading, finder)
    work.monitor.close()  # type: ignore[attr-defined]
    if wishes.report is not None:
        sent = Sent(path, reading.source, reading.folder, reading.secret_rows())
        write_returned(sent, reading.problems, wishes.report)
    _tell(report_of(reading, outlook.counts, outlook.waiting), reading.problems(), wishes)


def _import(
    work: AtWork, path: Path, reading: Reading, *, wishes: Wishes, options: BatchOptions
) -> None:
    bar = work.monitor
    with unit_of_work(work.runtime, work.actor) as uow:
        batch = new_batch(uow, SentFile(path.name, path.stat().st_size), options)
    _tell_broken_off(work, batch)
    with commanded(replace(work, batch_id=batch.id)) as run, ends_told(run.runtime, batch.id):
        _confirm_units(run, reading, wishes)
        batch = import_reading(run, reading, partial(keep_report, run, path, reading))
        bar.close()  # type: ignore[attr-defined]
        drop_secret_file(run, reading)
    if wishes.report is not None:
        write_report(run, path, reading, wishes.report)
    with work.runtime.database.reading() as session:
        report = report_of(reading, counts_in(batch), waiting(session, batch.id))
    report["published"], report["missing"] = batch.published_count, batch.missing_count
    report["batch"] = batch.id
    if wishes.publish:
        with work.runtime.database.reading() as session:
            report["unpublished"] = unpublished(session, batch.id)
    _tell(report, all_problems(work.runtime.database, batch.id), wishes)
    if wishes.publish and not batch.published_count and report["unpublished"]:
        raise SystemExit(1)  # what was asked for was not done; the problems say why


def _tell_broken_off(work: AtWork, batch: ImportBatch) -> None:
    """A word on an earlier import of the same file whose process is gone."""
    with work.runtime.database.reading() as session:
        before = broken_off(session, work.actor, batch)
    if before is not None:
        _say(
            _(
                "这个文件 %(at)s 的导入中断了，停在第 %(n)s 条。现在从头核对，已导入的不会重复。",
                at=f"{clock.local(before.created_at):%Y-%m-%d %H:%M}",
                n=before.next_seq,
            )
        )


def _confirm_units(work: AtWork, reading: Reading, wishes: Wishes) -> None:
    """Unknown units are proposed; they are entered only when the operator says so."""
    with work.runtime.database.reading() as session:
        batch = session.get_one(ImportBatch, work.batch_id)
        named = named_units(reading, finder_of(session, batch, work.actor))
    with unit_of_work(work.runtime, work.actor) as uow:
        keep_units(uow, uow.lock(ImportBatch, work.batch_id), named)
    unknown = [unit for unit in named if unit.is_unknown]
    if not unknown:
        return
    _say(_("门户里没有文件所写的 %(n)s 个单位：", n=len(unknown)))
    for unit in unknown[:_SHOWN]:
        owner = unit.owner
        _say(
            _(
                "  %(region)s %(name)s（%(n)s 条）",
                region=owner.region,
                name=owner.name,
                n=unit.entries,
            )
        )
    question = str(_("新建这些单位？"))
    if wishes.new_units or (sys.stdin.isatty() and click.confirm(question, err=True)):
        made = enter_units(work.runtime, operator(), work.batch_id)
        _say(_("已新建 %(n)s 个单位。", n=made))
    else:
        _say(
            _(
                "这些单位的目录不会导入。确认新建请加 --new-units，"
                "或在门户的导入页面对应到已有单位。"
            )
        )


def _say(words: Text) -> None:
    click.echo(str(words), err=True)


def _tell(report: dict[str, Any], problems: Iterator[Problem], wishes: Wishes) -> None:
    if wishes.as_json:
        write_json(sys.stdout, report, problems)
        return
    records, waits = report["records"], report["waiting"]
    click.echo(
        str(
            _(
                "共 %(read)s 行：新增 %(new)s，修改 %(changed)s，未变 %(unchanged)s，"
                "合并 %(merged)s，拒收 %(refused)s。",
                **records,
            )
        )
    )
    if waits["units"]:
        click.echo(str(_waiting_words(waits, is_done="batch" in report)))
    if unmapped := report["unmapped"]:
        named = "、".join(name[:_LONGEST_LABEL] for name in unmapped[:_MOST_NAMED])
        named += "…" if len(unmapped) > _MOST_NAMED else ""
        click.echo(str(_("没有对应的列：%(columns)s", columns=named)))
    if wishes.publish and "published" in report:
        click.echo(str(_published_words(report["published"], report["unpublished"])))
    if report.get("missing"):
        click.echo(str(_("文件里没有而以前导入过的目录：%(n)s 条。", n=report["missing"])))
    for problem in islice(problems, _SHOWN):
        where = f"{problem.column}：" if problem.column else ""
        said = _("第 %(row)s 行：%(reason)s", row=problem.row, reason=f"{where}{problem.reason}")
        click.echo(str(said))
    rest = sum(1 for _problem in problems)
    if rest:
        click.echo(str(_("还有 %(n)s 个问题，用 --json 或 --report FILE 查看全部。", n=rest)))


def _published_words(published: int, unpublished: int) -> Text:
    if not unpublished:
        return _("已发布 %(n)s 条。", n=published)
    counted = {"n": published, "rest": unpublished}
    return _("已发布 %(n)s 条；%(rest)s 条没有发布，留作草稿，原因见问题。", **counted)


def _waiting_words(waiting: Mapping[str, int], *, is_done: bool) -> Text:
    counted = {"n": waiting["records"], "units": waiting["units"]}
    if is_done:
        return _("拒收的目录里，%(n)s 条属于没有确认的 %(units)s 个单位。", **counted)
    return _(
        "其中 %(n)s 条属于待确认的 %(units)s 个单位：上面按确认新建计算；"
        "不加 --new-units，这些目录就会拒收。",
        **counted,
    )


@catalog.command("form", help=str(_("写出空白的目录填报表（.xlsx）。")))
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--without-categories", is_flag=True, help=str(_("不带 26 级分类的列。")))
@with_runtime
def form(runtime: Runtime, path: Path, *, without_categories: bool) -> None:
    with runtime.database.reading() as session:
        names = [unit.name for unit in units(session)]
    _check_writable(path)
    write_blank_form(path, names, categories=not without_categories)
    click.echo(str(path))
