"""Bounds on what one address may do at the same time, shared by all web processes of a machine."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from portal.kernel.errors import TooMany
from portal.kernel.text import Text


@contextmanager
def one_of(folder: Path, *, kind: str, address: str, most: int, said: Text) -> Iterator[None]:
    """Holds one of `most` places of an address; raises TooMany, with `said`, when all are taken.

    A place is a locked file: the system frees it when a process dies.
    """
    if most <= 0:
        yield
        return
    handle = _take(folder, f"{kind}-{hashlib.sha256(address.encode()).hexdigest()[:12]}", most)
    if handle is None:
        raise TooMany(said, retry_after=2)
    try:
        yield
    finally:
        os.close(handle)


def _take(folder: Path, name: str, most: int) -> int | None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(most):
        handle = os.open(folder / f"{name}-{number}", os.O_RDWR | os.O_CREAT, 0o600)
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        os.close(handle)
    return None
