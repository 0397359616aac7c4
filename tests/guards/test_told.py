"""What is declared is told: commands and settings have their help, jobs and limits their place."""

from collections.abc import Iterator

import click
import pytest

from portal.cli import Portal, _floor
from portal.kernel.settings import Settings
from portal.kernel.text import CHINESE, ENGLISH, speaking
from tests.world import World


def group() -> click.Group:
    """The console script with all that it has."""
    made = Portal("portal", help="-")
    for command in _floor():
        made.add_command(command)
    return made


def commands(command: click.Command, name: str = "portal") -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, with their full names."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None
            yield from commands(found, f"{name} {each}")


def untold(command: click.Command, name: str) -> list[str]:
    """What a command does not say: its own help, or that of an option."""
    silent = [] if command.help else [name]
    return silent + [
        f"{name} {parameter.opts[0]}"
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]


def test_every_command_and_every_option_has_its_help() -> None:
    known = dict(commands(group()))
    assert {
        f"portal {name}"
        for name in [
            "init",
            "upgrade",
            "check",
            "serve",
            "dispatch",
            "scheduler",
            "jobs",
            "users",
            "calendar",
            "catalog",
            "search",
            "demo",
        ]
    } <= set(known)
    assert [line for name, command in known.items() for line in untold(command, name)] == []


def test_a_command_without_help_is_seen() -> None:
    silent = click.Command("x", params=[click.Option(["--quiet"])])
    assert untold(silent, "portal x") == ["portal x", "portal x --quiet"]


def test_every_setting_is_told_to_operators_on_the_page_and_by_command(
    shared_world: World,
) -> None:
    page = shared_world.client("pipa").get("/help/settings").get_data(as_text=True)
    for language in (CHINESE, ENGLISH):
        with speaking(language):
            rows = Settings().rows()
            assert [name for name, _value, told in rows if not str(told).strip()] == []
    assert [name for name, _value, _told in Settings().rows() if name not in page] == []


def test_every_job_is_on_the_page_of_operations(shared_world: World) -> None:
    page = shared_world.client("pipa").get("/operations").get_data(as_text=True)
    jobs = [job for feature in shared_world.runtime.features for job in feature.jobs]
    assert jobs
    assert [job.key for job in jobs if str(job.label) not in page] == []


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("permissions", "/help/permissions"),
        ("workflows", "/help/workflows"),
        ("deadlines", "/help/deadlines"),
        ("code_lists", "/help/codes"),
    ],
)
def test_every_declaration_is_in_the_help(shared_world: World, kind: str, address: str) -> None:
    page = shared_world.client().get(address).get_data(as_text=True)
    declared = [each for f in shared_world.runtime.features for each in getattr(f, kind)]
    assert declared
    assert [str(each.label) for each in declared if str(each.label) not in page] == []
