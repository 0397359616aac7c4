"""An import at work: published, stopped, broken off, gone on with, reported."""

import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from catalog.entries.imports.models import ImportRow
from catalog.entries.imports.queries import batch_view, batches
from catalog.entries.imports.running import run
from catalog.entries.imports.services import ask_import
from catalog.entries.imports.workplace import scratch_folder
from catalog.entries.services.review import move_version
from portal.kernel.access import SYSTEM
from portal.kernel.db import Base
from portal.kernel.errors import Invalid, NotFound
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
    first, second = Silent(stop_after=150), Silent()
    with pytest.raises(Cancelled):
        run(office.at_work(batch_id, monitor=first), path)
    assert 150 <= first.done[-1] < 350
    assert office.batch(batch_id).next_seq == len(office.entries()) == first.done[-1]
    batch = run(office.at_work(batch_id, monitor=second), path)
    assert first.done[-1] < second.done[0]
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
    assert outlook.waiting.as_dict() == {"units": 1, "records": 2}
    assert [problem.partition(" ")[0] for problem in office.problems(batch_id)] == ["2"]
    assert office.entries() == []
    batch = office.batch(batch_id)
    assert (batch.stage, batch.found["expected"]["new"]) == ("examined", 3)


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


def test_an_import_killed_in_the_middle_loses_nothing_and_leaves_no_half(office: Office) -> None:
    if not office.runtime.database.is_sqlite:
        pytest.skip("the other process opens the file of SQLite")
    path = file_of(office, *named(*(f"表{n:03}" for n in range(420))))
    batch_id = office.send(path)
    database, settings = office.runtime.database, office.runtime.settings
    script = office.folder / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), *map(str, (database.url, batch_id, path, settings.data))],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    entries = office.entries()
    assert 0 < len(entries) == office.batch(batch_id).next_seq < 420
    assert all(len(office.versions(entry.id)) == 1 for entry in entries[:20])
    scratch = scratch_folder(settings)
    assert list(scratch.glob("import-*/rows.scratch"))
    assert counts(run(office.at_work(batch_id), path)) == (420, 0, 0, 0, 0)
    assert not list(scratch.glob("import-*"))
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

def broken(uow, batch, made):
    whole(uow, batch, made)
    calls.append(1)
    if len(calls) == 3:  # everything of the third piece is written, nothing of it committed
        uow.session.flush()
        os.kill(os.getpid(), signal.SIGKILL)

running.apply = broken
runtime = Runtime(Settings(data=pathlib.Path(sys.argv[4])), Database(sys.argv[1]), FEATURES, {})
running.run(AtWork(runtime, SYSTEM, Silent(), sys.argv[2]), pathlib.Path(sys.argv[3]))
"""


def test_what_an_earlier_run_left_unpublished_is_published_by_the_next(office: Office) -> None:
    path = file_of(office, {"目录名称": "甲"}, {"目录名称": "乙"})
    office.bring_in(path)
    assert {entry.standing for entry in office.entries()} == {"unpublished"}
    batch = office.bring_in(path, publish=True)
    assert counts(batch)[:1] == (0,)
    assert {entry.standing for entry in office.entries()} == {"published"}


def test_a_refused_row_tells_nothing_of_its_unit(office: Office) -> None:
    office.bring_in(file_of(office, {"目录名称": "教育局的草稿", "提供部门": "济南市教育局"}))
    stranger = office.person("editor", "济南市公安局")
    batch = office.bring_in(
        file_of(office, {"目录名称": "别的", "提供部门": "济南市教育局"}), stranger
    )
    assert batch.refused_count == 1
    assert batch.missing_count == 0
