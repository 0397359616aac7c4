"""The local provider: what it gives, and what it refuses."""

import base64
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from auth.provider.app import FORM_COOKIE, SESSION_COOKIE, create_provider
from auth.provider.keys import signing_key
from auth.provider.storage import CODE_LIFE, TOKEN_LIFE, AccessToken, Code, Grant
from portal.kernel import clock
from portal.kernel.settings import Settings
from tests.auth.browser import FORM_TOKEN, query_of
from tests.auth.provider.conftest import PEOPLE

VERIFIER = "v" * 64


class Asker:
    """A browser and a portal in one, talking to the provider's application."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.settings = settings
        self.http: FlaskClient = app.test_client()

    def request(self, **changed: str | None) -> dict[str, str]:
        values: dict[str, str | None] = {
            "response_type": "code",
            "client_id": "portal",
            "redirect_uri": f"{self.settings.url}/sign-in/callback",
            "scope": "openid profile email",
            "state": "s",
            "nonce": "n",
            "code_challenge": create_s256_code_challenge(VERIFIER),
            "code_challenge_method": "S256",
            **changed,
        }
        return {key: value for key, value in values.items() if value is not None}

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.http.get(path, base_url=self.settings.issuer, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self.http.post(path, base_url=self.settings.issuer, **options)

    def authorize(self, **changed: str | None) -> TestResponse:
        return self.get("/authorize", query_string=self.request(**changed))

    def choose(self, username: str, **changed: str | None) -> TestResponse:
        page = self.authorize(**{"prompt": "login", **changed})
        found = FORM_TOKEN.search(page.text)
        assert found is not None, page.text
        form = {"form_token": found[1], "persona": username}
        return self.post("/authorize", query_string=self.request(**changed), data=form)

    def code(self, username: str = "a", **changed: str | None) -> str:
        return query_of(self.choose(username, **changed).location)["code"]

    def token(self, code: str, *, secret: str = "client-secret", **changed: str) -> TestResponse:
        basic = base64.b64encode(f"portal:{secret}".encode()).decode()
        form: Mapping[str, str] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{self.settings.url}/sign-in/callback",
            "code_verifier": VERIFIER,
            **changed,
        }
        return self.post("/token", data=form, headers={"Authorization": f"Basic {basic}"})


@pytest.fixture
def asker(provider: Flask, settings: Settings) -> Asker:
    return Asker(provider, settings)


def error_of(response: TestResponse) -> str:
    assert response.status_code == 302, response.text
    return query_of(response.location)["error"]


# What it gives


def test_discovery_follows_the_issuer_of_the_settings(asker: Asker, settings: Settings) -> None:
    found = asker.get("/.well-known/openid-configuration").json
    assert found["issuer"] == settings.issuer
    assert found["code_challenge_methods_supported"] == ["S256"]
    ends = [value for key, value in found.items() if key.endswith(("_endpoint", "_uri"))]
    assert len(ends) == 5
    assert all(value.startswith(settings.issuer + "/") for value in ends)


def test_a_code_and_its_verifier_give_signed_tokens(asker: Asker, settings: Settings) -> None:
    given = asker.token(asker.code("a")).json
    keys = KeySet.import_key_set(asker.get("/jwks").json)
    decoded = jwt.decode(given["id_token"], keys, algorithms=["RS256"])
    assert decoded.header["kid"] == signing_key(settings.data).kid
    assert (decoded.claims["iss"], decoded.claims["aud"]) == (settings.issuer, ["portal"])
    assert (decoded.claims["sub"], decoded.claims["nonce"]) == ("a", "n")
    assert decoded.claims["exp"] - decoded.claims["iat"] == 300
    assert given["expires_in"] == TOKEN_LIFE.total_seconds()
    assert "refresh_token" not in given


def test_the_public_key_set_holds_no_secret(asker: Asker) -> None:
    assert {"d", "p", "q"}.isdisjoint(asker.get("/jwks").json["keys"][0])


def test_userinfo_tells_what_the_scopes_allow(asker: Asker) -> None:
    given = asker.token(asker.code("a")).json
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    assert asker.get("/userinfo", headers=bearer).json == {
        "sub": "a",
        "name": "示例·甲",
        "preferred_username": "a",
        "email": "a@example.invalid",
        "email_verified": False,
    }
    little = asker.token(asker.code("b", scope="openid", nonce="n2")).json
    bearer = {"Authorization": f"Bearer {little['access_token']}"}
    assert asker.get("/userinfo", headers=bearer).json == {"sub": "b"}


def test_the_answer_carries_the_issuer_and_the_state(asker: Asker, settings: Settings) -> None:
    values = query_of(asker.choose("a").location)
    assert (values["iss"], values["state"]) == (settings.issuer, "s")


def test_the_list_names_everybody_and_says_that_they_are_invented(asker: Asker) -> None:
    page = asker.authorize(login_hint="b", prompt="login").text
    assert page.index("示例·乙") < page.index("示例·甲")
    assert "人物均为虚构" in page
    assert "首席代表" in page


def test_the_list_speaks_the_language_of_the_browser(asker: Asker) -> None:
    asked = asker.get(
        "/authorize", query_string=asker.request(), headers={"Accept-Language": "en-GB"}
    )
    assert '<html lang="en">' in asked.text


# What it refuses


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"nonce": None},
    ],
)
def test_no_code_without_s256_and_nonce(asker: Asker, changed: dict[str, str | None]) -> None:
    response = asker.authorize(**changed)
    assert error_of(response) == "invalid_request"
    assert query_of(response.location)["state"] == "s"
    assert query_of(response.location)["iss"] == asker.settings.issuer


def test_an_answer_without_state_is_for_a_request_without_one(asker: Asker) -> None:
    response = asker.authorize(state=None, nonce=None)
    assert set(query_of(response.location)) == {"error", "iss"}


def test_no_other_response_type(asker: Asker) -> None:
    assert error_of(asker.authorize(response_type="token")) == "unsupported_response_type"


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": None},
        {"client_id": "other"},
        {"client_id": None},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_the_portals(
    asker: Asker, changed: dict[str, str | None]
) -> None:
    response = asker.authorize(**changed)
    assert response.status_code == 400
    assert "不能登录" in response.text


def test_a_token_needs_the_verifier(asker: Asker) -> None:
    assert asker.token(asker.code(), code_verifier="w" * 64).json["error"] == "invalid_grant"
    assert asker.token(asker.code(nonce="2"), code_verifier="").status_code == 400


def test_a_token_needs_the_secret_and_the_same_address(asker: Asker) -> None:
    assert asker.token(asker.code(), secret="wrong").status_code == 401
    wrong = asker.token(asker.code(nonce="2"), redirect_uri="http://127.0.0.1:1/")
    assert wrong.json["error"] == "invalid_grant"


def test_a_code_is_good_once_and_a_second_try_takes_the_tokens_back(asker: Asker) -> None:
    code = asker.code()
    bearer = {"Authorization": f"Bearer {asker.token(code).json['access_token']}"}
    assert asker.get("/userinfo", headers=bearer).status_code == 200
    assert asker.token(code).json["error"] == "invalid_grant"
    assert asker.get("/userinfo", headers=bearer).status_code == 401


def test_a_code_is_used_up_by_a_wrong_try_too(asker: Asker) -> None:
    code = asker.code()
    asker.token(code, code_verifier="w" * 64)
    assert asker.token(code).json["error"] == "invalid_grant"


def test_codes_and_tokens_do_not_live_long(asker: Asker) -> None:
    code = asker.code()
    with clock.frozen(clock.now() + CODE_LIFE + timedelta(seconds=1)):
        assert asker.token(code).json["error"] == "invalid_grant"
    given = asker.token(asker.code(nonce="2")).json
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    with clock.frozen(clock.now() + TOKEN_LIFE + timedelta(seconds=1)):
        assert asker.get("/userinfo", headers=bearer).status_code == 401


def test_a_nonce_is_not_used_twice_at_a_time(asker: Asker) -> None:
    asker.code(nonce="same")
    assert error_of(asker.authorize(nonce="same", prompt="login")) == "invalid_request"


def test_the_form_needs_its_own_token(asker: Asker) -> None:
    asker.authorize()
    query = asker.request()
    for form in ({"persona": "a"}, {"persona": "a", "form_token": "0"}):
        assert asker.post("/authorize", query_string=query, data=form).status_code == 400


def test_nobody_unknown_can_be_chosen(asker: Asker) -> None:
    assert asker.choose("nobody").status_code == 400


def test_a_bad_request_is_refused_after_the_choice_too(asker: Asker) -> None:
    found = FORM_TOKEN.search(asker.authorize().text)
    assert found is not None
    response = asker.post(
        "/authorize",
        query_string=asker.request(code_challenge_method="plain"),
        data={"form_token": found[1], "persona": "a"},
    )
    assert error_of(response) == "invalid_request"


def test_another_name_of_the_machine_is_misdirected(asker: Asker) -> None:
    assert asker.http.get("/jwks", base_url="http://evil.example").status_code == 421


# Sessions


def test_its_cookies_are_its_own_and_out_of_reach_of_scripts(asker: Asker) -> None:
    asker.choose("a")
    for name in (SESSION_COOKIE, FORM_COOKIE):
        assert name.startswith("portal_provider_")
        cookie = asker.http.get_cookie(name, domain="127.0.0.1")
        assert cookie is not None
        assert cookie.http_only


def test_who_has_chosen_is_not_asked_again_until_the_end_of_the_session(asker: Asker) -> None:
    asker.choose("a")
    assert "code" in query_of(asker.authorize(nonce="2").location)
    assert asker.authorize(nonce="3", prompt="select_account").status_code == 200
    assert asker.authorize(nonce="3", login_hint="nobody").status_code == 200
    with clock.frozen(clock.now() + timedelta(hours=9)):
        assert asker.authorize(nonce="3").status_code == 200


def subject_of(asker: Asker, response: TestResponse) -> str:
    """Who was signed in, for a browser that was sent back with a code."""
    keys = KeySet.import_key_set(asker.get("/jwks").json)
    given = asker.token(query_of(response.location)["code"]).json
    return str(jwt.decode(given["id_token"], keys, algorithms=["RS256"]).claims["sub"])


def test_whom_the_portal_s_list_meant_signs_in_without_a_second_question(asker: Asker) -> None:
    assert subject_of(asker, asker.authorize(login_hint="b")) == "b"
    assert subject_of(asker, asker.authorize(nonce="2")) == "b", "and has a session here"
    assert subject_of(asker, asker.authorize(nonce="3", login_hint="a")) == "a"
    assert subject_of(asker, asker.authorize(nonce="4")) == "a", "the other one is signed out"


def test_a_hint_that_another_site_sends_is_no_choice(asker: Asker) -> None:
    for site, status in (("cross-site", 200), ("same-site", 302), ("none", 302)):
        asker.http.environ_base["HTTP_SEC_FETCH_SITE"] = site
        asked = asker.authorize(login_hint="b", nonce=site)
        assert (site, asked.status_code) == (site, status)
        asker.http.delete_cookie(SESSION_COOKIE, domain="127.0.0.1")


def test_a_bad_request_is_refused_with_a_hint_too(asker: Asker) -> None:
    refused = asker.authorize(login_hint="b", code_challenge_method="plain")
    assert error_of(refused) == "invalid_request"
    assert asker.http.get_cookie(SESSION_COOKIE, domain="127.0.0.1") is None


def test_a_second_choice_ends_the_first_session(asker: Asker) -> None:
    asker.choose("a")
    first = asker.http.get_cookie(SESSION_COOKIE, domain="127.0.0.1")
    asker.choose("b", nonce="2")
    assert first is not None
    asker.http.set_cookie(SESSION_COOKIE, first.value, domain="127.0.0.1")
    assert asker.authorize(nonce="3").status_code == 200


def end(asker: Asker, **changed: str) -> TestResponse:
    values = {"post_logout_redirect_uri": f"{asker.settings.url}/signed-out", **changed}
    return asker.get("/end-session", query_string=values)


def test_sign_out_with_an_id_token_leads_back_and_ends_the_session(asker: Asker) -> None:
    given = asker.token(asker.code()).json
    response = end(asker, id_token_hint=given["id_token"], state="x")
    assert response.location == f"{asker.settings.url}/signed-out?state=x"
    assert asker.authorize(nonce="2").status_code == 200


def test_sign_out_leads_to_no_other_site(asker: Asker) -> None:
    given = asker.token(asker.code()).json
    response = end(
        asker, id_token_hint=given["id_token"], post_logout_redirect_uri="https://evil.example"
    )
    assert response.status_code == 200
    assert "已退出" in response.text


def test_sign_out_without_id_token_asks_the_person(asker: Asker) -> None:
    asker.choose("a")
    page = end(asker).text
    found = re.search(r'value="([0-9a-f]+)"', page)
    assert found is not None
    assert asker.authorize(nonce="2").status_code == 302
    asker.post("/end-session")
    assert asker.authorize(nonce="3").status_code == 302
    asker.post("/end-session", data={"form_token": found[1]})
    assert asker.authorize(nonce="4").status_code == 200


def test_sign_out_with_a_forged_id_token_does_nothing(asker: Asker) -> None:
    asker.choose("a")
    assert end(asker, id_token_hint="a.b.c").status_code == 400
    assert asker.authorize(nonce="2").status_code == 302


# Keeping


def test_a_restart_forgets_nothing_that_still_counts(provider: Flask, settings: Settings) -> None:
    code = Asker(provider, settings).code()
    provider.extensions["provider"].storage.close()
    again = create_provider(settings, PEOPLE)
    assert "id_token" in Asker(again, settings).token(code).json
    again.extensions["provider"].storage.close()


def test_secrets_are_kept_as_hashes(provider: Flask, settings: Settings) -> None:
    asker = Asker(provider, settings)
    code = asker.code()
    held = provider.extensions["provider"].storage._database
    with held.reading() as session:
        assert session.get(Code, code) is None
        assert session.query(Code).count() == 1
    raw = asker.token(code).json["access_token"]
    with held.reading() as session:
        assert session.get(AccessToken, raw) is None
        assert session.query(AccessToken).count() == 1


def test_what_is_past_is_forgotten(provider: Flask, settings: Settings) -> None:
    storage = provider.extensions["provider"].storage
    storage.keep_code("c", Grant("a", "", "", None, "", clock.now()))
    with clock.frozen(clock.now() + timedelta(days=1)):
        storage.start_session("a", replaces=None)
    with storage._database.reading() as session:
        assert session.query(Code).count() == 0


def test_a_person_who_is_gone_gets_no_token(provider: Flask, settings: Settings) -> None:
    code = Asker(provider, settings).code("b")
    provider.extensions["provider"].storage.close()
    fewer = create_provider(settings, PEOPLE[:1])
    assert Asker(fewer, settings).token(code).json["error"] == "invalid_grant"
    fewer.extensions["provider"].storage.close()
