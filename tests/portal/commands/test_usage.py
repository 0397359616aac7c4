"""What click has to say is said by us, in the language of the moment, one sentence each."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from portal import cli
from portal.app import load_translations
from portal.commands import usage
from portal.kernel.text import CHINESE, ENGLISH, speaking

# What is typed, and what is said; each ends with the command that shows how it is typed right.
TYPED = {
    "nonesuch": "没有命令 nonesuch。有：calendar、",
    "calendar lod": "没有命令 lod。有：load、show。运行 portal calendar --help",
    "--bad": "没有选项 --bad。运行 portal --help",
    "check --setings": "没有选项 --setings，您要的可能是 --settings。",
    "jobs run": "缺少 KEY。运行 portal jobs run --help",
    "users grant": "缺少 USER。",
    "users grant wang": "缺少 ROLE，应为 chief_representative、",
    "users grant wang king": "、public 之一，现为 king。",
    "search query --limit 99999 x": "--limit 应在 0<=x<=1000 之内，现为 99999。",
    "search query --limit x y": "--limit 应为整数，现为 x。",
    "jobs history --page x": "--page 应为整数，现为 x。",
    "calendar show more": "这个命令不要 more，它是多出的。",
    "calendar show more and more": "这个命令不要 more and more，它们是多出的。",
}


def typed(line: str) -> tuple[int, str, str]:
    """Exit code, output and error output of a line."""
    group = usage.speaking(cli.Portal("portal", help="-"))
    done = CliRunner().invoke(group, line.split(), prog_name="portal")
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("line", TYPED)
def test_what_is_typed_wrong_is_one_sentence_with_the_way_to_the_help(line: str) -> None:
    code, out, told = typed(line)
    assert TYPED[line] in told
    assert "--help 查看用法。\n" in told
    assert (code, out, len(told.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("line", ["jobs history --job", "init --help=3"])
def test_an_option_without_its_value_or_with_one_too_many_is_one_sentence(line: str) -> None:
    code, out, told = typed(line)
    assert told.startswith("选项 --")
    assert (code, out, len(told.splitlines())) == (2, "", 1)


def test_words_that_we_do_not_know_are_passed_on() -> None:
    assert "words of a new release" in str(usage.told(click.UsageError("words of a new release")))


@pytest.mark.parametrize(
    "line", ["--help", "jobs history --help", "users grant --help", "calendar"]
)
def test_the_help_is_in_our_words(line: str) -> None:
    _code, out, told = typed(line)
    said = out or told
    assert said.startswith("用法：portal ")
    assert "选项：" in said
    for theirs in ("Usage", "Options", "Commands", "[OPTIONS]", "Show this", "default"):
        assert theirs not in said


def test_a_group_without_its_command_shows_its_help_and_fails() -> None:
    code, out, told = typed("calendar")
    assert (code, out) == (2, "")
    assert "load" in told


def test_english_is_spoken_where_it_is_wanted() -> None:
    load_translations()
    with speaking(ENGLISH):
        _code, _out, told = typed("calendar lod")
        _code, shown, _told = typed("calendar --help")
    assert told == (
        "There is no command lod. There are: load、show. "
        "Run portal calendar --help to see how it is used.\n"
    )
    assert shown.startswith("Usage: portal calendar [OPTIONS] COMMAND")
    with speaking(CHINESE):
        assert "没有命令 lod" in typed("calendar lod")[2]


def test_a_command_that_is_stopped_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command("wait", help="-")
    def wait() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.Portal, "get_command", lambda *_args: wait)
    assert typed("wait") == (1, "", "已停止。\n")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (click.Path(exists=True), "没有 {path}/none 这个文件或文件夹"),
        (click.Path(exists=True, dir_okay=False), "{path} 是文件夹，应为文件"),
        (click.Path(exists=True, file_okay=False), "{path}/file 是文件，应为文件夹"),
        (click.UUID, "FILE 的值 {path} 不对"),
        (click.Choice(["a", "b"]), "FILE 应为 a、b 之一，现为 {path}。"),
    ],
)
def test_every_kind_of_value_is_refused_in_our_words(
    kind: click.ParamType, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command("read", help="-")
    @click.argument("file", type=kind)
    def read(file: object) -> None:
        click.echo(file)

    monkeypatch.setattr(cli.Portal, "get_command", lambda *_args: read)
    (tmp_path / "file").touch()
    said = words.format(path=tmp_path)
    name = next((part for part in ("none", "file") if f"/{part}" in said), "")
    assert said in typed(f"read {tmp_path / name}")[2]
