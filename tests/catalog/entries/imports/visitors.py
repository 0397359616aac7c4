"""People who visit the pages and the API of the import, signed in."""

from typing import Any

import html5lib
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.access import Actor
from portal.kernel.text import CHINESE
from portal.web.sessions import COOKIE, SignedIn

TOKEN = "token-of-the-test"


class Store:
    """Everybody whom a test has signed in, by the value of the cookie."""

    def __init__(self) -> None:
        self.known: dict[str, SignedIn] = {}

    def load(self, raw_id: str, *, prolong: bool) -> SignedIn | None:
        return self.known.get(raw_id)


class Pages:
    """The pages as one person sees them."""

    def __init__(self, app: Flask, store: Store, person: Any) -> None:
        self.client: FlaskClient = app.test_client()
        store.known[person.username] = SignedIn(
            person, person.username, TOKEN, CHINESE, "light", "示例单位", ()
        )
        self.client.set_cookie(COOKIE, person.username)

    def get(self, path: str, status: int = 200, **headers: str) -> str:
        response = self.client.get(f"/catalog/imports{path}", headers=headers)
        assert response.status_code == status, response.get_data(as_text=True)[:2000]
        text = response.get_data(as_text=True)
        if "<html" in text:
            html5lib.HTMLParser(strict=False).parse(text)
        return text

    def post(self, path: str, status: int = 303, **values: Any) -> Any:
        response = self.client.post(
            f"/catalog/imports{path}",
            data={"_csrf": TOKEN, **values},
            content_type="multipart/form-data",
        )
        assert response.status_code == status, response.get_data(as_text=True)[:2000]
        return response


def pages_of(app: Flask, person: Actor) -> Pages:
    return Pages(app, app.extensions["test.store"], person)
