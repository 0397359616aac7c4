"""What every command line needs: the runtime, opened when it is first asked for."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from portal.kernel.access import SYSTEM, Actor
from portal.kernel.runtime import Runtime

Result = TypeVar("Result")


class Invocation:
    """One run of the command line."""

    def __init__(self, open_runtime: Callable[[], Runtime]) -> None:
        self._open = open_runtime
        self._runtime: Runtime | None = None

    @property
    def runtime(self) -> Runtime:
        """The runtime of this process; settings are checked and the database is opened here."""
        if self._runtime is None:
            self._runtime = self._open()
        return self._runtime


def with_runtime(command: Callable[..., Result]) -> Callable[..., Result]:
    """Gives the runtime to a command as its first argument."""

    def call(invocation: Invocation, /, *arguments: Any, **options: Any) -> Result:
        return command(invocation.runtime, *arguments, **options)

    call.__name__, call.__doc__ = command.__name__, command.__doc__
    call.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    return click.pass_obj(call)


def operator() -> Actor:
    """Who acts when the machine's operator runs a command without naming a person."""
    return SYSTEM
