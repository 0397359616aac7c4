"""`portal catalog`: decisions on entries, one or many, by command."""

from collections.abc import Callable, Sequence

import click
from sqlalchemy.orm import Session

from auth.queries import person_named
from catalog.entries.queries.meant import Meant, meant_entry, meant_version
from catalog.entries.services import review
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel.access import Actor
from portal.kernel.commands import operator, with_runtime
from portal.kernel.errors import Invalid
from portal.kernel.runtime import Runtime
from portal.kernel.text import Text, _
from portal.kernel.transitions import COMMENT_LIMIT
from portal.kernel.workflow import Transition, Workflow

AS_HELP = str(_("以这个人的身份和权限操作；不写则为系统运维。"))
REASON_HELP = str(_("理由，会记入办理记录。"))

Find = Callable[[Session, str], Meant]


@click.group("catalog", help=str(_("数据目录：导入、表单、发布、退回、暂停、恢复、撤销。")))
def catalog() -> None:
    """The catalog's commands."""


def _actor(runtime: Runtime, username: str | None) -> Actor:
    if username is None:
        return operator()
    with runtime.database.reading() as session:
        return person_named(session, username)


def _check_reason(transition: Transition, reason: str) -> None:
    """What is wrong with the reason is wrong for all: said once, before anything is done."""
    if transition.needs_comment and not reason.strip():
        raise Invalid(
            _(
                "没有写理由，什么都没有做。请加上 --reason，写明“%(step)s”的理由。",
                step=transition.label,
            )
        )
    if len(reason) > COMMENT_LIMIT:
        raise Invalid(
            _(
                "理由最多 %(limit)s 个字，现为 %(length)s 个。",
                limit=COMMENT_LIMIT,
                length=len(reason),
            )
        )


def _meant(runtime: Runtime, words: Sequence[str], find: Find) -> list[Meant]:
    with runtime.database.reading() as session:
        return [find(session, word) for word in dict.fromkeys(words)]


def _report(step: Text, found: Sequence[Meant], outcomes: Sequence[review.Outcome]) -> None:
    """A line for each word in the order given, then how many were done; fails if any was not."""
    known = {outcome.id: outcome for outcome in outcomes}
    failed = 0
    for meant in found:
        outcome = known.get(meant.id or "")
        error = outcome.error if outcome else meant.reason
        failed += error is not None
        name = f"{meant.word} {outcome.title if outcome else ''}".strip()
        said = error or _("已%(step)s。", step=step)
        click.echo(_("%(what)s：%(words)s", what=name, words=said), err=error is not None)
    done = len(found) - failed
    click.echo(
        _(
            "%(step)s：完成 %(done)s 件，没有完成 %(failed)s 件。",
            step=step,
            done=done,
            failed=failed,
        )
    )
    if failed:
        raise SystemExit(1)


def _declare(workflow: Workflow, key: str, help_text: Text) -> None:
    """One command per decision; all of them take what is meant, a reason and a person."""
    transition = next(each for each in workflow.transitions if each.key == key)
    of_versions = workflow is VERSION_WORKFLOW

    @catalog.command(key, help=str(help_text))
    @click.argument("ids", nargs=-1, required=True)
    @click.option("--reason", default="", help=REASON_HELP)
    @click.option("--as", "username", default=None, help=AS_HELP)
    @with_runtime
    def decide(runtime: Runtime, ids: tuple[str, ...], reason: str, username: str | None) -> None:
        _check_reason(transition, reason)
        actor = _actor(runtime, username)
        found = _meant(runtime, ids, meant_version if of_versions else meant_entry)
        known = list(dict.fromkeys(meant.id for meant in found if meant.id))
        outcomes = (
            review.move_versions(runtime, actor, version_ids=known, key=key, comment=reason)
            if of_versions
            else review.move_entries(runtime, actor, entry_ids=known, key=key, comment=reason)
        )
        _report(transition.label, found, outcomes)


_declare(
    VERSION_WORKFLOW,
    "submit",
    _("提交审核。IDS：目录的编号或代码，或版本的编号；可写多个。"),
)
_declare(
    VERSION_WORKFLOW,
    "publish",
    _("发布待审核的版本。IDS：目录的编号或代码，或版本的编号；可写多个。"),
)
_declare(
    VERSION_WORKFLOW,
    "return",
    _("退回待审核的版本，须写理由。IDS：目录的编号或代码，或版本的编号；可写多个。"),
)
_declare(STANDING_WORKFLOW, "suspend", _("暂停目录，须写理由。IDS：目录的编号或代码；可写多个。"))
_declare(
    STANDING_WORKFLOW, "resume", _("恢复暂停的目录，须写理由。IDS：目录的编号或代码；可写多个。")
)
_declare(
    STANDING_WORKFLOW,
    "withdraw",
    _("撤销目录，须写理由，撤销后不能恢复。IDS：目录的编号或代码；可写多个。"),
)
