"""What click says of a command line, said by us: help, and what was typed wrong as one sentence."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO

import click

from portal.kernel.text import Text, _

# What click says of a value, and how we say it; places in braces become ours of the same name.
_OF_VALUES: Mapping[str, Text] = {
    "{value} is not one of {choices}.": _("%(name)s 应为 %(choices)s 之一，现为 %(value)s。"),
    "{value} is not a valid integer.": _("%(name)s 应为整数，现为 %(value)s。"),
    "{value} is not a valid integer range.": _("%(name)s 应为整数，现为 %(value)s。"),
    "{value} is not a valid {kind}.": _("%(name)s 的值 %(value)s 不对。"),
    "{value} is not in the range {range}.": _("%(name)s 应在 %(range)s 之内，现为 %(value)s。"),
    "{kind} {value} does not exist.": _("%(name)s：没有 %(value)s 这个文件或文件夹。"),
    "{kind} {value} is a file.": _("%(name)s：%(value)s 是文件，应为文件夹。"),
    "{kind} {value} is a directory.": _("%(name)s：%(value)s 是文件夹，应为文件。"),
    "{kind} {value} is not readable.": _("%(name)s：没有权限读 %(value)s。"),
    "{kind} {value} is not writable.": _("%(name)s：没有权限写 %(value)s。"),
    "Option {name} requires an argument.": _("选项 %(name)s 后面还要写一个值。"),
    "Option {name} does not take a value.": _("选项 %(name)s 后面不写值。"),
    "Got unexpected extra argument ({more})": _("这个命令不要 %(more)s，它是多出的。"),
    "Got unexpected extra arguments ({more})": _("这个命令不要 %(more)s，它们是多出的。"),
    "Missing command.": _("没有写出要运行的子命令。"),
}
_HEADINGS: Mapping[str, Text] = {
    "Options": _("选项："),
    "Positional arguments": _("参数："),
    "Commands": _("命令："),
}
_IN_HELP: Mapping[str, Text] = {
    "Show this message and exit.": _("显示这段说明。"),
    "[default: ": _("[默认："),
    "; required]": _("；必填]"),
    "[required]": _("[必填]"),
}
_OPTIONS, _SUBCOMMAND = _("[选项]"), _("命令 [参数]…")


class Formatter(click.HelpFormatter):
    """Help with headings of ours."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, str(_("用法：")) if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_HEADINGS.get(heading, heading)}\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        super().write_dl(
            [(first, _in_help(second)) for first, second in rows], col_max, col_spacing
        )


class Context(click.Context):
    """The context of every command, for the sake of its help."""

    formatter_class = Formatter


class Told(click.ClickException):
    """What ends a command, in words that need nothing around them."""

    def __init__(self, words: Text | str, exit_code: int) -> None:
        super().__init__(str(words))
        self.exit_code = exit_code  # type: ignore[misc]  # click has one for each kind of error

    def show(self, file: IO[str] | None = None) -> None:
        click.echo(self.message, file=file, err=True)


@contextmanager
def in_our_words() -> Iterator[None]:
    """Lets click end a command as it does, with the words of `told`."""
    try:
        yield
    except Told:
        raise
    except click.ClickException as error:
        raise Told(told(error), error.exit_code) from error
    except (click.Abort, KeyboardInterrupt, EOFError) as error:
        raise Told(_("已停止。"), 1) from error


def speaking(command: click.Command) -> click.Command:
    """The command, and those below it, with help in the language of the moment."""
    command.context_class = Context
    command.options_metavar = str(_OPTIONS)
    if isinstance(command, click.Group):
        command.subcommand_metavar = str(_SUBCOMMAND)
        for below in command.commands.values():
            speaking(below)
    return command


def told(error: click.ClickException) -> Text | str:
    """What was typed wrong as a sentence, with the command that shows how it is typed right.

    A command without its subcommand is answered by its help. What click says in words that we do
    not know is passed on as it is.
    """
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()
    said = _said(error)
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return said
    return _("%(said)s运行 %(command)s --help 查看用法。", said=said, command=context.command_path)


def _said(error: click.ClickException) -> Text | str:
    match error:
        case click.NoSuchCommand():
            return _no_command(error)
        case click.NoSuchOption():
            return _no_option(error)
        case click.MissingParameter():
            return _missing(error)
        case click.BadParameter():
            return _translated(error.message, {"name": _hint(error)})
        case _:
            return _translated(error.message, {})


def _no_command(error: click.NoSuchCommand) -> Text:
    context = error.ctx
    known: list[str] = []
    if context is not None and isinstance(context.command, click.Group):
        known = context.command.list_commands(context)
    return _("没有命令 %(name)s。有：%(known)s。", name=error.command_name, known="、".join(known))


def _no_option(error: click.NoSuchOption) -> Text:
    near = "、".join(error.possibilities or ())
    if near:
        return _("没有选项 %(name)s，您要的可能是 %(near)s。", name=error.option_name, near=near)
    return _("没有选项 %(name)s。", name=error.option_name)


def _missing(error: click.MissingParameter) -> Text:
    name = _hint(error)
    choices = getattr(error.param.type, "choices", ()) if error.param is not None else ()
    if choices:
        return _("缺少 %(name)s，应为 %(choices)s 之一。", name=name, choices="、".join(choices))
    return _("缺少 %(name)s。", name=name)


def _hint(error: click.BadParameter) -> str:
    """What a parameter is called: an option by its names, an argument as the usage line has it."""
    param = error.param
    if param is None:
        return str(error.param_hint or "-")
    if isinstance(param, click.Option):
        return "/".join(param.opts)
    return param.metavar or str(param.name).upper()


def _translated(message: str, values: Mapping[str, object]) -> Text | str:
    for template, ours in _OF_VALUES.items():
        found = re.fullmatch(_pattern(template), message, re.DOTALL)
        if found is not None:
            places = {key: _bare(value) for key, value in found.groupdict().items()}
            return Text(ours.message, {**places, **values})
    return message


def _pattern(template: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(template))


def _bare(value: str) -> str:
    """Without the quotes that click puts around what was typed."""
    return value.replace("', '", "、").strip("'")


def _in_help(words: str) -> str:
    for theirs, ours in _IN_HELP.items():
        words = words.replace(theirs, str(ours))
    return words
