"""Decisions by command: one and many, by id and by code, with a sentence for everything refused."""

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from catalog.entries.cli import catalog
from catalog.entries.models import Entry
from portal.kernel.access import SYSTEM
from portal.kernel.commands import Invocation
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.transitions import steps_of
from portal.kernel.uow import unit_of_work
from tests.catalog.entries import making
from tests.world import World


def portal(world: World, *arguments: str) -> Result:
    return CliRunner().invoke(
        catalog, list(arguments), obj=Invocation(lambda: world.runtime), catch_exceptions=True
    )


def test_a_version_is_published_by_its_id_its_entry_or_its_code(office: World) -> None:
    first, second, third = (making.submitted(office, title=f"命令{n}") for n in "一二三")
    done = portal(office, "publish", first.version_id, second.id, "--as", "shuyu")
    assert done.exit_code == 0
    assert f"{first.version_id} 命令一：已发布。" in done.stdout
    assert f"{second.id} 命令二：已发布。" in done.stdout
    assert "完成 2 件，没有完成 0 件" in done.stdout
    assert done.stderr == ""
    assert making.entry_of(office, third).standing == "unpublished"
    code = str(making.entry_of(office, first).code)
    assert portal(office, "suspend", code, "--reason", "口径有误").exit_code == 0
    with office.runtime.database.reading() as session:
        step = steps_of(session, "entry", first.id)[0]
    assert (step.transition, step.comment, step.actor_id) == ("suspend", "口径有误", None)


def test_each_of_many_has_its_outcome_and_the_command_fails_when_one_does(office: World) -> None:
    good, bad = making.submitted(office), making.draft(office)
    words = ["publish", good.id, "没有这条", bad.id, good.id, "--as", "shuyu"]
    done = portal(office, *words)
    assert done.exit_code == 1
    assert done.stdout.count("已发布") == 1
    assert "没有编号或代码为“没有这条”的目录" in done.stderr
    assert "现在是“草稿”，不能“发布”" in done.stderr
    assert "完成 1 件，没有完成 2 件" in done.stdout
    assert making.entry_of(office, good).standing == "published"


@pytest.mark.parametrize(
    ("username", "words"),
    [
        ("jinxian", "您没有“发布”的权限"),
        ("baotu", "没有找到这个版本"),
        ("xiaolu", "没有找到这个版本"),
        ("pipa", "没有找到这个版本"),
    ],
)
def test_who_may_not_is_told_so_and_learns_no_title(
    office: World, username: str, words: str
) -> None:
    made = making.submitted(office, title="不给别人看的题目")
    done = portal(office, "publish", made.version_id, "--as", username)
    assert done.exit_code == 1
    assert words in done.stderr
    assert ("不给别人看的题目" in done.output) is (username == "jinxian")
    assert making.version_of(office, made).status == "bureau_review"


@pytest.mark.parametrize("key", ["return", "suspend", "resume", "withdraw"])
@pytest.mark.parametrize("reason", [(), ("--reason", " "), ("--reason", "长" * 1001)])
def test_a_missing_or_endless_reason_is_told_once_before_anything_is_done(
    office: World, key: str, reason: tuple[str, ...]
) -> None:
    made = making.submitted(office)
    done = portal(office, key, made.id, made.version_id, *reason, "--as", "shuyu")
    assert isinstance(done.exception, Invalid)
    assert "理由" in str(done.exception)
    assert making.version_of(office, made).status == "bureau_review"


def test_an_unknown_person_is_told_before_anything_is_done(office: World) -> None:
    made = making.submitted(office)
    done = portal(office, "publish", made.id, "--as", "没有这个人")
    assert isinstance(done.exception, NotFound)
    assert "没有这个人" in str(done.exception)
    assert making.version_of(office, made).status == "bureau_review"


def test_more_than_a_page_of_entries_are_all_moved(office: World) -> None:
    known = [making.published(office).id for _number in range(3)]
    nobody = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(250)]
    done = portal(office, "suspend", *nobody, *known, "--reason", "清理")
    assert "完成 3 件，没有完成 250 件" in done.stdout


def test_a_code_of_several_regions_is_asked_for_by_id(office: World) -> None:
    first, second = making.published(office), making.published(office)
    code = str(making.entry_of(office, first).code)
    with unit_of_work(office.runtime, SYSTEM) as uow:
        changed = update(Entry).where(Entry.id == second.id)
        uow.session.execute(changed.values(region_code="370102", code=code))
    done = portal(office, "suspend", code, "--reason", "清理")
    assert done.exit_code == 1
    assert "几个区划" in done.stderr
    assert making.entry_of(office, first).standing == "published"
    assert portal(office, "suspend", second.id, "--reason", "清理").exit_code == 0


def test_every_command_says_what_it_takes() -> None:
    for key in ("submit", "publish", "return", "suspend", "resume", "withdraw"):
        shown = CliRunner().invoke(catalog, [key, "--help"]).stdout
        assert "IDS" in shown
        assert "--reason" in shown
