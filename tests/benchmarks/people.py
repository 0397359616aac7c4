"""Sample people at a running portal: their sessions, edits and searches."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from auth import queries as auth_queries
from auth import sessions
from auth.models import User
from portal.kernel.access import SYSTEM
from portal.kernel.runtime import Runtime
from portal.kernel.uow import unit_of_work
from portal.web.access import CSRF_HEADER
from portal.web.sessions import COOKIE

EDITOR, REVIEWER = "jinxian", "shuyu"  # of the sample people
TIMEOUT = 60.0


@dataclass(slots=True)
class Client:
    """One signed-in person."""

    url: str
    cookie: str
    token: str
    _http: requests.Session = field(default_factory=requests.Session)

    def create(self, document: dict[str, Any]) -> dict[str, Any]:
        """A new draft; the API's answer."""
        return self._send("POST", "/api/v1/entries", {"document": document})

    def edit(self, entry_id: str, document: dict[str, Any], revision: int) -> dict[str, Any]:
        """Saves a draft; the API's answer."""
        body = {"document": document, "revision": revision}
        return self._send("PUT", f"/api/v1/entries/{entry_id}", body)

    def total(self, text: str) -> int:
        """How many records are found."""
        answer = self._http.get(
            f"{self.url}/api/v1/search?q={quote(text)}&size=1",
            cookies={COOKIE: self.cookie},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        return int(answer.json()["total"])

    def until_found(self, text: str, *, patience: float) -> float | None:
        """Seconds until the text is found; None when patience is over."""
        started = time.monotonic()
        while time.monotonic() - started < patience:
            if self.total(text):
                return time.monotonic() - started
            time.sleep(0.03)
        return None

    def _send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._http.request(
            method,
            self.url + path,
            json=body,
            cookies={COOKIE: self.cookie},
            headers={CSRF_HEADER: self.token},
            timeout=TIMEOUT,
        )
        if not answer.ok:
            raise SystemExit(f"{method} {path} answers {answer.status_code}: {answer.text[:300]}")
        found: dict[str, Any] = answer.json()
        return found


def client_of(runtime: Runtime, url: str, username: str) -> Client:
    """A sample person, signed in; the session is put into the database."""
    with runtime.database.reading() as session:
        person = auth_queries.person_named(session, username)
    with unit_of_work(runtime, SYSTEM) as uow:
        user = uow.lock(User, str(person.id))
        started = sessions.start(uow, user, browser=sessions.browser("", "127.0.0.1"))
        return Client(url, started.raw_id, started.session.csrf_secret)
