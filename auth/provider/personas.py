"""The people that the local provider knows: the demo's, and one new to the portal."""

from dataclasses import dataclass

from auth.oidc import LOCAL_ISSUER
from auth.queries import people
from auth.sessions import shown_roles
from portal.kernel.db import Database
from portal.kernel.text import _


@dataclass(frozen=True, slots=True)
class Persona:
    """One invented person; `about` is what the list says beside the name."""

    username: str
    name: str
    email: str = ""
    about: str = ""


def newcomer() -> Persona:
    """Somebody without account, who gets a public one."""
    return Persona(
        "newcomer",
        str(_("示例·新访客")),
        "newcomer@example.invalid",
        str(_("第一次登录，没有单位和角色")),
    )


def personas_of(database: Database) -> tuple[Persona, ...]:
    """The demo's people as the portal's own tables have them, and the newcomer."""
    with database.reading() as session:
        known = people(session, issuer=LOCAL_ISSUER)
    listed = [
        Persona(
            each.username,
            each.name,
            each.email,
            " · ".join([*(str(label) for label in shown_roles(each.roles)), each.unit_name]).strip(
                " ·"
            ),
        )
        for each in known
        if each.active
    ]
    if all(persona.username != newcomer().username for persona in listed):
        listed.append(newcomer())
    return tuple(listed)
