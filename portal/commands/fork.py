"""Processes made by forking: what the parent has read is shared, and no child outlives it."""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkProcess

import click

from portal.commands.failures import sentence
from portal.kernel.settings import Settings

ASKED_TO_STOP = (signal.SIGTERM, signal.SIGINT)
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)
_ARENA_MAX = -8  # mallopt(3)
ARENAS = 2
_C = ctypes.CDLL(None)


def started(name: str, work: Callable[[], object], settings: Settings) -> ForkProcess:
    """Begins some work in a child with a session of its own; it ends when this process does.

    Ctrl-C reaches the parent alone, which then ends its children in its own order. Nothing that
    must not cross a fork may be open: no connection, no index, no thread.
    """
    process = multiprocessing.get_context("fork").Process(
        target=_child, args=(work, os.getpid(), settings), name=name
    )
    with _signals_held():
        process.start()
    return process


def end_with(parent: int) -> None:
    """Has this process told to stop (SIGTERM) as soon as the process that made it is gone."""
    if sys.platform == "linux":
        _C.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:  # it went before we could ask
        raise SystemExit(1)


def settle() -> None:
    """To be called once all is read and before anything is forked: keeps memory shared.

    The collector would write into every object that it looks at, and a page that is written to is
    no longer shared. Few arenas, for each thread's own holds on to what it has once used.
    """
    gc.freeze()
    if sys.platform == "linux" and hasattr(_C, "mallopt"):  # musl has none
        _C.mallopt(_ARENA_MAX, ARENAS)


@contextmanager
def uncollected() -> Iterator[None]:
    """For imports: they make many objects and no garbage, so that looking for it is in vain."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _child(work: Callable[[], object], parent: int, settings: Settings) -> None:
    os.setsid()
    for number in ASKED_TO_STOP:
        signal.signal(number, signal.SIG_DFL)
    end_with(parent)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKED_TO_STOP)
    try:
        work()
    except Exception as error:
        click.echo(str(sentence(error, settings)), err=True)
        raise SystemExit(1) from error


@contextmanager
def _signals_held() -> Iterator[None]:
    """Between the fork and the child's own handlers a signal would be heard by the parent's."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKED_TO_STOP)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKED_TO_STOP)
