"""Folders for what an import writes beside the database: each of one process, gone with it.

A process that is killed cannot clean up. So each folder is held by a lock that ends with its
process, and whoever makes the next one takes away those that nobody holds.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from portal.kernel.settings import Settings

_LOCK, _HELD, _PREFIX = ".lock", "held", "import-"


def scratch_folder(settings: Settings) -> Path:
    """Where imports put what they need only while they work."""
    return settings.data / "scratch"


@contextmanager
def workplace(parent: Path) -> Iterator[Path]:
    """A folder of this process, empty; it goes with all that is in it, and earlier ones too."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as held:
        with _alone(parent):
            _sweep(parent)
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            held.callback(shutil.rmtree, folder, ignore_errors=True)
            _hold(held.enter_context((folder / _HELD).open("w")))
        yield folder


def sweep(parent: Path) -> int:
    """Takes away what processes have left that were killed; returns how many folders."""
    if not parent.is_dir():
        return 0
    with _alone(parent):
        return _sweep(parent)


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Nobody else makes or takes away folders meanwhile."""
    with (parent / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(parent: Path) -> int:
    left = [folder for folder in parent.glob(f"{_PREFIX}*") if not _is_held(folder)]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


def _hold(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_held(folder: Path) -> bool:
    try:
        with (folder / _HELD).open("r+") as lock:
            return not _hold(lock)
    except (FileNotFoundError, NotADirectoryError):
        return False
