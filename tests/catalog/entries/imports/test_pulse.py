"""An import whose process is gone is told as interrupted: on the page, by the API, to the command."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from catalog.entries.imports import running
from catalog.entries.imports.models import ImportBatch
from catalog.entries.imports.pulse import COMMAND_JOB, RUN_JOB, view_of
from catalog.entries.imports.services import ask_import, stop
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.errors import Conflict, Refused
from portal.kernel.execution import RunContext, execute
from portal.kernel.job_runs import (
    MOST_DEATHS,
    SILENCE,
    Outcome,
    begin,
    cancel_requested,
    finish,
    jobs_of,
    reap,
)
from portal.kernel.jobs import CANCELLED, DEAD, DONE, FAILED, Cancelled, JobRun, request_run
from portal.kernel.text import Text
from portal.kernel.uow import unit_of_work
from tests.catalog.entries.imports.office import Office
from tests.catalog.entries.imports.test_api import Api
from tests.catalog.entries.imports.test_cli import portal
from tests.catalog.entries.imports.test_running import ROOT, file_of, named
from tests.catalog.entries.imports.visitors import Pages, pages_of

LATER = SILENCE + timedelta(seconds=1)


def batches(office: Office) -> list[ImportBatch]:
    with office.reading() as session:
        return list(session.query(ImportBatch).order_by(ImportBatch.created_at))


def run_of(office: Office, batch: ImportBatch) -> JobRun:
    with office.reading() as session:
        return session.get_one(JobRun, batch.run_id)


def stage(office: Office, batch_id: str) -> str:
    with office.reading() as session:
        return view_of(session, office.batch(batch_id)).stage


def asked(office: Office, path: Path) -> str:
    batch_id = office.send(path)
    with unit_of_work(office.runtime, SYSTEM) as uow:
        ask_import(uow, batch_id)
    return batch_id


def dies(office: Office, batch_id: str) -> None:
    """The run that is to work on a batch begins and ends without a word."""
    with office.reading() as session:
        run = view_of(session, office.batch(batch_id)).run
    assert run is not None
    jobs = jobs_of(office.runtime.features)
    begin(office.runtime.database, run.id, process="here:1")
    assert finish(office.runtime.database, jobs, run.id, Outcome(DEAD))


def meanwhile(office: Office, monkeypatch: pytest.MonkeyPatch, act: Callable[[Any], None]) -> None:
    """Does something with the batch before its first rows are written."""
    whole = running.prepared

    def prepared(batch_id: str, *rest: Any) -> Any:
        act(office.batch(batch_id))
        return whole(batch_id, *rest)

    monkeypatch.setattr(running, "prepared", prepared)


def test_a_command_is_a_run_while_it_works_and_when_it_is_done(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    meanwhile(
        office,
        monkeypatch,
        lambda b: seen.append(f"{run_of(office, b).job} {stage(office, b.id)}"),
    )
    assert portal(office, file_of(office, {})).exit_code == 0
    (batch,) = batches(office)
    assert seen == [f"{COMMAND_JOB} importing"]
    assert (run_of(office, batch).state, batch.stage) == (DONE, "done")


def test_a_command_that_falls_silent_is_told_as_interrupted_everywhere(
    office: Office, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau = office.person("reviewer")
    api, pages = Api(office, app, bureau), pages_of(app, bureau)

    def look(batch: ImportBatch) -> None:
        assert "正在导入" in pages.get(f"/{batch.id}")
        with clock.frozen(clock.now() + LATER):
            page = pages.get(f"/{batch.id}")
            assert "导入中断" in page
            assert "再次运行同一条导入命令" in page
            assert "正在导入" not in page
            assert "正在导入" not in pages.get("")
            told = api.ask("GET", f"/{batch.id}")
            assert (told["stage"], told["actions"]) == ("interrupted", [])
            assert "再次运行" in told["error"]
            assert [row["stage"] for row in api.ask("GET", "")["imports"]] == ["interrupted"]

    meanwhile(office, monkeypatch, look)
    assert portal(office, file_of(office, {})).exit_code == 0


def test_a_command_killed_is_told_to_the_next_which_does_the_rest(office: Office) -> None:
    if not office.runtime.database.is_sqlite:
        pytest.skip("the other process opens the file of SQLite")
    path = file_of(office, *named(*(f"表{n:03}" for n in range(420))))
    script = office.folder / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    settings, database = office.runtime.settings, office.runtime.database
    done = subprocess.run(
        [sys.executable, str(script), database.url, str(path), str(settings.data)],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    (batch,) = batches(office)
    assert (batch.stage, stage(office, batch.id)) == ("importing", "importing")
    with clock.frozen(clock.now() + LATER):
        assert stage(office, batch.id) == "interrupted"
        assert reap(database, jobs_of(office.runtime.features)) == [batch.run_id]
        assert stage(office, batch.id) == "interrupted"
        result = portal(office, path, "--json")
    assert f"停在第 {batch.next_seq} 条" in result.stderr
    counted = json.loads(result.stdout)["records"]
    assert counted["new"] + counted["unchanged"] == 420
    assert counted["unchanged"] == batch.next_seq > 0
    assert len(office.entries()) == 420


KILLED = """
import os, pathlib, signal, sys
sys.path.insert(0, os.getcwd())
from click.testing import CliRunner
from catalog.entries.cli import catalog
from catalog.entries.imports import running
from portal.kernel.commands import Invocation
from portal.kernel.db import Database
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from tests.catalog.entries.imports.conftest import FEATURES

whole = running.apply
calls = []

def broken(uow, batch, made):
    whole(uow, batch, made)
    calls.append(1)
    if len(calls) == 3:
        uow.session.flush()
        os.kill(os.getpid(), signal.SIGKILL)

running.apply = broken
runtime = Runtime(Settings(data=pathlib.Path(sys.argv[3])), Database(sys.argv[1]), FEATURES, {})
result = CliRunner().invoke(catalog, ["import", sys.argv[2]], obj=Invocation(lambda: runtime))
raise result.exception or SystemExit(result.output)
"""


def heed(self: RunContext) -> None:
    """As the heart would within a second, but at once."""
    with self.runtime.database.reading() as session:
        self.cancelled = cancel_requested(session, self.run_id)
    if self.cancelled:
        raise Cancelled


def test_a_command_is_stopped_from_the_page(
    office: Office, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = pages_of(app, office.person("reviewer"))
    monkeypatch.setattr(RunContext, "check_cancelled", heed)
    meanwhile(office, monkeypatch, lambda batch: stop_once(pages, batch))
    result = portal(office, file_of(office, *named(*(f"表{n:03}" for n in range(300)))))
    assert (result.exit_code, "已停止" in result.stderr) == (130, True)
    (batch,) = batches(office)
    assert (batch.stage, run_of(office, batch).state) == ("cancelled", CANCELLED)
    assert 0 < len(office.entries()) < 300


def stop_once(pages: Pages, batch: ImportBatch) -> None:
    assert "停止导入" in pages.get(f"/{batch.id}")
    pages.post(f"/{batch.id}/stop")


def test_a_command_that_is_told_to_end_stops_as_by_hand(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("only the main thread hears signals")
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        meanwhile(office, monkeypatch, lambda _batch: os.kill(os.getpid(), signal.SIGTERM))
        result = portal(office, file_of(office, {}))
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)
    assert result.exit_code == 130
    (batch,) = batches(office)
    assert (batch.stage, run_of(office, batch).state) == ("cancelled", CANCELLED)


def test_a_command_that_fails_is_a_run_that_failed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_batch: ImportBatch) -> None:
        raise Refused(Text("不行"))

    meanwhile(office, monkeypatch, refuse)
    assert isinstance(portal(office, file_of(office, {})).exception, Refused)
    (batch,) = batches(office)
    assert (batch.stage, run_of(office, batch).state) == ("failed", FAILED)


def test_the_run_of_a_command_is_nothing_to_run_by_hand(office: Office) -> None:
    with unit_of_work(office.runtime, SYSTEM) as uow:
        run_id = request_run(uow, COMMAND_JOB)
    execute(office.runtime, run_id)
    with office.reading() as session:
        run = session.get_one(JobRun, run_id)
    assert (run.state, "portal catalog import" in str(run.error)) == (FAILED, True)


def test_an_import_that_a_scheduler_takes_up_again_is_at_work_and_can_be_stopped(
    office: Office,
) -> None:
    batch_id = asked(office, file_of(office, {}))
    dies(office, batch_id)
    dies(office, batch_id)
    assert stage(office, batch_id) == "importing"
    with unit_of_work(office.runtime, SYSTEM) as uow:
        assert stop(uow, batch_id).stage == "cancelled"
    with office.reading() as session:
        assert view_of(session, office.batch(batch_id)).at_work is False


def test_an_import_that_nobody_takes_up_any_more_can_be_started_again(
    office: Office, app: Flask
) -> None:
    bureau = office.person("reviewer")
    api = Api(office, app, bureau)
    batch_id = asked(office, file_of(office, {}))
    for _time in range(MOST_DEATHS):
        dies(office, batch_id)
    told = api.ask("GET", f"/{batch_id}")
    assert (told["stage"], told["actions"]) == ("interrupted", ["mapping", "units", "start"])
    assert "重新确认导入" in told["error"]
    page = pages_of(app, bureau).get(f"/{batch_id}")
    assert "导入中断" in page
    assert "确认导入" in page
    with unit_of_work(office.runtime, SYSTEM) as uow, pytest.raises(Conflict):
        stop(uow, batch_id)
    assert api.ask("POST", f"/{batch_id}/start", {})["stage"] == "importing"
    office.job(batch_id)
    assert stage(office, batch_id) == "done"


def test_a_silent_run_that_will_be_taken_up_is_waited_for(office: Office, app: Flask) -> None:
    api = Api(office, app, office.person("reviewer"))
    batch_id = asked(office, file_of(office, {}))
    with office.reading() as session:
        run = view_of(session, office.batch(batch_id)).run
    assert run is not None
    assert run.job == RUN_JOB
    begin(office.runtime.database, run.id, process="here:1")
    with clock.frozen(clock.now() + LATER):
        told = api.ask("GET", f"/{batch_id}")
        assert (told["stage"], told["actions"]) == ("interrupted", ["stop"])
        assert "不必重新上传" in told["error"]
        api.ask("POST", f"/{batch_id}/start", {}, status=409)
    assert api.ask("GET", f"/{batch_id}")["stage"] == "importing"


def stopped_and_dead(office: Office, batch_id: str, *, reaped: bool) -> None:
    """Somebody stops an import at work, and its process dies before it hears of that."""
    with office.reading() as session:
        run = view_of(session, office.batch(batch_id)).run
    assert run is not None
    begin(office.runtime.database, run.id, process="here:1")
    with unit_of_work(office.runtime, SYSTEM) as uow:
        stop(uow, batch_id)
    if reaped:
        jobs = jobs_of(office.runtime.features)
        assert finish(office.runtime.database, jobs, run.id, Outcome(DEAD))


@pytest.mark.parametrize("reaped", [True, False])
@pytest.mark.parametrize("job", ["import", "examination"])
def test_an_import_that_was_stopped_and_then_died_can_be_taken_up_again(
    office: Office, app: Flask, job: str, *, reaped: bool
) -> None:
    bureau = office.person("reviewer")
    api, pages = Api(office, app, bureau), pages_of(app, bureau)
    batch_id = asked(office, file_of(office, {}))
    if job == "examination":
        with unit_of_work(office.runtime, SYSTEM) as uow:
            stop(uow, batch_id)
        api.ask("PUT", f"/{batch_id}/mapping", {"columns": {}})
    stopped_and_dead(office, batch_id, reaped=reaped)
    with clock.frozen(clock.now() + LATER):
        told = api.ask("GET", f"/{batch_id}")
        assert (told["stage"], told["actions"]) == ("cancelled", ["mapping", "units", "start"])
        page = pages.get(f"/{batch_id}")
        assert "已停止" in page
        assert "确认导入" in page
        assert api.ask("PUT", f"/{batch_id}/mapping", {"columns": {}})["stage"] == "examining"
        with unit_of_work(office.runtime, SYSTEM) as uow:
            assert stop(uow, batch_id).stage == "cancelled"
        assert api.ask("POST", f"/{batch_id}/start", {})["stage"] == "importing"
        office.job(batch_id)
        assert stage(office, batch_id) == "done"
