"""`portal catalog`: decisions on entries, one or many, by command."""

import click

from auth.queries import person_named
from catalog.entries.services import review
from portal.kernel.access import Actor
from portal.kernel.commands import operator, with_runtime
from portal.kernel.runtime import Runtime
from portal.kernel.text import _

AS_HELP = str(_("以这个人的身份和权限操作；不写则为系统运维。"))
REASON_HELP = str(_("理由，会记入办理记录。"))


@click.group("catalog", help=str(_("数据目录：导入、表单、发布、退回、暂停、恢复、撤销。")))
def catalog() -> None:
    """The catalog's commands."""


def _actor(runtime: Runtime, username: str | None) -> Actor:
    if username is None:
        return operator()
    with runtime.database.reading() as session:
        return person_named(session, username)


def _report(outcomes: list[review.Outcome]) -> None:
    for outcome in outcomes:
        click.echo(f"{outcome.id} {outcome.title} {outcome.error or _('完成')}")
    if any(outcome.error for outcome in outcomes):
        raise SystemExit(1)


def _declare(name: str, help_text: str, *, of_versions: bool) -> None:
    """One command per decision; all of them take ids, a reason and a person."""

    @catalog.command(name, help=help_text)
    @click.argument("ids", nargs=-1, required=True)
    @click.option("--reason", default="", help=REASON_HELP)
    @click.option("--as", "username", default=None, help=AS_HELP)
    @with_runtime
    def decide(runtime: Runtime, ids: tuple[str, ...], reason: str, username: str | None) -> None:
        actor = _actor(runtime, username)
        if of_versions:
            _report(review.move_versions(runtime, actor, version_ids=ids, key=name, comment=reason))
        else:
            _report(review.move_entries(runtime, actor, entry_ids=ids, key=name, comment=reason))


_declare("submit", str(_("提交版本审核。")), of_versions=True)
_declare("publish", str(_("发布待审核的版本。")), of_versions=True)
_declare("return", str(_("退回待审核的版本，须写理由。")), of_versions=True)
_declare("suspend", str(_("暂停目录，须写理由。")), of_versions=False)
_declare("resume", str(_("恢复暂停的目录，须写理由。")), of_versions=False)
_declare("withdraw", str(_("撤销目录，须写理由。")), of_versions=False)
