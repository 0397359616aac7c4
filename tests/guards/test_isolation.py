"""Tests open no socket but loopback and see no setting of the outside; each with what it catches."""

import os
import socket

import pytest

from tests.isolation import LeftLoopback, is_loopback
from tests.suites import Suite, outcome_of

ELSEWHERE = ("192.0.2.1", 9)  # an address kept for documentation: no machine has it


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", b"127.0.0.1", None])
def test_this_machine_is_loopback(host: object) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "10.0.0.1", "0.0.0.0", "example.org", "fe80::1%eth0"]
)
def test_any_other_host_is_not(host: object) -> None:
    assert not is_loopback(host)


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as client, pytest.raises(LeftLoopback):
        client.connect(ELSEWHERE)


def test_a_datagram_to_another_machine_is_refused() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        pytest.raises(LeftLoopback),
    ):
        client.sendto(b"!", ELSEWHERE)


def test_asking_for_the_address_of_another_name_is_refused() -> None:
    with pytest.raises(LeftLoopback):
        socket.getaddrinfo("registry.example.org", 443)


def test_a_connection_on_loopback_is_let_through() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())


def test_no_setting_of_the_portal_reaches_a_test() -> None:
    assert [name for name in os.environ if name.startswith("PORTAL_")] == []


@pytest.mark.parametrize(
    ("suite", "tests", "line"),
    [
        (Suite("chromium", "Chromium", ""), 3, "Chromium: ran, 3 tests"),
        (
            Suite("chromium", "Chromium", "none is here"),
            0,
            "Chromium: did not run, none is here",
        ),
        (
            Suite("chromium", "Chromium", ""),
            0,
            "Chromium: is here, but no test of it was selected",
        ),
    ],
)
def test_the_closing_lines_say_what_ran_and_what_did_not(
    suite: Suite, tests: int, line: str
) -> None:
    assert outcome_of(suite, tests) == line
