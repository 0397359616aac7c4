"""Bodies of signed-in people on the real web server: slow, refused, too large."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from auth import queries, sessions
from auth.models import User
from portal import app as portal_app
from portal.kernel.access import SYSTEM
from portal.kernel.settings import from_environment
from portal.kernel.uow import unit_of_work
from portal.web import bodies
from tests.browser.server import Product
from tests.journeys.conftest import city_folder, copied  # noqa: F401  a fixture
from tests.portal.commands.test_server import assert_answers, connected, received, statuses
from tests.world import close

SLOW = 40
AGAIN = 60


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person who writes requests by hand."""

    cookie: str
    token: str

    def request(self, head: str, body: bytes = b"", *, length: int | None = None) -> bytes:
        said = len(body) if length is None else length
        lines = (
            f"{head} HTTP/1.1",
            "Host: portal",
            f"Cookie: portal_session={self.cookie}",
            f"X-CSRF-Token: {self.token}",
            "Content-Type: application/json",
            f"Content-Length: {said}",
        )
        return "\r\n".join((*lines, "", "")).encode() + body


@pytest.fixture(scope="module")
def server(
    city_folder: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Product]:
    """One worker: what holds it up holds up everybody."""
    for product in copied(city_folder, tmp_path_factory.mktemp("bodies") / "data"):
        product.start("serve")
        yield product


@pytest.fixture(scope="module")
def citizen(server: Product) -> Caller:
    runtime = portal_app.open_runtime(from_environment(server.runtime_environment()))
    with runtime.database.reading() as session:
        person = queries.person_named(session, "shimin")
    with unit_of_work(runtime, SYSTEM) as uow:
        user = uow.lock(User, str(person.id))
        started = sessions.start(uow, user, browser=sessions.browser("", "127.0.0.1"))
        caller = Caller(started.raw_id, started.session.csrf_secret)
    close(runtime)
    return caller


def test_slow_bodies_of_one_person_keep_nobody_out(server: Product, citizen: Caller) -> None:
    slow = citizen.request("PUT /api/v1/account/preferences", b"{", length=1000)
    with ExitStack() as held:
        lines = [held.enter_context(closing(connected(server))) for _number in range(SLOW)]
        for line in lines:
            line.sendall(slow)
        assert_answers(server)
        refused = [status for line in lines for status in statuses(_at_once(line))]
    assert refused.count(429) >= SLOW - bodies.AT_ONCE
    assert_answers(server)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("PUT /api/v1/entries/00000000-0000-4000-8000-000000000000", 403),
        ("PUT /api/v1/account/preferences", 422),
        ("POST /no/such/address", 404),
    ],
)
def test_a_refused_request_does_not_spoil_the_next_one(
    server: Product, citizen: Caller, head: str, status: int
) -> None:
    body = json.dumps({"document": {"title": "甲"}, "revision": 1}).encode()
    answered = 0
    with closing(connected(server)) as line:
        for _number in range(AGAIN):
            line.sendall(citizen.request(head, body))
            answer = received(line)
            assert statuses(answer) == [status]
            answered += 1
            if b"\r\nconnection: close\r\n" in answer.lower():
                break
    assert answered == AGAIN or b"\r\nconnection: close\r\n" in answer.lower()


def test_an_object_of_many_megabytes_is_refused_unread(server: Product, citizen: Caller) -> None:
    head = "PUT /api/v1/account/preferences"
    with closing(connected(server)) as line:
        line.sendall(citizen.request(head, b'{"language": [', length=bodies.JSON_BYTES + 1))
        answer = received(line)
    assert statuses(answer) == [413]
    assert b"connection: close" in answer.lower()
    assert_answers(server)


def _at_once(line: socket.socket) -> bytes:
    return received(line, patience=1.0)
