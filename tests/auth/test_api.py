"""The own account as JSON: who one is, sessions, language; through the floor, with its checks."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from auth import api, schemas, sessions, views
from auth.models import User, WebSession
from auth.oidc import OidcClient
from auth.services import grant_role
from auth.sessions import SessionStore
from portal.kernel.access import SYSTEM
from portal.kernel.uow import unit_of_work
from portal.web.sessions import COOKIE
from portal.web.shell import LANGUAGE_COOKIE, make_app
from tests.auth.city import WATER, City
from tests.auth.statements import counted

HOME = "/api/v1/account"


@dataclass(frozen=True, slots=True)
class Program:
    """A program with the session of somebody."""

    client: FlaskClient
    session_id: str

    def get(self, path: str = "") -> TestResponse:
        return self.client.get(f"{HOME}{path}")

    def send(
        self, method: str, path: str, *, token: str | None = None, **body: Any
    ) -> TestResponse:
        value = self.get().get_json()["csrf_token"] if token is None else token
        return self.client.open(
            f"{HOME}{path}", method=method, json=body, headers={"X-CSRF-Token": value}
        )


@pytest.fixture
def app(city: City) -> Flask:
    app = make_app(city.runtime, SessionStore(city.runtime))
    app.register_blueprint(views.bp)
    app.register_blueprint(api.bp)
    return app


def signed_in(app: Flask, city: City, username: str = "chief") -> Program:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        user = uow.lock(User, city.users[username])
        started = sessions.start(uow, user, browser=sessions.browser("Firefox", "10.1.2.3"))
    client = app.test_client()
    client.set_cookie(COOKIE, started.raw_id, domain="localhost")
    return Program(client, started.session.id)


def living(city: City) -> list[str]:
    with city.runtime.database.reading() as session:
        return list(session.scalars(select(WebSession.id)))


def test_the_account_says_who_one_is(app: Flask, city: City) -> None:
    told = signed_in(app, city).get().get_json()
    assert schemas.ACCOUNT.validate(told) == {}
    assert (told["id"], told["username"]) == (city.users["chief"], "chief")
    assert told["unit"] == {"id": city.units[WATER], "name": WATER}
    assert [(r["role"], r["label"], r["unit_name"]) for r in told["roles"]] == [
        ("chief_representative", "首席代表", WATER),
        ("editor", "编目员", WATER),
        ("public", "公众", ""),
    ]
    assert told["roles"][-1]["unit_id"] is None
    assert (told["language"], told["scheme"]) == ("zh", "auto")


def test_somebody_without_unit_is_told_so(app: Flask, city: City) -> None:
    told = signed_in(app, city, "citizen").get().get_json()
    assert schemas.ACCOUNT.validate(told) == {}
    assert told["unit"] is None
    assert [role["role"] for role in told["roles"]] == ["public"]


def test_nobody_has_no_account(app: Flask, city: City) -> None:
    for path in ("", "/sessions"):
        refused = app.test_client().get(f"{HOME}{path}")
        assert refused.status_code == 401
        assert refused.mimetype == "application/problem+json"
        assert "请先登录" in refused.get_json()["detail"]


def test_the_token_of_the_account_lets_changes_pass_and_no_other_does(
    app: Flask, city: City
) -> None:
    program = signed_in(app, city)
    values = {"language": "en", "scheme": "dark"}
    assert program.send("PUT", "/preferences", token="", **values).status_code == 403
    assert program.send("PUT", "/preferences", token="guessed", **values).status_code == 403
    kept = program.send("PUT", "/preferences", **values)
    assert (kept.status_code, kept.get_json()) == (200, values)
    told = program.get().get_json()
    assert (told["language"], told["scheme"]) == ("en", "dark")
    assert program.client.get_cookie(LANGUAGE_COOKIE, domain="localhost") is not None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"language": "fr", "scheme": "dark"},
        {"language": "zh", "scheme": "dark", "role": "administrator"},
        {"language": ["zh"], "scheme": None},
    ],
)
def test_preferences_that_are_none_are_refused_with_the_field(
    app: Flask, city: City, body: dict[str, Any]
) -> None:
    refused = signed_in(app, city).send("PUT", "/preferences", **body)
    assert refused.status_code == 422
    assert refused.get_json()["fields"]


def test_the_own_sessions_are_listed_and_nobody_elses(app: Flask, city: City) -> None:
    elsewhere, here = signed_in(app, city), signed_in(app, city)
    signed_in(app, city, "citizen")
    told = here.get("/sessions").get_json()
    assert schemas.SESSIONS.validate(told) == {}
    by_id = {row["id"]: row for row in told["sessions"]}
    assert by_id.keys() == {elsewhere.session_id, here.session_id}
    assert [by_id[here.session_id]["current"], by_id[elsewhere.session_id]["current"]] == [
        True,
        False,
    ]
    assert (by_id[here.session_id]["device"], by_id[here.session_id]["network"]) == (
        "Firefox",
        "10.1.0.0/16",
    )


def test_a_session_elsewhere_is_ended(app: Flask, city: City) -> None:
    elsewhere, here = signed_in(app, city), signed_in(app, city)
    ended = here.send("DELETE", f"/sessions/{elsewhere.session_id}")
    assert ended.get_json() == {
        "id": elsewhere.session_id,
        "current": False,
        "sign_out_address": None,
    }
    assert elsewhere.get().status_code == 401
    assert here.get().status_code == 200
    assert here.send("DELETE", f"/sessions/{elsewhere.session_id}").status_code == 404


def test_ending_the_present_session_tells_where_to_sign_out_there_too(
    app: Flask, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OidcClient, "sign_out_address", lambda _self, _token: "https://there/end")
    here = signed_in(app, city)
    ended = here.send("DELETE", f"/sessions/{here.session_id}")
    assert ended.get_json()["sign_out_address"] == "https://there/end"
    assert here.client.get_cookie(COOKIE, domain="localhost") is None
    assert living(city) == []


def test_a_session_of_somebody_else_is_not_found(app: Flask, city: City) -> None:
    other, here = signed_in(app, city, "citizen"), signed_in(app, city)
    assert here.send("DELETE", f"/sessions/{other.session_id}").status_code == 404
    assert other.get().status_code == 200


def test_many_sessions_and_roles_take_no_more_statements(app: Flask, city: City) -> None:
    here = signed_in(app, city)
    found = []
    for number in (0, 20):
        for _each in range(number):
            signed_in(app, city)
        if number:
            with unit_of_work(city.runtime, city.person("admin")) as uow:
                grant_role(
                    uow,
                    city.users["chief"],
                    role="deputy_representative",
                    unit_id=city.units["市大数据局"],
                )
        for path in ("", "/sessions"):
            with city.runtime.database.reading() as session, counted(session) as statements:
                here.get(path)
            found.append(len(statements))
    assert found[:2] == found[2:]
