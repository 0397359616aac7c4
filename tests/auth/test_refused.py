"""Sign-ins that must not work: each ends in a sentence on a page, without a session."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from auth.models import User
from auth.oidc import OidcClient
from auth.services import switch_user
from portal.kernel import clock
from portal.kernel.errors import Unavailable
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from tests.auth.browser import Browser, query_of
from tests.auth.city import City

pytestmark = pytest.mark.usefixtures("provider")


def test_who_did_not_come_in_tries_again_towards_the_same_page(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = 'href="/sign-in?next=%2Faccount"'
    address = browser.choose(browser.begin("/sign-in/start?next=/account"), "chief")
    assert again in refused(browser, address.replace("code=", "code=x"))

    def down(self: object, _url: str, **_options: object) -> None:
        raise Unavailable(_("统一身份认证暂时没有应答"))

    monkeypatch.setattr(OidcClient, "_remembered", down)
    assert again in browser.get("/sign-in/start?next=/account").text
    assert 'href="/sign-in"' in browser.get("/sign-in/start?next=//evil.example").text


def refused(browser: Browser, address: str, status: int = 400) -> str:
    """The callback ends in a sentence on a page, without a session."""
    response = browser.come_back(address)
    assert response.status_code == status
    assert "登录没有完成" in response.text
    assert browser.session_id is None
    return response.text


def test_an_answer_to_another_request_is_refused(browser: Browser) -> None:
    address = browser.choose(browser.begin(), "chief")
    refused(browser, address.replace("state=", "state=x"))


def test_an_answer_without_state_or_code_is_refused(browser: Browser, city: City) -> None:
    home = f"{city.runtime.settings.url}/sign-in/callback"
    browser.begin()
    refused(browser, f"{home}?code=1")
    state = query_of(browser.begin())["state"]
    refused(browser, f"{home}?state={state}&iss={city.runtime.settings.issuer}")


def test_an_answer_that_another_browser_asked_for_is_refused(
    browser: Browser, portal: Flask, city: City
) -> None:
    address = browser.choose(browser.begin(), "chief")
    victim = Browser(portal, city.runtime.settings)
    refused(victim, address)


def test_a_replayed_answer_is_refused_even_with_the_old_cookie(browser: Browser) -> None:
    start = browser.begin()
    kept = browser.portal.get_cookie("portal_sign_in", domain="127.0.0.1")
    assert kept is not None
    address = browser.choose(start, "chief")
    assert browser.come_back(address).status_code == 303
    browser.portal.delete_cookie("portal_session", domain="127.0.0.1")
    browser.portal.set_cookie("portal_sign_in", kept.value, domain="127.0.0.1")
    refused(browser, address)


def test_a_tampered_attempt_is_refused(browser: Browser) -> None:
    address = browser.choose(browser.begin(), "chief")
    kept = browser.portal.get_cookie("portal_sign_in", domain="127.0.0.1")
    assert kept is not None
    browser.portal.set_cookie("portal_sign_in", "x" + kept.value, domain="127.0.0.1")
    refused(browser, address)


def test_an_attempt_older_than_its_life_is_refused(browser: Browser) -> None:
    address = browser.choose(browser.begin(), "chief")
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        refused(browser, address)


@pytest.mark.parametrize("issuer", ["http://evil.example", ""])
def test_an_answer_in_the_name_of_another_provider_is_refused(
    browser: Browser, issuer: str
) -> None:
    address = browser.choose(browser.begin(), "chief")
    mine = re.sub(r"iss=[^&]+", f"iss={issuer}", address)
    assert mine != address
    refused(browser, mine)


def test_a_wrong_code_is_refused(browser: Browser) -> None:
    address = browser.choose(browser.begin(), "chief")
    refused(browser, address.replace("code=", "code=x"))


def test_a_provider_that_is_down_is_a_sentence_at_the_start_and_at_the_end(
    browser: Browser, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = browser.choose(browser.begin(), "chief")

    def down(self: object, _url: str, **_options: object) -> None:
        raise Unavailable(_("统一身份认证暂时没有应答"))

    monkeypatch.setattr(OidcClient, "_remembered", down)
    start = browser.get("/sign-in/start")
    assert start.status_code == 503
    assert "暂时没有应答" in start.text
    assert "暂时没有应答" in refused(browser, address, 503)


def test_a_refusal_of_the_person_is_told_as_such(browser: Browser, city: City) -> None:
    state = query_of(browser.begin())["state"]
    settings = city.runtime.settings
    text = refused(
        browser,
        f"{settings.url}/sign-in/callback?error=access_denied&state={state}&iss={settings.issuer}",
    )
    assert "没有同意登录" in text


def test_what_the_provider_says_of_an_error_is_not_repeated(browser: Browser, city: City) -> None:
    state = query_of(browser.begin())["state"]
    settings = city.runtime.settings
    text = refused(
        browser,
        f"{settings.url}/sign-in/callback?error=<b>x</b>&error_description=planted"
        f"&state={state}&iss={settings.issuer}",
    )
    main = text[text.index("<main") : text.index("</main>")]
    assert "planted" not in main
    assert "<b>x" not in text


def test_a_switched_off_account_does_not_come_in(browser: Browser, city: City) -> None:
    with unit_of_work(city.runtime, city.person("admin")) as uow:
        switch_user(uow, city.users["citizen"], active=False)
    address = browser.begin()
    response = browser.come_back(browser.choose(address, "newcomer"))
    assert response.status_code == 303
    with unit_of_work(city.runtime, city.person("admin")) as uow:
        user = uow.session.scalars(select(User).where(User.username == "newcomer")).one()
        switch_user(uow, user.id, active=False)
    assert browser.get("/account").status_code == 401
    browser.portal.delete_cookie("portal_session", domain="127.0.0.1")
    again = browser.provider.get(browser.begin(), allow_redirects=False, timeout=5)
    assert "账号已停用" in refused(browser, again.headers["Location"], 403)


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/%5Cevil.example"])
def test_nobody_is_led_to_another_site_after_sign_in(browser: Browser, path: str) -> None:
    assert browser.sign_in("citizen", next_path=path).location == "/"
