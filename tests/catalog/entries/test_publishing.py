"""Publishing many first drafts together does what publishing each alone does."""

from typing import Any

import pytest
from sqlalchemy import event, select

from catalog.entries.models import Category, Entry, EntryItem, EntryResource
from catalog.entries.services.publishing import Categories, publish_drafts
from portal.kernel.access import SYSTEM
from portal.kernel.errors import Conflict, NotFound, PortalError
from portal.kernel.transitions import TransitionRow
from portal.kernel.uow import unit_of_work
from tests.catalog.entries.making import Made, draft, published
from tests.world import World

PATH = ["主题信息资源", "示例项", "示例目"]
OWN = {"id", "entry_id", "code", "current_version_id", "subject_id", "at", "created_at"}
OWN |= {
    "metadata_changed_at",
    "first_published_at",
    "actor_id",
    "actor_name",
    "revision",
    "comment",
}


def together(world: World, *made: Made, categories: Categories | None = None) -> None:
    with unit_of_work(world.runtime, SYSTEM) as uow:
        publish_drafts(uow, [one.version_id for one in made], categories or Categories())


def left_of(world: World, made: Made) -> list[Any]:
    """All that publishing writes of an entry, but for what is each entry's own."""
    with world.runtime.database.reading() as session:
        rows = list(session.scalars(select(Entry).where(Entry.id == made.id)))
        for model in (EntryItem, EntryResource):
            parts = select(model).where(model.entry_id == made.id).order_by(model.position)
            rows += session.scalars(parts)
        steps = TransitionRow.subject_id.in_([made.id, made.version_id])
        rows += session.scalars(select(TransitionRow).where(steps).order_by(TransitionRow.id))
        return [
            {c.name: getattr(row, c.name) for c in row.__table__.columns if c.name not in OWN}
            for row in rows
        ]


def entry_of(world: World, made: Made) -> Entry:
    with world.runtime.database.reading() as session:
        return session.get_one(Entry, made.id)


def test_what_is_published_together_is_as_if_it_were_alone(office: World) -> None:
    alone = published(office, category=PATH)
    first, second = draft(office, category=PATH), draft(office, category=PATH)
    together(office, first, second)
    assert left_of(office, first) == left_of(office, second) == left_of(office, alone)
    codes = [str(entry_of(office, made).code) for made in (alone, first, second)]
    numbers = [int(code.partition("/")[2]) for code in codes]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


def test_one_that_may_not_go_holds_all_back(office: World) -> None:
    fine = draft(office)
    bad = draft(office, items=[{"name": "身份证", "sensitive": True}])
    with pytest.raises(PortalError):
        together(office, fine, bad)
    assert entry_of(office, fine).standing == "unpublished"


def test_an_entry_that_was_published_before_is_not_for_this(office: World) -> None:
    with pytest.raises(Conflict):
        together(office, published(office))


def test_a_draft_that_is_not_there_is_not_found(office: World) -> None:
    with unit_of_work(office.runtime, SYSTEM) as uow, pytest.raises(NotFound):
        publish_drafts(uow, ["nothing"], Categories())


def test_a_node_of_the_tree_is_asked_for_once(office: World) -> None:
    categories = Categories()
    together(office, draft(office, category=PATH), categories=categories)
    made = [draft(office, category=PATH) for _time in range(5)]
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    engine = office.runtime.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        together(office, *made, categories=categories)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert not [statement for statement in said if "FROM category" in statement]
    with office.runtime.database.reading() as session:
        found = session.scalars(select(Category.id).where(Category.name == PATH[-1])).all()
    assert {entry_of(office, one).category_id for one in made} == set(found)


def test_many_take_hardly_more_statements_than_few(office: World) -> None:
    counted = []
    for number in (2, 12):
        made = [draft(office) for _time in range(number)]
        said: list[str] = []

        def note(*given: Any, told: list[str] = said) -> None:
            told.append(given[2])

        engine = office.runtime.database.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            together(office, *made)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        counted.append(len([s for s in said if "transition_log" not in s]))
    assert counted[1] - counted[0] <= 2 * 10  # each entry and each version is written once
