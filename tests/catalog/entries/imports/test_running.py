"""Files become drafts of their units: matched, versioned, refused, gone on with after a break."""

import json
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from auth.models import Unit
from catalog.entries.imports.models import ImportRow
from catalog.entries.imports.queries import batch_view, batches, units_of, unknown_units
from catalog.entries.imports.running import run
from catalog.entries.imports.services import ask_import, choose_units, enter_units
from catalog.entries.services.review import move_version
from catalog.entries.services.writing import create_entry, edit_entry
from portal.kernel.access import SYSTEM
from portal.kernel.db import Base
from portal.kernel.errors import Invalid, NotFound, Refused
from portal.kernel.files import content_path
from portal.kernel.files import file_of as file_of_id
from portal.kernel.jobs import Cancelled
from portal.kernel.uow import unit_of_work
from tests.catalog.entries.imports.files import write_json
from tests.catalog.entries.imports.office import Office, Silent

RECORD = {
    "目录名称": "停车场信息",
    "提供部门": "济南市城市管理局",
    "更新频率": "每月",
    "开放类型": "无条件开放",
    "数据格式": "xls",
    "cata_items": "名称|泊位",
}


def file_of(office: Office, *records: dict[str, Any], name: str = "a.json") -> Path:
    return write_json(office.folder / name, [{**RECORD, **record} for record in records])


def named(*titles: str) -> list[dict[str, Any]]:
    return [{"目录名称": title} for title in titles]


def counts(batch: Any) -> tuple[int, ...]:
    names = ("new", "changed", "unchanged", "merged", "refused")
    return tuple(getattr(batch, f"{name}_count") for name in names)


def publish(office: Office, entry: Any) -> None:
    with unit_of_work(office.runtime, SYSTEM) as uow:
        for step in ("submit", "publish"):
            move_version(uow, version_id=entry.open_version_id, key=step)
            uow.session.flush()


def test_a_file_becomes_drafts_of_its_units(office: Office) -> None:
    batch = office.bring_in(file_of(office, {}, {"提供部门": "济南市教育局"}))
    assert counts(batch) == (2, 0, 0, 0, 0)
    assert batch.stage == "done"
    entries = office.entries()
    assert {e.unit_id for e in entries} == {
        office.units["济南市城市管理局"],
        office.units["济南市教育局"],
    }
    assert all(e.standing == "unpublished" and e.batch_id == batch.id for e in entries)
    (version,) = office.versions(entries[0].id)
    document = json.loads(version.document)
    assert (version.status, version.batch_id, version.number) == ("draft", batch.id, 1)
    assert [item["name"] for item in document["items"]] == ["名称", "泊位"]
    assert all(item["id"] for item in document["items"])


def test_the_same_file_again_changes_nothing(office: Office) -> None:
    path = file_of(office, *named("甲", "乙", "丙"), {"目录名称": "甲", "更新频率": "每年"})
    first = office.bring_in(path)
    before = [(e.id, e.revision, e.metadata_changed_at) for e in office.entries()]
    second = office.bring_in(path)
    assert counts(first) == (4, 0, 0, 0, 0)
    assert counts(second) == (0, 0, 4, 0, 0)
    assert [(e.id, e.revision, e.metadata_changed_at) for e in office.entries()] == before


def test_a_changed_row_makes_a_new_version_and_items_keep_their_ids(office: Office) -> None:
    office.bring_in(file_of(office, *named("甲", "乙")))
    entry = office.entries()[1]
    publish(office, entry)
    changed = {"目录名称": entry.title, "更新频率": "每年", "cata_items": "泊位|名称|地址"}
    batch = office.bring_in(file_of(office, changed, *named("乙")))
    assert counts(batch) == (0, 1, 1, 0, 0)
    old, new = office.versions(entry.id)
    assert (old.status, new.status, new.batch_id) == ("published", "draft", batch.id)
    before, after = json.loads(old.document), json.loads(new.document)
    assert after["update_cycle"] == "yearly"
    ids = {item["name"]: item["id"] for item in before["items"]}
    assert {i["name"]: i["id"] for i in after["items"] if i["name"] in ids} == ids


def test_what_people_changed_in_the_portal_stays_when_the_file_did_not(office: Office) -> None:
    path = file_of(office, {})
    office.bring_in(path)
    (entry,) = office.entries()
    (version,) = office.versions(entry.id)
    document = {**json.loads(version.document), "abstract": "手工补充"}
    with unit_of_work(office.runtime, SYSTEM) as uow:
        edit_entry(uow, entry_id=entry.id, document=document, revision=version.revision)
    assert counts(office.bring_in(path)) == (0, 0, 1, 0, 0)
    batch = office.bring_in(file_of(office, {"更新频率": "每年"}))
    assert counts(batch) == (0, 1, 0, 0, 0)
    (version,) = office.versions(entry.id)
    assert json.loads(version.document)["abstract"] == "手工补充"


def test_an_entry_made_by_hand_is_found_by_unit_and_title(office: Office) -> None:
    unit_id = office.units["济南市城市管理局"]
    with unit_of_work(office.runtime, SYSTEM) as uow:
        create_entry(uow, unit_id=unit_id, region_code="370100", document={"title": "停车场 信息"})
    batch = office.bring_in(file_of(office, {}))
    assert counts(batch) == (0, 1, 0, 0, 0)
    assert len(office.entries()) == 1


def test_an_entry_of_another_unit_is_never_taken(office: Office) -> None:
    office.bring_in(file_of(office, {"提供部门": "历下区教育局", "所属区县": "历下区"}))
    batch = office.bring_in(file_of(office, {"提供部门": "市中区教育局", "所属区县": "市中区"}))
    assert counts(batch) == (1, 0, 0, 0, 0)
    assert len(office.entries()) == 2


def test_the_own_key_finds_an_entry_whose_title_changed(office: Office) -> None:
    office.bring_in(file_of(office, {"cata_id": "k1"}))
    batch = office.bring_in(file_of(office, {"cata_id": "k1", "目录名称": "公共停车场"}))
    assert counts(batch) == (0, 1, 0, 0, 0)
    assert [entry.title for entry in office.entries()] == ["公共停车场"]


def test_possible_doubles_are_both_kept_and_marked(office: Office) -> None:
    batch = office.bring_in(file_of(office, {}, {"更新频率": "每年"}))
    assert counts(batch) == (2, 0, 0, 0, 0)
    assert any("可能重复" in problem for problem in office.problems(batch.id))
    with office.reading() as session:
        rows = session.scalars(select(ImportRow).order_by(ImportRow.seq)).all()
    assert [row.doubles for row in rows] == [["2"], ["1"]]


def test_a_code_of_the_guide_is_kept_when_it_is_free(office: Office) -> None:
    code = {"信息资源代码": "3070120003/000027"}
    office.bring_in(file_of(office, code))
    other = {**code, "目录名称": "另一个", "提供部门": "济南市教育局"}
    office.bring_in(file_of(office, other, name="b.json"))
    first, second = sorted(office.entries(), key=lambda entry: entry.code is None)
    assert (first.code, second.code) == ("3070120003/000027", None)
    document = json.loads(office.versions(second.id)[0].document)
    assert document["source_code"] == "3070120003/000027"


def test_units_are_found_by_code_former_name_and_district(office: Office) -> None:
    batch = office.bring_in(
        file_of(
            office,
            {"目录名称": "甲", "提供部门": "写错的名字", "资源提供方代码": "11370100004188946Y"},
            {"目录名称": "乙", "提供部门": "济南市市容局"},
            {"目录名称": "丙", "提供部门": "市教育局"},
            {"目录名称": "丙二", "提供部门": "教育局"},
            {"目录名称": "丁", "提供部门": "区教育局", "所属区县": "历下区"},
            {"目录名称": "戊", "提供部门": "历下区教育局"},
        )
    )
    assert counts(batch) == (6, 0, 0, 0, 0)
    by_title = {entry.title: entry.unit_id for entry in office.entries()}
    unit = office.units
    assert by_title == {
        "甲": unit["济南市城市管理局"],
        "乙": unit["济南市城市管理局"],
        "丙": unit["济南市教育局"],
        "丙二": unit["济南市教育局"],
        "丁": unit["历下区教育局"],
        "戊": unit["历下区教育局"],
    }


def test_an_unknown_unit_is_refused_and_never_guessed(office: Office) -> None:
    batch = office.bring_in(
        file_of(
            office,
            {"提供部门": "区教育局"},
            {"提供部门": "某局"},
            {"提供部门": "历下区教育局", "所属区县": "市中区"},
            {"提供部门": "区教育局", "所属区县": "余杭区"},
        )
    )
    assert counts(batch) == (0, 0, 0, 0, 4)
    told = office.problems(batch.id)
    assert ["区教育局" in told[0], "某局" in told[1], "余杭区" in told[3]] == [True] * 3


def test_a_missing_row_is_reported_and_nothing_is_withdrawn(office: Office) -> None:
    office.bring_in(file_of(office, *named("甲", "乙", "丙")))
    batch = office.bring_in(file_of(office, *named("甲", "乙")))
    assert batch.missing_count == 1
    assert len(office.entries()) == 3


def test_an_editor_imports_for_the_own_unit_only(office: Office) -> None:
    editor = office.person("editor", "济南市教育局")
    batch = office.bring_in(file_of(office, {}, {"提供部门": "济南市教育局"}), editor)
    assert counts(batch) == (1, 0, 0, 0, 1)
    assert "城市管理局" in office.problems(batch.id)[0]


def test_who_may_import_for_nobody_is_refused(office: Office) -> None:
    auditor = office.person("auditor")
    with pytest.raises(Refused):
        office.send(file_of(office, {}), auditor)


def test_rows_without_a_unit_get_the_unit_given(office: Office) -> None:
    path = file_of(office, {"提供部门": ""})
    batch = office.bring_in(path, default_unit_id=office.units["济南市公安局"])
    assert counts(batch) == (1, 0, 0, 0, 0)
    assert office.entries()[0].unit_id == office.units["济南市公安局"]


def test_an_entry_in_review_is_left_alone(office: Office) -> None:
    office.bring_in(file_of(office, {}))
    (entry,) = office.entries()
    with unit_of_work(office.runtime, SYSTEM) as uow:
        move_version(uow, version_id=str(entry.open_version_id), key="submit")
    batch = office.bring_in(file_of(office, {"更新频率": "每年"}))
    assert counts(batch) == (0, 0, 0, 0, 1)
    assert "正在审核" in office.problems(batch.id)[0]


def test_publishing_goes_through_the_workflow_and_its_rules(office: Office) -> None:
    fine, bad = (
        {"目录名称": "甲"},
        {"目录名称": "乙", "items": [{"name": "身份证", "是否敏感": "是"}]},
    )
    batch = office.bring_in(file_of(office, fine, bad), publish=True)
    standing = {entry.title: entry.standing for entry in office.entries()}
    assert standing == {"甲": "published", "乙": "unpublished"}
    assert batch.published_count == 1
    assert "CAT-07" in office.problems(batch.id)[0]


def test_an_editor_cannot_publish_by_importing(office: Office) -> None:
    editor = office.person("editor")
    batch = office.bring_in(file_of(office, {}), editor, publish=True)
    assert (batch.published_count, office.entries()[0].standing) == (0, "unpublished")


def test_a_stopped_import_keeps_what_is_done_and_goes_on(office: Office) -> None:
    path = file_of(office, *named(*(f"表{n:03}" for n in range(350))))
    batch_id = office.send(path)
    with pytest.raises(Cancelled):
        run(office.at_work(batch_id, monitor=Silent(stop_after=200)), path)
    assert office.batch(batch_id).next_seq == 200
    assert len(office.entries()) == 200
    monitor = Silent()
    batch = run(office.at_work(batch_id, monitor=monitor), path)
    assert monitor.done[0] == 300
    assert counts(batch) == (350, 0, 0, 0, 0)
    assert len(office.entries()) == 350
    with office.reading() as session:
        assert session.scalar(select(func.count()).select_from(ImportRow)) == 350


def test_looking_at_a_file_writes_no_entry_and_names_unknown_units(office: Office) -> None:
    records = ({}, {"目录名称": "乙", "提供部门": "某局"}, {"目录名称": "丙", "提供部门": "某局"})
    batch_id, outlook = office.examined(file_of(office, *records))
    assert outlook.counts.as_dict() == {
        "read": 3, "new": 3, "changed": 0, "unchanged": 0, "merged": 0, "refused": 0,
    }  # fmt: skip
    assert [problem.row for problem in outlook.problems] == [2]
    assert office.entries() == []
    batch = office.batch(batch_id)
    assert (batch.stage, batch.found["expected"]["new"]) == ("examined", 3)


def test_two_spellings_of_one_unit_are_two_rows_and_told_as_doubles(office: Office) -> None:
    path = file_of(
        office, {"提供部门": "市教育局"}, {"提供部门": "济南市教育局", "更新频率": "每年"}
    )
    batch = office.bring_in(path)
    assert counts(batch) == (2, 0, 0, 0, 0)
    assert any("已有同名目录" in problem for problem in office.problems(batch.id))
    assert counts(office.bring_in(path)) == (0, 0, 2, 0, 0)


def test_a_job_that_died_is_gone_on_with(office: Office) -> None:
    path = file_of(office, *named(*(f"表{n:03}" for n in range(150))))
    batch_id = office.send(path)
    with pytest.raises(Cancelled):
        office.job(batch_id, interrupted=True, stop=True)
    assert office.batch(batch_id).stage != "cancelled"
    context = office.job(batch_id)
    assert (context.counts["new"], office.batch(batch_id).stage) == (150, "done")


def test_a_job_that_is_cancelled_says_so_on_the_batch(office: Office) -> None:
    batch_id = office.send(file_of(office, {}))
    with pytest.raises(Cancelled):
        office.job(batch_id, stop=True)
    assert office.batch(batch_id).stage == "cancelled"


def test_a_file_that_cannot_be_read_leaves_its_sentence_on_the_batch(office: Office) -> None:
    path = office.folder / "a.xls"
    path.write_bytes(b"<html></html>")
    batch_id = office.send(path)
    with pytest.raises(Invalid):
        office.job(batch_id)
    batch = office.batch(batch_id)
    assert (batch.stage, "网页" in str(batch.error)) == ("failed", True)


def test_the_report_is_kept_beside_the_batch(office: Office) -> None:
    batch_id = office.send(file_of(office, {"更新频率": "随缘"}))
    office.job(batch_id)
    batch = office.batch(batch_id)
    with office.reading() as session:
        stored = file_of_id(session, str(batch.returned_file_id))
    assert stored.name == "a-导入问题.xlsx"
    path = content_path(office.runtime.settings.file_folder, stored.sha256)
    sheet = openpyxl.load_workbook(BytesIO(path.read_bytes())).worksheets[0]
    assert "更新频率" in str(sheet.cell(2, sheet.max_column).value)


def test_a_sent_file_with_secret_rows_is_taken_away(office: Office) -> None:
    batch_id = office.send(file_of(office, {}, {"目录名称": "不可外传", "是否涉密": "是"}))
    office.job(batch_id)
    assert office.batch(batch_id).file_id is None
    kept = [p for p in office.runtime.settings.file_folder.rglob("*") if p.is_file()]
    assert not any("不可外传".encode() in path.read_bytes() for path in kept)
    with office.reading() as session:
        for table in Base.metadata.sorted_tables:
            assert "不可外传" not in repr(session.execute(table.select()).all())


def test_units_are_entered_or_chosen_and_the_import_goes_on(office: Office) -> None:
    path = file_of(office, {"提供部门": "某局"}, {"提供部门": "市容园林局"})
    batch_id, _outlook = office.examined(path)
    with office.reading() as session:
        first, second = units_of(session, batch_id, unknown=True)
    with unit_of_work(office.runtime, SYSTEM) as uow:
        choose_units(uow, batch_id, {second.id: office.units["济南市城市管理局"]})
        assert enter_units(uow, batch_id) == 1
    office.job(batch_id)
    assert counts(office.batch(batch_id)) == (2, 0, 0, 0, 0)
    with office.reading() as session:
        assert unknown_units(session, batch_id) == 0
        assert session.scalar(select(Unit.region_code).where(Unit.name == first.name)) == "370100"


def test_an_import_asked_for_again_begins_anew(office: Office) -> None:
    batch_id = office.send(file_of(office, {}, {"提供部门": "某局"}))
    office.job(batch_id)
    assert counts(office.batch(batch_id)) == (1, 0, 0, 0, 1)
    with unit_of_work(office.runtime, SYSTEM) as uow:
        ask_import(uow, batch_id)
    office.job(batch_id)
    assert counts(office.batch(batch_id)) == (0, 0, 1, 0, 1)
    assert len(office.problems(batch_id)) == 1


def test_a_batch_is_seen_by_its_sender_its_unit_and_the_bureau(office: Office) -> None:
    editor = office.person("editor")
    batch_id = office.send(file_of(office, {}), editor)
    seen = {
        role: office.person(role, unit)
        for role, unit in (
            ("reviewer", "济南市公安局"),
            ("editor", "济南市教育局"),
            ("auditor", "济南市公安局"),
        )
    }
    with office.reading() as session:
        assert batch_view(session, editor, batch_id).batch.id == batch_id
        assert batch_view(session, seen["reviewer"], batch_id).batch.id == batch_id
        for role in ("editor", "auditor"):
            with pytest.raises(NotFound):
                batch_view(session, seen[role], batch_id)
            assert batches(session, seen[role]).total == 0
        assert batches(session, seen["reviewer"]).total == 1


def test_a_zone_that_only_files_name_gets_a_code_and_keeps_it(office: Office) -> None:
    path = file_of(
        office,
        {"提供部门": "管委会办公室", "所属区县": "示例风景名胜区"},
        {"提供部门": "区府办", "所属区县": "余杭区"},
    )
    batch_id, _outlook = office.examined(path)
    with unit_of_work(office.runtime, SYSTEM) as uow:
        assert enter_units(uow, batch_id) == 1
    office.job(batch_id)
    assert counts(office.batch(batch_id)) == (1, 0, 0, 0, 1)
    assert office.entries()[0].region_code == "370174"
    again = office.bring_in(path)
    assert counts(again) == (0, 0, 1, 0, 1)


def test_a_unit_that_was_chosen_once_is_not_asked_for_again(office: Office) -> None:
    path = file_of(office, {"提供部门": "市容园林局"})
    editor = office.person("editor")
    batch_id, _outlook = office.examined(path, editor)
    with office.reading() as session:
        (row,) = units_of(session, batch_id, unknown=True)
    with unit_of_work(office.runtime, editor) as uow:
        choose_units(uow, batch_id, {row.id: office.units["济南市城市管理局"]})
    _second, outlook = office.examined(path, editor)
    assert outlook.problems == ()
    other = office.person("editor", "济南市教育局")
    _third, outlook = office.examined(path, other)
    assert len(outlook.problems) == 1


def test_an_import_killed_in_the_middle_loses_nothing_and_leaves_no_half(office: Office) -> None:
    if not office.runtime.database.is_sqlite:
        pytest.skip("the other process opens the file of SQLite")
    path = file_of(office, *named(*(f"表{n:03}" for n in range(420))))
    batch_id = office.send(path)
    script = office.folder / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), office.runtime.database.url, batch_id, str(path)],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    entries = office.entries()
    assert len(entries) == office.batch(batch_id).next_seq == 200
    assert all(len(office.versions(entry.id)) == 1 for entry in entries[:20])
    assert counts(run(office.at_work(batch_id), path)) == (420, 0, 0, 0, 0)
    titles = [entry.title for entry in office.entries()]
    assert len(titles) == len(set(titles)) == 420


ROOT = Path(__file__).resolve().parents[4]
KILLED = """
import os, pathlib, signal, sys
sys.path.insert(0, os.getcwd())
from catalog.entries.imports import applying, running
from catalog.entries.imports.at_work import AtWork
from portal.kernel.access import SYSTEM
from portal.kernel.db import Database
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from tests.catalog.entries.imports.conftest import FEATURES
from tests.catalog.entries.imports.office import Silent

whole = running.apply
calls = []

def broken(uow, batch, decisions):
    whole(uow, batch, decisions)
    calls.append(1)
    if len(calls) == 3:  # everything of the third piece is written, nothing of it committed
        uow.session.flush()
        os.kill(os.getpid(), signal.SIGKILL)

running.apply = broken
runtime = Runtime(Settings(), Database(sys.argv[1]), FEATURES, {})
running.run(AtWork(runtime, SYSTEM, Silent(), sys.argv[2]), pathlib.Path(sys.argv[3]))
"""
