"""`portal users`."""

import pytest
from click.testing import CliRunner, Result

from auth.cli import users
from portal.kernel.commands import Invocation
from portal.kernel.errors import Invalid, NotFound, Refused
from tests.auth.city import BUREAU, WATER, City


def run(city: City, *arguments: str) -> Result:
    invocation = Invocation(lambda: city.runtime)
    return CliRunner().invoke(users, arguments, obj=invocation)


def test_everybody_is_listed_with_unit_and_roles(city: City) -> None:
    output = run(city, "list").output
    line = next(line for line in output.splitlines() if "示例·chief" in line)
    assert WATER in line
    assert "chief_representative" in line
    assert "共 5 个用户。" in output


def test_the_first_administrator_is_made_at_the_command_line(city: City) -> None:
    result = run(city, "grant", "citizen", "administrator", "--unit", BUREAU)
    assert result.exit_code == 0, result.output
    assert "系统管理员" in result.output
    person = city.person("citizen")
    assert person.has_role("administrator")
    assert person.unit_id == city.units[BUREAU]


def test_a_role_is_revoked_at_the_command_line(city: City) -> None:
    assert run(city, "revoke", "chief", "editor", "--unit", WATER).exit_code == 0
    assert not city.person("chief").has_role("editor")
    assert run(city, "revoke", "reviewer", "reviewer").exit_code == 0


def test_a_wrong_word_is_a_sentence(city: City) -> None:
    assert isinstance(run(city, "grant", "nobody", "editor").exception, NotFound)
    assert isinstance(run(city, "grant", "citizen", "editor").exception, Invalid)
    assert isinstance(run(city, "grant", "admin", "auditor").exception, Refused)


@pytest.mark.parametrize("arguments", [("grant", "citizen", "king"), ("grant",)])
def test_what_click_itself_refuses_ends_with_its_usage(
    city: City, arguments: tuple[str, ...]
) -> None:
    assert run(city, *arguments).exit_code == 2


def test_a_switched_off_account_is_marked(city: City) -> None:
    from auth.services import switch_user
    from portal.kernel.uow import unit_of_work

    with unit_of_work(city.runtime, city.person("admin")) as uow:
        switch_user(uow, city.users["citizen"], active=False)
    line = next(row for row in run(city, "list").output.splitlines() if "citizen" in row)
    assert "已停用" in line
