"""A browser as far as sign-in needs one: the portal in the process, the provider over loopback."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.kernel.settings import Settings

FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


def plain_session() -> requests.Session:
    """A session of requests that no proxy of the environment stands in the way of."""
    session = requests.Session()
    session.trust_env = False
    return session


@dataclass
class Browser:
    """Keeps the cookies of both sites; goes where it is sent, one step at a time."""

    app: Flask
    settings: Settings
    portal: FlaskClient = field(init=False)
    provider: requests.Session = field(default_factory=plain_session)

    def __post_init__(self) -> None:
        self.portal = self.app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.portal.get(path, base_url=self.settings.url)

    def post(self, path: str, **form: str) -> TestResponse:
        return self.portal.post(path, data=form, base_url=self.settings.url)

    def begin(self, path: str = "/sign-in/start") -> str:
        """Where the portal sends the browser for a sign-in."""
        response = self.get(path)
        assert response.status_code == 303, response.text
        return str(response.location)

    def choose(self, address: str, username: str) -> str:
        """Opens the provider's list and picks somebody; where the provider sends the browser."""
        page = self.provider.get(address, allow_redirects=False, timeout=5)
        assert page.status_code == 200, page.text
        found = FORM_TOKEN.search(page.text)
        assert found is not None
        form = {"form_token": found[1], "persona": username}
        answer = self.provider.post(address, data=form, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    def come_back(self, address: str) -> TestResponse:
        """Opens an address of the portal."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}" == self.settings.url
        return self.get(f"{parts.path}?{parts.query}")

    def sign_in(self, username: str, *, next_path: str = "/") -> TestResponse:
        """The whole way in."""
        path = f"/sign-in/start?next={next_path}"
        return self.come_back(self.choose(self.begin(path), username))

    @property
    def session_id(self) -> str | None:
        cookie = self.portal.get_cookie("portal_session", domain="127.0.0.1")
        return cookie.value if cookie else None


def query_of(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(address).query))
