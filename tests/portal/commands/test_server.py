"""The real web server under hostile clients: whatever they send, the next plain request is answered."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from tests.browser.server import Product
from tests.journeys.conftest import copied

PATIENCE = 30.0  # seconds until a plain request must have its answer, on a busy machine
HOST = b"Host: portal\r\n"
PLAIN = b"GET /search HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\n" + HOST + b"\r\n"


def post(headers: bytes, body: bytes = b"abc") -> bytes:
    return b"POST /catalog/entries/new HTTP/1.1\r\n" + HOST + headers + b"\r\n" + body


def get(path: bytes, method: bytes = b"GET") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n"


# What is sent, and the statuses that may come back; none: closed without a word, or kept waiting.
SENT: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "no HTTP at all": (b"\x00\x01\x02 nonsense\r\n\r\n", (400,)),
    "a greeting of TLS": (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\x7f" * 160, (400,)),
    "a line without version": (b"GET /search\r\n\r\n", (400,)),
    "an unknown version": (b"GET / HTTP/3.7\r\n" + HOST + b"\r\n", (400,)),
    "HTTP/2 and then nonsense": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100, ()),
    "a huge address": (get(b"/" + b"a" * 1_000_000), (414, 431)),
    "a huge header": (b"GET / HTTP/1.1\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n", (431,)),
    "5,000 headers": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5_000 + b"\r\n", (431,)),
    "a null byte in a header": (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n", (400,)),
    "a header that is folded": (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n", (400,)),
    "half a head": (b"GET / HTTP/1.1\r\nHost: portal\r\nX-Half: ", ()),
    "half a body": (post(FORM + b"Content-Length: 1000\r\n"), (401,)),
    "a length below nothing": (post(b"Content-Length: -5\r\n"), (400,)),
    "a length in words": (post(b"Content-Length: many\r\n"), (400,)),
    "two lengths": (post(b"Content-Length: 3\r\nContent-Length: 4\r\n"), (400,)),
    "a length without end": (post(b"Content-Length: " + b"9" * 30 + b"\r\n"), (400,)),
    "a length beyond the limit": (post(FORM + b"Content-Length: 99999999999\r\n"), (401, 413)),
    "a length beside chunks": (
        post(b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        (400, 401),
    ),
    "chunks of nonsense": (post(b"Transfer-Encoding: chunked\r\n", b"zz\r\nabc\r\n"), (400, 401)),
    "a chunk without end": (post(b"Transfer-Encoding: chunked\r\n", b"f" * 18), (400, 401)),
    "an unknown coding": (post(b"Transfer-Encoding: gzip\r\n"), (400, 501)),
    "fifty requests at once": (LIVE * 50, (200,)),
    "a request behind a short length": (post(b"Content-Length: 3\r\n", b"abc" + LIVE), (200, 401)),
    "HEAD": (get(b"/search", b"HEAD"), (200,)),
    "OPTIONS": (get(b"/search", b"OPTIONS"), (200,)),
    "OPTIONS of everything": (get(b"*", b"OPTIONS"), (400, 404)),
    "TRACE": (get(b"/search", b"TRACE"), (405,)),
    "CONNECT": (get(b"elsewhere:443", b"CONNECT"), (400, 404, 405)),
    "a method of nobody": (get(b"/search", b"BREW"), (405,)),
    "a null byte in the address": (get(b"/units/%00"), (404,)),
    "a raw null byte in the address": (get(b"/units/\x00"), (400,)),
    "bad UTF-8 in the address": (get(b"/units/%ff%fe"), (404,)),
    "raw bytes in the address": (get(b"/\xff\xfe"), (400,)),
    "bad UTF-8 in the query": (get(b"/search?q=%ff%00%c3%28&page=%00"), (200, 400, 422)),
    "a static file above": (get(b"/static/../../../etc/passwd"), (404,)),
    "a static file above, coded": (get(b"/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), (404,)),
    "a static file above, twice coded": (get(b"/static/%252e%252e/pyproject.toml"), (404,)),
    "a static file above, backslashes": (get(b"/static/..%5c..%5cpyproject.toml"), (404,)),
    "a static file with a null byte": (get(b"/static/look.css%00.png"), (404,)),
    "an impossible range": (
        b"GET /static/look.css HTTP/1.1\r\n" + HOST + b"Range: bytes=9999999-,0-1\r\n\r\n",
        (200, 416),
    ),
    "cookies of nonsense": (
        b"GET /search HTTP/1.1\r\n" + HOST + b"Cookie: =;;\xff=\xfe; portal_session=\x80\r\n\r\n",
        (200, 400),
    ),
}


@pytest.fixture(scope="module")
def server(city_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One worker: what holds it up holds up everybody."""
    for product in copied(city_folder, tmp_path_factory.mktemp("hostile") / "data"):
        product.start("serve")
        yield product


def connected(server: Product) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def received(connection: socket.socket, *, patience: float = PATIENCE) -> bytes:
    """What comes until the other side closes, or falls silent for a moment after its answer."""
    connection.settimeout(patience)
    found = b""
    try:
        while part := connection.recv(65_536):
            found += part
            connection.settimeout(0.3)
    except (TimeoutError, ConnectionError):
        return found
    return found


def statuses(answer: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def assert_answers(server: Product) -> None:
    """A plain request on a connection of its own has the page that it asks for."""
    with closing(connected(server)) as connection:
        connection.sendall(PLAIN)
        answer = received(connection)
    assert statuses(answer) == [200]
    assert b"</html>" in answer


@pytest.mark.parametrize("kind", SENT)
def test_whatever_is_sent_the_next_request_is_answered(server: Product, kind: str) -> None:
    raw, allowed = SENT[kind]
    with closing(connected(server)) as connection:
        with suppress(ConnectionError):  # refused before all of it was said
            connection.sendall(raw)
        answer = received(connection, patience=PATIENCE if allowed else 0.5)
        assert_answers(server)
    assert set(statuses(answer)) <= set(allowed)
    assert bool(statuses(answer)) == bool(allowed) or b"HTTP" not in answer
    assert b"Traceback" not in answer
    assert b"root:" not in answer
    assert b"[build-system]" not in answer


def test_all_requests_of_one_connection_are_answered(server: Product) -> None:
    with closing(connected(server)) as connection:
        connection.sendall(LIVE * 50)
        assert statuses(received(connection)) == [200] * 50


@pytest.mark.parametrize(
    ("number", "first"),
    [
        (600, b""),  # more than twice what 100 browsers keep open
        (300, LIVE),
        (100, b"GET / HTTP/1.1\r\nHost: por"),
        (100, post(FORM + b"Content-Length: 1000\r\n")),
    ],
    ids=["silent", "idle after an answer", "half a head", "half a body"],
)
def test_connections_that_are_held_keep_nobody_out(
    server: Product, number: int, first: bytes
) -> None:
    with ExitStack() as held:
        for _number in range(number):
            connection = held.enter_context(closing(connected(server)))
            connection.sendall(first)
        assert_answers(server)


def test_clients_that_leave_before_the_answer_keep_nobody_waiting(server: Product) -> None:
    for _number in range(100):
        with closing(connected(server)) as connection:
            connection.sendall(PLAIN)
    for _number in range(20):
        with closing(connected(server)) as connection:
            connection.sendall(PLAIN)
            connection.shutdown(socket.SHUT_WR)
    assert_answers(server)
