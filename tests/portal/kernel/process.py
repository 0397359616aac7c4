"""A process of the tests: `process.py DATABASE DATA scheduler COMMAND… | dispatch | execute RUN`.

It stands in for `portal.cli` with jobs and handlers of the tests.
"""

import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from portal.kernel.db import Database  # noqa: E402  after the path
from portal.kernel.errors import Refused  # noqa: E402
from portal.kernel.execution import execute  # noqa: E402
from portal.kernel.feature import Feature  # noqa: E402
from portal.kernel.jobs import Job, JobContext  # noqa: E402
from portal.kernel.outbox import Delivery, Handler, wire  # noqa: E402
from portal.kernel.runtime import Runtime  # noqa: E402
from portal.kernel.settings import Settings  # noqa: E402
from portal.kernel.text import _  # noqa: E402


def _line(context: JobContext, words: str) -> None:
    """Writes one line to the file of the run's job, at once."""
    path = Path(context.runtime.settings.data) / f"{context.arguments.get('file', 'lines')}.txt"
    with path.open("a") as file:
        file.write(words + "\n")


def count(context: JobContext) -> None:
    """Counts as far as asked, one line a step, going on where a dead run left off."""
    path = Path(context.runtime.settings.data) / "count.txt"
    goal = int(context.arguments["goal"])
    done = len(path.read_text().split()) if path.exists() else 0
    for number in range(done, goal):
        context.check_cancelled()
        with path.open("a") as file:
            file.write(f"{number}\n")
        context.progress(number + 1, goal, _("第 %(number)s 步", number=number))
        time.sleep(float(context.arguments.get("pause", 0.02)))
    context.counts["counted"] = goal


def once(context: JobContext) -> None:
    """One line for each run: a run that happens twice leaves two."""
    _line(context, f"{context.planned_at.isoformat()} {context.run_id}")


def wait(context: JobContext) -> None:
    """Waits until it is cancelled."""
    _line(context, "waiting")
    while True:
        context.check_cancelled()
        time.sleep(0.02)


def sleep(context: JobContext) -> None:
    """Sleeps and hears nothing."""
    _line(context, "sleeping")
    time.sleep(30)


def fail(context: JobContext) -> None:
    raise RuntimeError("secret of the wise")


def refuse(context: JobContext) -> None:
    raise Refused(_("这份文件不能导入。"))


def slow(runtime: Runtime, deliveries: Sequence[Delivery]) -> None:
    """A handler that takes its time and writes down what it got."""
    for delivery in deliveries:
        time.sleep(0.1)
        with (runtime.settings.data / "delivered.txt").open("a") as file:
            file.write(delivery.subject_id + "\n")


JOBS = (
    Job("sample.count", _("计数"), count, resumable=True, time_limit=60),
    Job("sample.once", _("一次"), once, trigger=timedelta(seconds=1), time_limit=60),
    Job("sample.after", _("其后"), once, after="sample.count", time_limit=60),
    Job("sample.wait", _("等待"), wait, resumable=True, time_limit=60),
    Job("sample.sleep", _("沉睡"), sleep, time_limit=1),
    Job("sample.fail", _("失败"), fail, attempts=2),
    Job("sample.refuse", _("拒绝"), refuse),
)
HANDLERS = (Handler("sample.slow", ("test.happened",), slow),)


def make_runtime(url: str, data: Path, *, jobs: tuple[Job, ...] = JOBS) -> Runtime:
    feature = Feature("sample", _("示例"), "tests", jobs=jobs, handlers=HANDLERS)
    settings = replace(Settings(), data=data)
    return Runtime(settings, Database(url, pool_size=3), (feature,), wire(HANDLERS))


def main(arguments: Sequence[str]) -> Any:
    url, data, what, *rest = arguments
    stop = threading.Event()
    runtime = make_runtime(url, Path(data))
    try:
        if what == "execute":
            return execute(runtime, rest[0])
        signal.signal(signal.SIGTERM, lambda *_signal: stop.set())
        from portal import dispatcher, scheduler

        if what == "dispatch":
            dispatcher.run(runtime, stop)
        else:
            scheduler.run(runtime, stop, command=rest)
        return 0
    finally:
        runtime.database.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
