"""The folder of the embedded index: generations side by side, one of them in use.

`current` names the one in use and is replaced in one step. Who writes to it holds `swap.lock`
shared, who replaces it holds the lock alone. `rebuild.lock` is held while a new one is filled; what
lies in the folder without being current or being filled is left over from a process that died.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from portal.kernel import clock
from portal.kernel.errors import Conflict
from portal.kernel.text import _
from search.engine import Shape

_NAME = re.compile(r"\d{8}-\d{6}-\d{6}-\d+")  # see `Folder.create`


@dataclass(frozen=True, slots=True)
class About:
    """By which rules a generation was made."""

    analysis: str
    shape: Shape


class Folder:
    """Names, pointers and locks; knows nothing of what an index holds."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pointer = root / "current"

    def current(self) -> str | None:
        """The name of the generation in use; None before the first one, or of a broken pointer."""
        try:
            name = self.pointer.read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError:
            return None
        return name if _NAME.fullmatch(name) else None

    def index(self, name: str) -> Path:
        """Where the engine's own files of a generation lie."""
        return self.root / name / "index"

    def state(self, name: str) -> tuple[int, int]:
        """Differs after every commit to a generation."""
        meta = (self.index(name) / "meta.json").stat()
        return meta.st_mtime_ns, meta.st_ino

    def create(self, about: About) -> str:
        """A new, empty generation; its name tells when it was begun."""
        name = f"{clock.now():%Y%m%d-%H%M%S-%f}-{os.getpid()}"
        self.index(name).mkdir(parents=True)
        text = json.dumps(asdict(about), ensure_ascii=False)
        (self.root / name / "about.json").write_text(text, encoding="utf-8")
        return name

    def about(self, name: str) -> About:
        """What a generation was made by."""
        raw = json.loads((self.root / name / "about.json").read_text(encoding="utf-8"))
        try:
            shape = Shape(tuple(raw["shape"]["facets"]), tuple(raw["shape"]["sorts"]))
            return About(raw["analysis"], shape)
        except (KeyError, TypeError) as error:
            raise ValueError(f"about.json of {name} is damaged") from error

    def point_at(self, name: str) -> None:
        """Makes a generation the one in use; survives a loss of power."""
        fresh = self.root / "current.new"
        with fresh.open("w", encoding="ascii") as stream:
            stream.write(name)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self.pointer)

    def sweep(self, *, keep: str | None = None) -> None:
        """Removes every generation but the current one and `keep`."""
        kept = {self.current(), keep}
        for path in self.root.iterdir():
            if path.is_dir() and path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds off a swap while a batch is written."""
        with self._lock("swap.lock") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH)
            yield

    @contextmanager
    def swapping(self) -> Iterator[None]:
        """Waits for the batch that is being written and holds off the next one."""
        with self._lock("swap.lock") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def claim_rebuild(self) -> IO[bytes]:
        """The lock of the one rebuild; closing it gives it back, and so does dying.

        Raises Conflict while another process fills a generation.
        """
        stream = self._lock("rebuild.lock")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.close()
            raise Conflict(_("索引正在重建，不能同时重建两次。请等它完成。")) from None
        return stream

    def _lock(self, name: str) -> IO[bytes]:
        self.root.mkdir(parents=True, exist_ok=True)
        return (self.root / name).open("ab")

    def bytes_used(self, name: str) -> int:
        """The size of a generation on the disk."""
        return sum(path.stat().st_size for path in self.index(name).iterdir() if path.is_file())
