"""The same code on PostgreSQL and Elasticsearch: written, reviewed, found, suspended, verified."""

import pytest

from catalog.entries.services.review import move_entry, move_version
from catalog.entries.services.writing import create_entry
from portal.kernel.uow import unit_of_work
from search.parts import Search
from tests.world import World

pytestmark = [pytest.mark.postgresql, pytest.mark.elasticsearch]
TITLE = "泉城驿站开放时间登记"


def _published(world: World) -> str:
    editor = world.person("jinxian")
    with unit_of_work(world.runtime, editor) as uow:
        entry = create_entry(
            uow, unit_id=str(editor.unit_id), region_code="370100", document={"title": TITLE}
        )
        entry_id, version_id = entry.id, str(entry.open_version_id)
    for who, step in (("jinxian", "submit"), ("shuyu", "publish")):
        with unit_of_work(world.runtime, world.person(who)) as uow:
            move_version(uow, version_id=version_id, key=step)
    world.settle()
    return entry_id


def test_every_sample_entry_is_in_the_index(city_world: World) -> None:
    health = city_world.runtime.part(Search).engine.health()
    assert health.engine == "elasticsearch"
    assert health.documents > 300


def test_the_pages_answer(city_world: World) -> None:
    for address in ("/", "/search?q=公交", "/units", "/catalog/categories", "/health/ready"):
        assert city_world.client().get(address).status_code == 200, address


def test_a_published_entry_is_found_and_a_suspended_one_is_not(city_world: World) -> None:
    entry_id = _published(city_world)
    address = f"/search?q={TITLE}"
    assert entry_id in city_world.client().get(address).get_data(as_text=True)
    with unit_of_work(city_world.runtime, city_world.person("shuyu")) as uow:
        move_entry(uow, entry_id=entry_id, key="suspend", comment="核对中")
    city_world.settle()
    assert f"/catalog/entries/{entry_id}" not in city_world.client().get(address).get_data(
        as_text=True
    )
