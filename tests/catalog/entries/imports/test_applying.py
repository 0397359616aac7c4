"""What an import writes is what people's own steps write: rows, events, trail."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from catalog.entries.imports import running
from catalog.entries.imports.models import ImportLink
from catalog.entries.models import CodeSequence, Entry, EntryVersion
from catalog.entries.services.writing import create_entry
from portal.kernel import clock
from portal.kernel.audit import AuditRow
from portal.kernel.outbox import BULK, OutboxRow
from portal.kernel.uow import unit_of_work
from tests.catalog.entries.imports.office import Office
from tests.catalog.entries.imports.test_running import counts, file_of, named

# differ by nature: identity, what the file names beside, and when
OWN = {"id", "open_version_id", "batch_id", "entry_id", "unit_id", "title", "title_norm"}
OWN |= {"title_key", "document", "sha256"}


def columns(record: Any) -> dict[str, Any]:
    return {c.name: getattr(record, c.name) for c in record.__table__.columns if c.name not in OWN}


def test_an_imported_entry_has_the_rows_of_one_made_by_hand(office: Office) -> None:
    actor = office.person("editor")
    path = file_of(office, {"数据更新时间": "2023-05-24", "标签": "停车", "主题": "交通运输"})
    with clock.frozen(clock.now()):
        office.bring_in(path, actor)
        (brought,) = office.entries()
        (draft,) = office.versions(brought.id)
        document = json.loads(draft.document)
        document["title"] = "手工录入"
        with unit_of_work(office.runtime, actor) as uow:
            made = create_entry(
                uow,
                unit_id=office.units["济南市城市管理局"],
                region_code="370100",
                document=document,
            )
        made_id = made.id
    with office.reading() as session:
        made = session.get_one(Entry, made_id)
        assert columns(brought) == columns(made)
        assert columns(draft) == columns(session.get_one(EntryVersion, made.open_version_id))
        assert made.open_version_id
        assert brought.open_version_id == draft.id


def test_each_new_entry_is_told_once_down_the_slow_lane(office: Office) -> None:
    batch = office.bring_in(file_of(office, *named("甲", "乙", "丙")))
    with office.reading() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.event == "entry.changed")).all()
        trail = session.scalars(select(AuditRow).where(AuditRow.subject_id == batch.id)).all()
    ids = sorted(entry.id for entry in office.entries())
    assert sorted({row.subject_id for row in rows}) == ids
    assert {row.lane for row in rows} == {BULK}
    assert len({(row.handler, row.subject_id) for row in rows}) == len(rows)
    created = [act for act in trail if act.action == "import.created"]
    assert sorted(act.detail["entries"] for act in created) == [ids]


def test_the_numbering_goes_on_above_every_code_that_a_file_brought(office: Office) -> None:
    records = [{"目录名称": f"表{n}", "信息资源代码": f"307012/{n:06}"} for n in (7, 41, 12)]
    office.bring_in(file_of(office, *records))
    with office.reading() as session:
        (row,) = session.scalars(select(CodeSequence))
    assert (row.region_code, row.prefix, row.last) == ("370100", "307012", 41)


def test_what_is_remembered_by_two_imports_is_remembered_once(office: Office) -> None:
    path = file_of(office, {})
    office.bring_in(path)
    office.bring_in(path)
    with office.reading() as session:
        assert session.scalar(select(func.count()).select_from(ImportLink)) == 1


def test_two_imports_of_the_same_rows_at_once_enter_them_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(office, *named("甲", "乙", "丙"))
    whole, faster = running.prepared, []

    def late(*given: Any) -> Any:
        if not faster:  # decided, not yet written: the other import is through by now
            faster.append(None)
            faster[0] = office.bring_in(path)
        return whole(*given)

    monkeypatch.setattr(running, "prepared", late)
    batch = office.bring_in(path)
    assert (counts(faster[0]), counts(batch)) == ((3, 0, 0, 0, 0), (0, 0, 3, 0, 0))
    assert [entry.title for entry in office.entries()] == ["丙", "乙", "甲"]


def test_an_import_goes_unit_by_unit_in_the_order_of_the_file(office: Office) -> None:
    units = ("济南市教育局", "济南市公安局", "济南市教育局", "济南市公安局")
    path = file_of(
        office, *({"目录名称": f"表{n}", "提供部门": unit} for n, unit in enumerate(units))
    )
    office.bring_in(path)
    by_id = sorted(office.entries(), key=lambda entry: entry.id)
    assert [entry.title for entry in by_id] == ["表0", "表2", "表1", "表3"]
