"""Small parts of the kernel: clock, columns, errors, access, runtime, command lines."""

import socket
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from portal.kernel import access, clock
from portal.kernel.access import NOBODY, SYSTEM, Assignment, Permission, Person, Scope
from portal.kernel.commands import Invocation, operator, with_runtime
from portal.kernel.db import Json, Moment, _set_up_sqlite
from portal.kernel.errors import (
    Conflict,
    Invalid,
    NotFound,
    PortalError,
    Refused,
    TooMany,
    Unavailable,
    missing,
)
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from tests.portal.kernel.notes import JUDGE, WRITE, Note


def test_the_clock_is_utc_and_days_are_the_city_s() -> None:
    with clock.frozen(datetime(2022, 3, 14, 17, tzinfo=UTC)):
        assert clock.now() == datetime(2022, 3, 14, 17, tzinfo=UTC)
        assert clock.today() == date(2022, 3, 15)
    assert clock.now().tzinfo is UTC
    assert clock.day_start(date(2022, 3, 15)) == datetime(2022, 3, 14, 16, tzinfo=UTC)
    assert clock.day_end(date(2022, 3, 15)) < clock.day_start(date(2022, 3, 16))


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Moment().process_bind_param(datetime(2022, 3, 14), sqlite.dialect())  # noqa: DTZ001  the thing tested


@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_comes_back_in_utc(moment: datetime) -> None:
    column, dialect = Moment(), sqlite.dialect()
    try:
        kept = column.process_bind_param(moment, dialect)
    except OverflowError:
        return  # at the ends of the calendar
    assert column.process_result_value(kept, dialect) == moment.astimezone(UTC)
    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_json_comes_back_as_it_was(value: object) -> None:
    column, dialect = Json(), sqlite.dialect()
    assert column.process_result_value(column.process_bind_param(value, dialect), dialect) == value


@pytest.mark.parametrize(
    ("kind", "status"),
    [(NotFound, 404), (Refused, 403), (Invalid, 422), (Conflict, 409), (Unavailable, 503)],
)
def test_errors_carry_their_sentence_and_status(kind: type[PortalError], status: int) -> None:
    error = kind(_("不行。"), **({} if kind is Unavailable else {"rule": "CAT-01"}))
    assert (error.status, str(error)) == (status, "不行。")
    if kind is not Unavailable:
        assert error.rule == "CAT-01"


def test_errors_tell_where_and_what_more() -> None:
    assert Invalid(_("不行。"), fields={"title": (_("太长。"),)}).fields == {"title": [_("太长。")]}
    assert Conflict(_("不行。"), detail={"now": 1}).detail == {"now": 1}
    assert TooMany(_("太多。"), retry_after=7).retry_after == 7
    assert str(missing(_("这个单位"))).startswith("没有找到这个单位。")


def test_rights_reach_as_far_as_their_scope() -> None:
    note = Note(id="n", unit_id="u1", region_code="370102")
    own = Person("p", "示例", assignments=(Assignment("writer", "u1"),))
    other = Person("p", "示例", assignments=(Assignment("writer", "u2"),))
    local = Person("p", "示例", assignments=(Assignment("local_judge", region_code="370102"),))
    assert own.may(WRITE, note)
    assert own.may(WRITE)
    assert not other.may(WRITE, note)
    assert not Person("p", "示例", assignments=(Assignment("writer"),)).may(WRITE, note)
    assert local.may(JUDGE, note)
    assert not local.may(JUDGE, Note(id="n", region_code="370103"))
    assert not own.may(JUDGE, note)
    assert own.has_role("writer")
    assert not own.has_role("judge")
    assert SYSTEM.may(JUDGE, note)
    assert not NOBODY.may(WRITE)
    assert set(access.SCOPE_LABELS) == set(Scope)
    assert len({WRITE, Permission("note.write", _("别名"))}) == 2


def test_a_runtime_hands_out_its_parts(runtime: Runtime) -> None:
    runtime.parts[str] = "engine"
    assert runtime.part(str) == "engine"
    with pytest.raises(KeyError):
        runtime.part(int)


def test_a_nudge_that_nobody_hears_does_no_harm(runtime: Runtime, tmp_path: Path) -> None:
    runtime.nudge()
    settings = replace(runtime.settings, data=tmp_path / ("x" * 120))
    replace(runtime, settings=settings).nudge()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ears:
        ears.bind(str(runtime.settings.dispatcher_socket))
        runtime.nudge()
        assert ears.recv(16) == b"!"


def test_a_command_gets_the_runtime_that_is_opened_once(runtime: Runtime) -> None:
    opened: list[int] = []

    def opening() -> Runtime:
        opened.append(1)
        return runtime

    @click.command("say")
    @click.argument("words")
    @click.option("--loud", is_flag=True)
    @with_runtime
    def say(runtime: Runtime, words: str, *, loud: bool) -> None:
        """Says it."""
        click.echo(f"{runtime.settings.mode} {words.upper() if loud else words}")

    invocation = Invocation(opening)
    result = CliRunner().invoke(say, ["hello", "--loud"], obj=invocation)
    assert result.output == "demo HELLO\n"
    assert invocation.runtime is runtime
    assert opened == [1]
    assert operator() is SYSTEM


def test_sqlite_is_opened_by_its_own_driver_only() -> None:
    with pytest.raises(TypeError, match="another database"):
        _set_up_sqlite(object(), None)
