"""Which addresses sign-in may trust, and which ways lead back on this site."""

import ipaddress
import re
from urllib.parse import urlsplit

# One slash, then visible ASCII without backslash: browsers read "/\" and "/<tab>/" as another host.
_LOCAL = re.compile(r"/(?!/)[!-\[\]-~]*")
_NOT_BACK_TO = ("/sign-in", "/sign-out", "/signed-out")


def is_loopback(host: str | None) -> bool:
    """Whether the host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def is_safe(url: str) -> bool:
    """Whether what is sent there cannot be read on the way."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    )


def way_back(raw: str | None) -> str:
    """A path of this site to go to after sign-in; the home page for anything else."""
    if raw and _LOCAL.fullmatch(raw) and not raw.startswith(_NOT_BACK_TO):
        return raw
    return "/"


def is_here(host: str) -> bool:
    """Whether an asker who called the site by that name (and port) sits at this very machine."""
    return is_loopback(_name(host))


def same_machine_address(url: str, host: str) -> str | None:
    """The site's address when the asker used another name of this very machine, else nothing.

    The cookie of a sign-in belongs to one name; the provider answers to the one in the settings.
    """
    home, asked = urlsplit(url).hostname, _name(host)
    if asked != home and is_loopback(asked) and is_loopback(home):
        return url
    return None


def _name(host: str) -> str | None:
    """The name in a Host header, which may hold anything."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
