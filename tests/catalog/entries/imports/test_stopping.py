"""An import can be stopped, and says how far it is, while its file is still being read."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from catalog.entries.imports import jobs, scratch
from catalog.entries.imports.monitor import ROWS_BETWEEN
from catalog.entries.imports.reading import Options, read_file
from portal.kernel.errors import Refused
from portal.kernel.jobs import Cancelled
from portal.kernel.text import Text
from tests.catalog.entries.imports.files import HEADER, ROW, write_csv, write_json, write_workbook
from tests.catalog.entries.imports.office import Context, Office, Silent
from tests.catalog.entries.imports.test_running import file_of, named

ROWS = 5 * ROWS_BETWEEN


def csv_of(path: Path) -> Path:
    return write_csv(path, [HEADER, *((f"表{n}", *ROW[1:]) for n in range(ROWS))])


def json_of(path: Path) -> Path:
    return write_json(path, [{"标题": f"表{n}", "来源部门": "某局"} for n in range(ROWS)])


def workbook_of(path: Path) -> Path:
    return write_workbook(path, [HEADER, *((f"表{n}", *ROW[1:]) for n in range(ROWS))])


@pytest.mark.parametrize(
    ("make", "name"), [(csv_of, "a.csv"), (json_of, "a.json"), (workbook_of, "a.xlsx")]
)
def test_the_reading_of_a_file_stops_within_some_hundred_rows(
    tmp_path: Path, make: Any, name: str
) -> None:
    monitor = Silent(stop_reading=ROWS_BETWEEN)
    with (
        pytest.raises(Cancelled),
        read_file(make(tmp_path / name), Options(monitor=monitor)),
    ):
        pytest.fail("the file was read to its end")
    assert monitor.read[-1] == ROWS_BETWEEN


def test_the_reading_tells_how_far_it_is(tmp_path: Path) -> None:
    monitor = Silent()
    with read_file(csv_of(tmp_path / "a.csv"), Options(monitor=monitor)):
        assert monitor.read[-1] == ROWS - ROWS_BETWEEN
        assert monitor.words[-1] == "正在读取文件：已读 800 行"


@pytest.mark.parametrize("stop", [Cancelled, KeyboardInterrupt])
def test_the_sorting_of_what_was_read_stops_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    monkeypatch.setattr(scratch, "_STEPS_BETWEEN", 100)

    class Late(Silent):
        def check_cancelled(self) -> None:
            if self.read[-1] >= ROWS - ROWS_BETWEEN:
                raise stop

    with pytest.raises(stop), read_file(csv_of(tmp_path / "a.csv"), Options(monitor=Late())):
        pytest.fail("the rows were sorted to their end")


def test_a_fault_of_the_scratch_file_is_not_taken_for_a_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "_GROUPS", "select nothing")
    with pytest.raises(sqlite3.OperationalError), read_file(csv_of(tmp_path / "a.csv")):
        pass


def test_a_job_that_is_stopped_while_it_reads_leaves_nothing(office: Office) -> None:
    batch_id = office.send(file_of(office, *named(*(f"表{n}" for n in range(ROWS)))))
    with pytest.raises(Cancelled):
        office.job(batch_id, stop=True)
    batch = office.batch(batch_id)
    assert (batch.stage, batch.read_count, office.entries()) == ("cancelled", 0, [])
    folder = office.runtime.settings.data / "scratch"
    assert [path.name for path in folder.iterdir()] == [".lock"]


def test_a_file_that_takes_too_long_to_read_is_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_LONGEST_LOOK", -1.0)
    batch_id = office.send(csv_of(office.folder / "a.csv"))
    with pytest.raises(Refused, match="已停止"):
        jobs.examine_batch(Context(office.runtime, batch_id))
    batch = office.batch(batch_id)
    assert (batch.stage, "拆成几个文件" in str(batch.error)) == ("failed", True)


def test_the_sorting_of_what_was_read_is_given_up_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "_STEPS_BETWEEN", 100)

    class Late(Silent):
        def check_cancelled(self) -> None:
            if self.read[-1] >= ROWS - ROWS_BETWEEN:
                raise Refused(Text("太久"))

    with pytest.raises(Refused), read_file(csv_of(tmp_path / "a.csv"), Options(monitor=Late())):
        pytest.fail("the rows were sorted to their end")


def test_reading_has_a_limit_of_minutes() -> None:
    by_key = {job.key: job for job in jobs.JOBS}
    assert by_key["imports.examine"].time_limit <= 30 * 60
