"""Where a server may listen, told before anything else is begun."""

import socket
from pathlib import Path

import pytest

from portal.commands import listening
from portal.kernel.errors import Unavailable


def test_a_free_port_is_free_for_us_too() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    listening.refuse_taken_port(f"127.0.0.1:{port}")


def test_a_taken_port_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(Unavailable, match=f"{bind}：端口已被占用.*PORTAL_BIND"):
            listening.refuse_taken_port(bind)


@pytest.mark.parametrize(
    ("bind", "words"),
    [
        ("127.0.0.1:99999", "没有这样的端口"),
        ("192.0.2.1:20000", "本机没有这个地址"),
    ],
)
def test_an_address_that_cannot_be_had_is_told(bind: str, words: str) -> None:
    with pytest.raises(Unavailable, match=words):
        listening.refuse_taken_port(bind)


@pytest.mark.parametrize(
    ("bind", "expected"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("[::1]:8000", ("::1", 8000)),
        ("portal.example:80", ("portal.example", 80)),
    ],
)
def test_an_address_is_host_and_port(bind: str, expected: tuple[str, int]) -> None:
    assert listening.address(bind) == expected


def test_pages_without_their_style_are_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "ROOT", tmp_path)
    with pytest.raises(Unavailable, match=r"htmx/htmx.min.js.*make setup"):
        listening.refuse_missing_assets()
