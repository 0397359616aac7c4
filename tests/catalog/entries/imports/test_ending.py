"""Who sent a file hears of the end of its import, once."""

from typing import Any

import pytest

from catalog.entries.imports import jobs
from catalog.entries.imports.services import ask_import, stop
from portal.kernel.access import Actor
from portal.kernel.audit import acts_on
from portal.kernel.errors import Invalid
from portal.kernel.jobs import Cancelled
from portal.kernel.messages import messages_for
from portal.kernel.uow import unit_of_work
from tests.catalog.entries.imports.office import Office
from tests.catalog.entries.imports.test_running import counts, file_of, named


def told(office: Office, actor: Actor) -> list[tuple[str, str, str | None]]:
    """Title, body and address of the actor's messages, newest first."""
    with office.reading() as session:
        found = [line.message for line in messages_for(session, actor).rows]
    return [(str(m.title), str(m.body), m.path) for m in found]


def test_the_end_of_an_import_is_told_with_its_counts_and_the_way_to_its_report(
    office: Office,
) -> None:
    editor = office.person("editor")
    batch_id = office.send(file_of(office, {}, {"目录名称": "", "提供部门": ""}), editor)
    office.job(batch_id, editor)
    ((title, body, path),) = told(office, editor)
    assert title == "“a.json”导入完成"
    assert body.startswith("共 2 行：新增 1，修改 0，未变 0，合并 0，拒收 1。有 1 个问题")
    assert path == f"/catalog/imports/{batch_id}"


def test_others_hear_nothing_of_it(office: Office) -> None:
    editor, other = office.person("editor"), office.person("editor", "济南市教育局")
    office.job(office.send(file_of(office, {}), editor), editor)
    assert told(office, other) == []


def test_the_end_is_told_when_its_report_is_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = office.person("editor")
    path = file_of(office, *named("甲", "乙"), {"更新频率": "随缘"})
    batch_id = office.send(path, editor)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "keep_report", _die)
        with pytest.raises(Cancelled):
            office.job(batch_id, editor, interrupted=True)
    assert (office.batch(batch_id).stage, told(office, editor)) == ("importing", [])
    assert len(office.entries()) == 3
    office.job(batch_id, editor, run_id="the one that goes on")
    batch = office.batch(batch_id)
    assert (batch.stage, batch.returned_file_id is None) == ("done", False)
    assert counts(batch) == (3, 0, 0, 0, 0)
    assert len(told(office, editor)) == 1


def test_a_run_that_died_after_the_end_tells_it_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = office.person("editor")
    batch_id = office.send(file_of(office, *named("甲", "乙")), editor)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "drop_secret_file", _die)
        with pytest.raises(Cancelled):
            office.job(batch_id, editor, interrupted=True)
    assert office.batch(batch_id).stage == "done"
    office.job(batch_id, editor, run_id="the one that goes on")
    assert len(told(office, editor)) == 1
    assert counts(office.batch(batch_id)) == (2, 0, 0, 0, 0)
    with office.reading() as session:
        acts = [act.action for act in acts_on(session, "import_batch", batch_id)]
    assert acts.count("import.done") == 1


def _die(*_given: Any) -> None:
    raise Cancelled


def test_an_import_that_is_asked_for_again_is_told_again(office: Office) -> None:
    editor = office.person("editor")
    batch_id = office.send(file_of(office, {}), editor)
    office.job(batch_id, editor)
    with unit_of_work(office.runtime, editor) as uow:
        ask_import(uow, batch_id)
    office.job(batch_id, editor)
    bodies = [body for _title, body, _path in told(office, editor)]
    assert sorted("未变 1" in body for body in bodies) == [False, True]


def test_a_file_that_cannot_be_read_is_told_with_the_reason(office: Office) -> None:
    editor = office.person("editor")
    path = office.folder / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 and nothing behind it")
    batch_id = office.send(path, editor)
    with pytest.raises(Invalid):
        office.job(batch_id, editor)
    ((title, body, _path),) = told(office, editor)
    assert title == "“broken.xlsx”没有导入完成"
    assert "已损坏" in body


def test_a_fault_of_ours_is_told_without_its_details(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = office.person("editor")
    batch_id = office.send(file_of(office, {}), editor)
    monkeypatch.setattr(jobs, "import_reading", lambda *_given: {}["secret word"])
    with pytest.raises(KeyError):
        office.job(batch_id, editor)
    ((_title, body, _path),) = told(office, editor)
    assert "意外" in body
    assert "secret" not in body
    assert office.batch(batch_id).stage == "failed"


def test_a_stop_is_told_and_a_process_that_ends_is_not(office: Office) -> None:
    editor = office.person("editor")
    batch_id = office.send(file_of(office, {}), editor)
    with pytest.raises(Cancelled):
        office.job(batch_id, editor, interrupted=True, stop=True)
    assert told(office, editor) == []
    with pytest.raises(Cancelled):
        office.job(batch_id, editor, stop=True)
    ((title, body, _path),) = told(office, editor)
    assert title == "“a.json”的导入已停止"
    assert "还没有导入" in body


def test_a_run_that_another_has_taken_over_says_nothing(office: Office) -> None:
    editor = office.person("editor")
    batch_id = office.send(file_of(office, {}), editor)
    with pytest.raises(Cancelled):
        office.job(batch_id, editor, lost=True, stop=True)
    assert told(office, editor) == []


def test_an_import_that_is_stopped_before_it_began_is_told(office: Office) -> None:
    editor = office.person("editor")
    batch_id = office.send(file_of(office, {}), editor)
    with unit_of_work(office.runtime, editor) as uow:
        ask_import(uow, batch_id)
    with unit_of_work(office.runtime, editor) as uow:
        assert stop(uow, batch_id).stage == "cancelled"
    assert len(told(office, editor)) == 1


def test_the_run_that_goes_on_is_the_one_that_can_be_stopped(office: Office) -> None:
    editor = office.person("editor")
    batch_id = office.send(file_of(office, {}), editor)
    with unit_of_work(office.runtime, editor) as uow:
        ask_import(uow, batch_id)
    office.job(batch_id, editor, run_id="the one that goes on")
    assert office.batch(batch_id).run_id == "the one that goes on"


def test_an_import_by_the_operator_has_nobody_to_tell(office: Office) -> None:
    batch = office.bring_in(file_of(office, {}))
    assert (batch.stage, batch.created_by) == ("done", None)
