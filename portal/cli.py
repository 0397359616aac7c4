"""The console script `portal`: one group, the floor's commands and those of the features."""

import io
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from portal.commands import usage
from portal.commands.failures import sentence
from portal.commands.fork import uncollected
from portal.kernel.commands import Invocation
from portal.kernel.errors import PortalError
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings, from_environment
from portal.kernel.text import _

FLOOR = {  # name of the command, which is also its name in the module beside it
    "init": "setting_up",
    "upgrade": "setting_up",
    "check": "setting_up",
    "serve": "processes",
    "dispatch": "processes",
    "scheduler": "processes",
    "demo": "processes",
    "jobs": "work",
    "calendar": "work",
}
_OF_CLICK = (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError)


class Portal(click.Group):
    """Reads the module of a command when the command is asked for; all of them speak as we do."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **more: Any,
    ) -> click.Context:
        with usage.in_our_words():
            return super().make_context(info_name, args, parent, **more)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*(str(command.name) for command in _floor()), *_features()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        with uncollected():
            found = _of_floor(cmd_name) if cmd_name in FLOOR else _features().get(cmd_name)
        return usage.speaking(found) if found is not None else None

    def invoke(self, ctx: click.Context) -> object:
        """Runs a command; what goes wrong is a sentence, never a traceback."""
        try:
            with usage.in_our_words():
                return super().invoke(ctx)
        except _OF_CLICK:
            raise
        except Exception as error:  # noqa: BLE001  told, and recorded where it is a fault of ours
            click.echo(str(sentence(error, _settings())), err=True)
            ctx.exit(1)


def _floor() -> list[click.Command]:
    return [_of_floor(name) for name in FLOOR]


def _of_floor(name: str) -> click.Command:
    command: click.Command = getattr(import_module(f"portal.commands.{FLOOR[name]}"), name)
    return command


def _features() -> dict[str, click.Command]:
    with uncollected():
        from portal.app import FEATURES

    return {str(c.name): c for feature in FEATURES for c in feature.commands}


def _open_runtime() -> Runtime:
    with uncollected():
        from portal.app import open_runtime

        return open_runtime()


def _settings() -> Settings | None:
    """The settings, where they are not themselves what is wrong."""
    with suppress(PortalError, OSError):
        return from_environment(os.environ)
    return None


def main() -> None:
    """The entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Chinese still shows something
            stream.reconfigure(errors="backslashreplace")
    group = Portal("portal", help=str(_("公共数据目录与治理门户。")))
    usage.speaking(group)
    group(obj=Invocation(_open_runtime), prog_name="portal")


if __name__ == "__main__":
    main()
