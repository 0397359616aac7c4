"""What an entry is found by, and under which values it is counted."""

import json

import pytest

from auth.models import UnitName
from catalog.entries.documents import documents
from catalog.entries.models import EntryVersion
from catalog.entries.rules import canonical
from portal.kernel.access import SYSTEM
from portal.kernel.outbox import OutboxRow
from portal.kernel.uow import unit_of_work
from search.document import SearchDocument
from tests.catalog.entries import making
from tests.catalog.entries.making import Made
from tests.world import World

DEEP = ["主题信息资源", "生态环保", "大气环境", "空气质量", "监测", "小时值"]


def document_of(world: World, made: Made) -> SearchDocument:
    with world.runtime.database.reading() as session:
        (found,) = documents(session, [made.id], {})
    return found


def test_every_level_of_its_category_counts_it(office: World) -> None:
    found = document_of(office, making.published(office, category=DEEP))
    counted = found.facets["category"]
    assert counted == tuple("/".join(DEEP[: n + 1]) for n in range(len(DEEP)))
    assert "小时值" in found.other
    assert "主题信息资源" not in found.other, "every entry is some information resource"


def test_what_a_file_calls_a_category_is_found_and_not_counted(office: World) -> None:
    made = making.published(office)
    with unit_of_work(office.runtime, SYSTEM) as uow:
        version = uow.session.get_one(EntryVersion, made.version_id)
        version.document = canonical({**json.loads(version.document), "category": ["城建"]})
        uow.audit("test.changed", "entry", made.id)
    found = document_of(office, made)
    assert found.facets["category"] == ()


def test_it_is_found_by_format_and_by_former_names_of_its_unit(office: World) -> None:
    resource = {"kind": "file", "name": "数据", "format": "CSV"}
    made = making.published(office, resources=[resource])
    with unit_of_work(office.runtime, SYSTEM) as uow:
        unit_id = str(making.entry_of(office, made).unit_id)
        uow.session.add(UnitName(unit_id=unit_id, name="济南市示例交通管理局"))
        uow.audit("test.changed", "unit", unit_id)
    found = document_of(office, made)
    assert {"csv", "济南市示例交通管理局"} <= set(found.other)


@pytest.mark.parametrize(
    ("is_published", "event"), [(True, "entry.draft_saved"), (False, "entry.changed")]
)
def test_a_draft_beside_a_published_version_changes_nothing_that_others_find(
    office: World, is_published: bool, event: str
) -> None:
    made = making.published(office) if is_published else making.draft(office)
    office.settle()
    making.edited(office, made, abstract="改过的摘要")
    with office.runtime.database.reading() as session:
        rows = session.query(OutboxRow).filter(OutboxRow.subject_id == made.id).all()
    waiting = {row.event for row in rows if row.state == "pending"}
    assert waiting == ({event} if not is_published else set())
