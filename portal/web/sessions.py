"""What the web floor knows of signed-in people; `auth` implements the store."""

from dataclasses import dataclass
from typing import Protocol

from portal.kernel.access import Person
from portal.kernel.text import Text

COOKIE = "portal_session"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with a living session."""

    person: Person
    session_key: str
    csrf_secret: str
    language: str
    scheme: str
    unit_name: str
    roles: tuple[Text, ...]


class SessionStore(Protocol):
    """Finds the session of a cookie."""

    def load(self, raw_id: str, *, prolong: bool) -> SignedIn | None:
        """The living session of that id, or nothing; `prolong` only for what a person asked for."""
        ...


def cookie_name(*, secure: bool) -> str:
    """The session cookie's name; behind https it carries the prefix that browsers enforce."""
    return f"__Host-{COOKIE}" if secure else COOKIE
