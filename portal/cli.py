"""The console script `portal`: one group, the floor's commands and those of the features."""

import click

from portal.kernel.commands import Invocation
from portal.kernel.errors import PortalError
from portal.kernel.text import _


class Portal(click.Group):
    """Loads the commands when they are asked for, so that `--help` of one is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_features()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or _features().get(cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        """Runs a command; what it refuses is a sentence, never a traceback."""
        try:
            return super().invoke(ctx)
        except PortalError as error:
            click.echo(str(error.message), err=True)
            ctx.exit(1)


def _features() -> dict[str, click.Command]:
    from portal.app import FEATURES

    return {str(c.name): c for feature in FEATURES for c in feature.commands}


def _floor() -> list[click.Command]:
    from portal.commands import processes, setting_up, work

    return [
        setting_up.init,
        setting_up.upgrade,
        setting_up.check,
        processes.serve,
        processes.dispatch,
        processes.scheduler,
        processes.demo,
        work.jobs,
        work.calendar,
    ]


def main() -> None:
    """The entry point of the console script."""
    from portal.app import open_runtime

    group = Portal("portal", help=str(_("公共数据目录与治理门户。")))
    for command in _floor():
        group.add_command(command)
    group(obj=Invocation(open_runtime), prog_name="portal")


if __name__ == "__main__":
    main()
