"""Who listens to an import: hears how far it is, and may stop it at a safe point."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from catalog.entries.imports.readers.source import Row
from portal.kernel.errors import Refused
from portal.kernel.text import Text, _

ROWS_BETWEEN = 200


class Monitor(Protocol):
    """Hears how far the import is and may stop it, while rows are read and between transactions."""

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None: ...
    def check_cancelled(self) -> None: ...


class Nobody:
    """Listens to nothing and stops nothing."""

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None:
        pass

    def check_cancelled(self) -> None:
        pass


@dataclass(slots=True)
class Bounded:
    """Hears and stops as another does, and stops besides what takes more than so many seconds."""

    inner: Monitor
    seconds: float
    _began: float = field(default_factory=time.monotonic)

    def progress(self, done: int, total: int | None = None, words: Text | None = None) -> None:
        self.inner.progress(done, total, words)

    def check_cancelled(self) -> None:
        self.inner.check_cancelled()
        if time.monotonic() - self._began > self.seconds:
            raise Refused(
                _(
                    "读取这个文件超过 %(minutes)s 分钟，已停止。"
                    "请拆成几个文件，或请系统管理员用命令导入。",
                    minutes=round(self.seconds / 60),
                )
            )


def told_of(rows: Iterator[Row], monitor: Monitor) -> Iterator[Row]:
    """The rows of a file; every so many the monitor hears of them and may stop the reading."""
    for count, row in enumerate(rows):
        if count % ROWS_BETWEEN == 0:
            monitor.check_cancelled()
            monitor.progress(count, words=_("正在读取文件：已读 %(n)s 行", n=f"{count:,}"))
        yield row
