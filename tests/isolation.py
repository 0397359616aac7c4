"""Keeps tests to themselves: no socket but loopback, no PORTAL_* setting of the outside."""

import ipaddress
import os
import sys

CHECKED = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo"})


class LeftLoopback(AssertionError):
    """A test reached for another machine."""


def is_loopback(host: object) -> bool:
    """Names count by what they say: only `localhost` is known to be this machine."""
    if host is None or host in ("", "localhost", b"localhost"):
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event not in CHECKED:
        return
    host = arguments[0]
    if event != "socket.getaddrinfo":
        address = arguments[-1]
        if not isinstance(address, tuple):
            return  # a socket of the file system
        host = address[0]
    if not is_loopback(host):
        message = f"{event} to {host!r}: tests open no socket but loopback"
        raise LeftLoopback(message)


def pytest_configure() -> None:
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        del os.environ[name]
    sys.addaudithook(_watch)


def pytest_report_header() -> str:
    return "isolation: loopback only, PORTAL_* removed"
