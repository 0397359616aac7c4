"""What belongs to the request at hand: runtime, actor, session. Views and templates only."""

from flask import current_app, g

from portal.kernel.access import NOBODY, Person
from portal.kernel.runtime import Runtime
from portal.web.sessions import SignedIn

RUNTIME = "portal.runtime"


def runtime() -> Runtime:
    """What this process has."""
    found: Runtime = current_app.extensions[RUNTIME]
    return found


def signed_in_as() -> SignedIn | None:
    """The session of the asker, or nothing."""
    found: SignedIn | None = g.get("signed_in_as")
    return found


def actor() -> Person:
    """Who asks; nobody when not signed in."""
    session = signed_in_as()
    return session.person if session else NOBODY
