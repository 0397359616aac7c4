"""The people that the local provider knows: the demo's, and one new to the portal."""

from dataclasses import dataclass

from auth.pages import demo_people
from auth.sessions import shown_roles
from portal.kernel.db import Database
from portal.kernel.text import Text, _


@dataclass(frozen=True, slots=True)
class Persona:
    """One invented person; `about` and unit stand beside the name."""

    username: str
    name: str
    email: str = ""
    about: tuple[Text, ...] = ()
    unit_name: str = ""


NEWCOMER = Persona(
    "newcomer",
    str(_("示例·新访客")),
    "newcomer@example.invalid",
    (_("第一次登录，没有单位和角色"),),
)


def personas_of(database: Database) -> tuple[Persona, ...]:
    """The demo's people as the portal's own tables have them, and somebody without account."""
    with database.reading() as session:
        known = demo_people(session)
    listed = [
        Persona(
            each.username,
            each.name,
            each.email,
            shown_roles(each.roles),
            each.unit_name,
        )
        for each in known
    ]
    new = all(persona.username != NEWCOMER.username for persona in listed)
    return (*listed, NEWCOMER) if new else tuple(listed)
