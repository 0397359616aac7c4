"""Every event is heard or declared silent, and what hears it may hear it twice."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from auth.services import rename_unit
from catalog.entries.services.review import move_entry, move_version
from catalog.entries.services.writing import create_entry
from portal.kernel.access import SYSTEM
from portal.kernel.db import Base
from portal.kernel.events import Event
from portal.kernel.outbox import OutboxRow, delivery_of
from portal.kernel.runtime import Runtime
from portal.kernel.uow import UnitOfWork, unit_of_work
from search import upkeep
from search.parts import Search
from tests.world import World

PRODUCT = ("auth", "catalog", "governance", "portal", "search")
# The outbox and the trail tell what was done, so a second time adds to them.
TOLD = {"outbox", "audit"}


def declared(roots: Sequence[type[Event]] = (Event,)) -> Iterator[type[Event]]:
    """Every event class of the product; those that only others derive from have no subject."""
    for root in roots:
        for each in root.__subclasses__():
            yield from declared([each])
            # A dataclass with slots is made twice; the module has the one that counts.
            is_made = getattr(sys.modules[each.__module__], each.__name__, None) is each
            if is_made and each.subject_kind and each.__module__.startswith(PRODUCT):
                yield each


def unheard(names: set[str], runtime: Runtime) -> set[str]:
    """Events that nothing handles and no feature declares silent."""
    silent = {name for feature in runtime.features for name in feature.silent_events}
    return names - set(runtime.handlers) - silent


def test_every_event_is_heard_or_declared_silent(shared_world: World) -> None:
    names = {each.name for each in declared()}
    assert {"entry.changed", "unit.renamed", "search.stale"} <= names
    assert unheard(names, shared_world.runtime) == set()


def test_no_feature_declares_an_event_that_is_not_there(shared_world: World) -> None:
    names = {each.name for each in declared()}
    features = shared_world.runtime.features
    assert {name for f in features for name in f.silent_events} - names == set()
    assert set(shared_world.runtime.handlers) - names == set()


def test_an_event_that_nobody_hears_is_seen(shared_world: World) -> None:
    assert unheard({"entry.forgotten"}, shared_world.runtime) == {"entry.forgotten"}


def rows_of(runtime: Runtime) -> dict[str, list[tuple[Any, ...]]]:
    """All that the tables hold, but for what only tells."""
    with runtime.database.reading() as session:
        return {
            table.name: sorted(
                (tuple(map(str, row)) for row in session.execute(select(table))), key=str
            )
            for table in Base.metadata.sorted_tables
            if table.name not in TOLD
        }


def documents_of(runtime: Runtime) -> list[tuple[str, str]]:
    """What the index holds, without the sequence of its last writing."""
    return sorted(
        (each.id, each.digest) for page in runtime.part(Search).engine.versions() for each in page
    )


def hand_over_again(runtime: Runtime, rows: Sequence[OutboxRow]) -> None:
    """Every handler with all its deliveries once more, newest last, as after a crash."""
    handlers = {h.key: h for found in runtime.handlers.values() for h in found}
    for key in sorted({row.handler for row in rows}):
        mine = [delivery_of(row) for row in rows if row.handler == key]
        for start in range(0, len(mine), max(1, handlers[key].batch)):
            handlers[key].function(runtime, mine[start : start + max(1, handlers[key].batch)])
        if finish := handlers[key].finish:
            finish(runtime)


@dataclass
class Desk:
    """People at work on two entries of one unit."""

    world: World
    entries: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def work(self, username: str) -> Iterator[UnitOfWork]:
        with unit_of_work(self.world.runtime, self.world.person(username)) as uow:
            yield uow

    def write(self, name: str) -> None:
        unit_id = str(self.world.person("jinxian").unit_id)
        with self.work("jinxian") as uow:
            document = {"title": f"反复办理的目录{name}", "abstract": "示例。"}
            entry = create_entry(uow, unit_id=unit_id, region_code="370100", document=document)
            self.entries[name], self.versions[name] = entry.id, str(entry.open_version_id)

    def move(self, username: str, name: str, key: str) -> None:
        with self.work(username) as uow:
            move_version(uow, version_id=self.versions[name], key=key, comment="请写明来源。")

    def stand(self, name: str, key: str) -> None:
        with self.work("shuyu") as uow:
            move_entry(uow, entry_id=self.entries[name], key=key, comment="核对。")


@pytest.fixture
def busy_world(world: World) -> World:
    """A portal in which every event that has a handler has happened."""
    desk = Desk(world)
    for name in ("left", "gone"):
        desk.write(name)
        desk.move("jinxian", name, "submit")
    desk.move("shuyu", "left", "return")
    desk.move("shuyu", "gone", "publish")
    for key in ("suspend", "resume", "withdraw"):
        desk.stand("gone", key)
    with unit_of_work(world.runtime, SYSTEM) as uow:
        rename_unit(uow, str(world.person("jinxian").unit_id), name="济南市改名局")
    world.settle()
    return world


def test_every_handler_may_hear_everything_twice(busy_world: World) -> None:
    runtime = busy_world.runtime
    with runtime.database.reading() as session:
        rows = list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))
    assert {row.state for row in rows} == {"done"}
    handlers = {h.key for found in runtime.handlers.values() for h in found}
    assert handlers - {row.handler for row in rows} == set(), "never called here"
    before, found = rows_of(runtime), documents_of(runtime)
    hand_over_again(runtime, rows)
    busy_world.settle()
    after = rows_of(runtime)
    assert {name for name in before if before[name] != after[name]} == set()
    assert documents_of(runtime) == found
    assert upkeep.verify(runtime).is_equal
