"""`portal users`: who there is, and who may do what."""

import click

from auth import queries, roles
from auth.services import grant_role, revoke_role
from portal.kernel.commands import operator, with_runtime
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work

ROLE = click.Choice([role.key for role in roles.ROLES])
ROLES = "\b\n" + "\n".join(f"{role.key:<24}{role.label}" for role in roles.ROLES)


@click.group("users", help=str(_("查看用户，授予和撤销角色。")))
def users() -> None:
    """The operator's way to people and roles; it makes the first administrator."""


@users.command("list", help=str(_("列出全部用户及其单位和角色。")))
@with_runtime
def list_users(runtime: Runtime) -> None:
    """One line a person."""
    with runtime.database.reading() as session:
        found = queries.people(session)
    for each in found:
        held = ", ".join(each.roles) if each.active else str(_("已停用"))
        click.echo(f"{each.id}  {each.username}  {each.name}  {each.unit_name or '-'}  {held}")
    click.echo(str(_("共 %(count)s 个用户。", count=len(found))))


@users.command(
    "grant", help=str(_("授予角色：portal users grant USER ROLE [--unit 单位]。")), epilog=ROLES
)
@click.argument("user")
@click.argument("role", type=ROLE, metavar="ROLE")
@click.option("--unit", "unit_name", help=str(_("单位的名称、信用代码或编号。")))
@with_runtime
def grant(runtime: Runtime, *, user: str, role: str, unit_name: str | None) -> None:
    """Grants as the operator of the machine; the trail says so."""
    with unit_of_work(runtime, operator()) as uow:
        person = queries.the_user(uow.session, user)
        unit = queries.the_unit(uow.session, unit_name) if unit_name else None
        grant_role(uow, person.id, role=role, unit_id=unit.id if unit else None)
    click.echo(str(_("“%(name)s”现在是%(role)s。", name=person.name, role=roles.label(role))))


@users.command(
    "revoke", help=str(_("撤销角色：portal users revoke USER ROLE [--unit 单位]。")), epilog=ROLES
)
@click.argument("user")
@click.argument("role", type=ROLE, metavar="ROLE")
@click.option("--unit", "unit_name", help=str(_("单位的名称、信用代码或编号；不写则不论单位。")))
@with_runtime
def revoke(runtime: Runtime, *, user: str, role: str, unit_name: str | None) -> None:
    """Revokes as the operator of the machine."""
    with unit_of_work(runtime, operator()) as uow:
        person = queries.the_user(uow.session, user)
        unit = queries.the_unit(uow.session, unit_name) if unit_name else None
        revoke_role(uow, person.id, role=role, unit_id=unit.id if unit else None)
    click.echo(str(_("“%(name)s”不再是%(role)s。", name=person.name, role=roles.label(role))))
