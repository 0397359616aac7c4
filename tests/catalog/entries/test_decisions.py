"""Publishing, returning, suspending, resuming, withdrawing: by the rules, one and many."""

from typing import Any

import pytest
from sqlalchemy import select

from catalog.entries.models import Entry, EntryVersion
from catalog.entries.services.review import (
    move_entries,
    move_entry,
    move_version,
    move_versions,
)
from catalog.entries.services.writing import create_entry, edit_entry
from portal.kernel.errors import Closed, Conflict, Invalid, Refused
from portal.kernel.uow import unit_of_work
from tests.world import World

DOCUMENT = {"title": "泉水温度观测记录", "abstract": "每日观测。", "items": [{"name": "水温"}]}


def _draft(world: World, username: str = "jinxian") -> tuple[str, str]:
    editor = world.person(username)
    with unit_of_work(world.runtime, editor) as uow:
        entry = create_entry(
            uow, unit_id=str(editor.unit_id), region_code="370100", document=dict(DOCUMENT)
        )
        return entry.id, str(entry.open_version_id)


def _step(world: World, username: str, version_id: str, key: str, comment: str = "") -> None:
    with unit_of_work(world.runtime, world.person(username)) as uow:
        move_version(uow, version_id=version_id, key=key, comment=comment)


def _entry(world: World, entry_id: str) -> Entry:
    with world.runtime.database.reading() as session:
        return session.scalars(select(Entry).where(Entry.id == entry_id)).one()


def test_a_published_entry_has_a_code_and_is_found_at_once(world: World) -> None:
    entry_id, version_id = _draft(world)
    _step(world, "jinxian", version_id, "submit")
    _step(world, "shuyu", version_id, "publish")
    world.settle()
    assert _entry(world, entry_id).code == "307000/000001"
    found = world.client().get("/search?q=泉水温度观测").get_data(as_text=True)
    assert f"/catalog/entries/{entry_id}" in found


def test_an_editor_cannot_publish(world: World) -> None:
    _entry_id, version_id = _draft(world)
    _step(world, "jinxian", version_id, "submit")
    with pytest.raises(Refused):
        _step(world, "jinxian", version_id, "publish")


def test_a_return_needs_a_reason_and_reaches_the_unit(world: World) -> None:
    _entry_id, version_id = _draft(world)
    _step(world, "jinxian", version_id, "submit")
    with pytest.raises(Invalid):
        _step(world, "shuyu", version_id, "return")
    _step(world, "shuyu", version_id, "return", "摘要太短")
    world.settle()
    assert "摘要太短" in world.client("jinxian").get("/messages").get_data(as_text=True)


def test_a_step_out_of_order_is_a_conflict(world: World) -> None:
    _entry_id, version_id = _draft(world)
    with pytest.raises(Conflict):
        _step(world, "shuyu", version_id, "publish")


def test_a_suspended_entry_leaves_search_and_says_why(world: World) -> None:
    entry_id, version_id = _draft(world)
    _step(world, "jinxian", version_id, "submit")
    _step(world, "shuyu", version_id, "publish")
    with unit_of_work(world.runtime, world.person("shuyu")) as uow:
        move_entry(uow, entry_id=entry_id, key="suspend", comment="数据有误")
    world.settle()
    found = world.client().get("/search?q=泉水温度观测记录").get_data(as_text=True)
    assert f"/catalog/entries/{entry_id}" not in found
    gone = world.client().get(f"/catalog/entries/{entry_id}")
    assert gone.status_code == 410
    assert "数据有误" in gone.get_data(as_text=True)


def test_each_of_many_decisions_has_its_own_outcome(world: World) -> None:
    _first_entry, first = _draft(world)
    _second_entry, second = _draft(world)
    _step(world, "jinxian", first, "submit")
    outcomes = move_versions(
        world.runtime, world.person("shuyu"), version_ids=[first, second], key="publish"
    )
    assert [outcome.error is None for outcome in outcomes] == [True, False]


def test_a_change_of_a_published_entry_is_a_new_version_and_the_old_stays(world: World) -> None:
    entry_id, version_id = _draft(world)
    _step(world, "jinxian", version_id, "submit")
    _step(world, "shuyu", version_id, "publish")
    with world.runtime.database.reading() as session:
        seen = session.get(EntryVersion, version_id)
        assert seen is not None
    changed = {**DOCUMENT, "title": "泉水温度观测记录（新）"}
    with unit_of_work(world.runtime, world.person("jinxian")) as uow:
        version = edit_entry(uow, entry_id=entry_id, document=changed, revision=seen.revision)
    assert _entry(world, entry_id).title == DOCUMENT["title"]
    _step(world, "jinxian", version.id, "submit")
    _step(world, "shuyu", version.id, "publish")
    assert _entry(world, entry_id).title == changed["title"]
    with world.runtime.database.reading() as session:
        old = session.get(EntryVersion, version_id)
        assert old is not None
        assert old.status == "superseded"


def test_a_stale_edit_is_a_conflict_with_both_sides(world: World) -> None:
    entry_id, version_id = _draft(world)
    with world.runtime.database.reading() as session:
        seen = session.get(EntryVersion, version_id)
        assert seen is not None
    editor = world.person("jinxian")
    with unit_of_work(world.runtime, editor) as uow:
        edit_entry(
            uow, entry_id=entry_id, document={**DOCUMENT, "abstract": "一"}, revision=seen.revision
        )
    with pytest.raises(Conflict) as caught, unit_of_work(world.runtime, editor) as uow:
        edit_entry(
            uow, entry_id=entry_id, document={**DOCUMENT, "abstract": "二"}, revision=seen.revision
        )
    sides: Any = caught.value.detail
    assert sides["mine"]["abstract"] == "二"
    assert sides["theirs"]["abstract"] == "一"


def test_decisions_tell_strangers_nothing_of_unpublished_work(world: World) -> None:
    entry_id, version_id = _draft(world)
    stranger = world.person("baotu")
    for outcomes in (
        move_versions(world.runtime, stranger, version_ids=[version_id], key="submit"),
        move_entries(
            world.runtime, stranger, entry_ids=[entry_id], key="suspend", comment="因测试"
        ),
    ):
        assert outcomes[0].title == ""
        assert "没有找到" in str(outcomes[0].error)


@pytest.mark.parametrize("waits", [False, True])
def test_nothing_of_a_withdrawn_entry_is_published_any_more(world: World, waits: bool) -> None:
    entry_id, version_id = _draft(world)
    _step(world, "jinxian", version_id, "submit")
    _step(world, "shuyu", version_id, "publish")
    with unit_of_work(world.runtime, world.person("jinxian")) as uow:
        revision = uow.session.get_one(EntryVersion, version_id).revision
        document = {**DOCUMENT, "abstract": "每周观测。"}
        second = edit_entry(uow, entry_id=entry_id, document=document, revision=revision).id
    if waits:
        _step(world, "jinxian", second, "submit")
    with unit_of_work(world.runtime, world.person("shuyu")) as uow:
        move_entry(uow, entry_id=entry_id, key="withdraw", comment="职责已取消")
    world.settle()
    with world.runtime.database.reading() as session:
        assert session.get_one(EntryVersion, second).status == ("returned" if waits else "draft")
    assert second not in world.client("shuyu").get("/catalog/reviews").get_data(as_text=True)
    with pytest.raises(Closed, match="已撤销"):
        _step(world, "jinxian", second, "submit")
    assert _entry(world, entry_id).standing == "withdrawn"
