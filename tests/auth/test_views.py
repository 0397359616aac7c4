"""Sign-in, sign-out and the account, through the real provider on loopback."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from auth import views
from auth.models import User, WebSession
from auth.oidc import OidcClient
from auth.sessions import SessionStore
from portal.kernel import clock
from portal.web.shell import make_app
from tests.auth.browser import Browser, query_of
from tests.auth.city import WATER, City

pytestmark = pytest.mark.usefixtures("provider")


def test_somebody_signs_in_and_lands_where_they_wanted_to_go(browser: Browser) -> None:
    response = browser.sign_in("chief", next_path="/account")
    assert (response.status_code, response.location) == (303, "/account")
    assert response.headers["Cache-Control"] == "no-store"
    page = browser.get("/account")
    assert page.status_code == 200
    assert "首席代表" in page.text
    assert WATER in page.text


def test_the_request_carries_pkce_state_nonce_and_asks_for_a_code(browser: Browser) -> None:
    values = query_of(browser.begin())
    assert values["response_type"] == "code"
    assert values["code_challenge_method"] == "S256"
    assert min(len(values[key]) for key in ("state", "nonce", "code_challenge")) >= 32
    again = query_of(browser.begin())
    assert all(values[key] != again[key] for key in ("state", "nonce", "code_challenge"))


def test_the_provider_speaks_the_language_of_the_portals_page(browser: Browser) -> None:
    browser.portal.set_cookie("portal_language", "en", domain="127.0.0.1")
    english = browser.provider.get(browser.begin(), timeout=5).text
    assert '<html lang="en">' in english
    assert '<b lang="zh-CN">示例·chief</b>' in english
    browser.portal.set_cookie("portal_language", "zh", domain="127.0.0.1")
    chinese = browser.provider.get(browser.begin(), timeout=5, headers={"Accept-Language": "en"})
    assert '<html lang="zh-CN">' in chinese.text
    assert 'lang="zh-CN">示例' not in chinese.text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    cookie = browser.sign_in("citizen").headers.getlist("Set-Cookie")[0]
    assert cookie.startswith("portal_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_somebody_unknown_gets_a_public_account_without_unit(browser: Browser, city: City) -> None:
    browser.sign_in("newcomer")
    assert "没有单位" in browser.get("/account").text
    with city.runtime.database.reading() as session:
        user = session.scalars(select(User).where(User.username == "newcomer")).one()
    assert (user.issuer, user.unit_id) == ("local", None)


def test_the_id_of_the_session_rotates_at_sign_in_and_the_old_one_is_dead(browser: Browser) -> None:
    browser.portal.set_cookie("portal_session", "planted", domain="127.0.0.1")
    browser.sign_in("citizen")
    first = browser.session_id
    assert first not in (None, "planted")
    browser.come_back(browser.choose(browser.begin() + "&prompt=login", "chief"))
    second = browser.session_id
    assert second not in (None, first)
    browser.portal.set_cookie("portal_session", first or "", domain="127.0.0.1")
    assert browser.get("/account").status_code == 401


def test_a_browser_that_has_chosen_comes_straight_back_as_the_one_that_is_meant(
    browser: Browser,
) -> None:
    browser.sign_in("citizen")
    again = browser.provider.get(browser.begin(), allow_redirects=False, timeout=5)
    assert again.status_code == 302
    browser.come_back(again.headers["Location"])
    other = browser.provider.get(
        browser.begin("/sign-in/start?persona=chief&next=/account"),
        allow_redirects=False,
        timeout=5,
    )
    assert other.status_code == 302, "one question, on our page, is enough"
    assert browser.come_back(other.headers["Location"]).location == "/account"
    assert "示例·chief" in browser.get("/account").text


def test_the_account_tells_what_the_roles_can_do_and_the_public_s_only_where_it_is_all(
    browser: Browser,
) -> None:
    browser.sign_in("chief")
    told = browser.get("/account").text
    assert "编制本单位目录，提交审核" in told
    assert "<b>公众</b>" not in told
    browser.come_back(browser.choose(browser.begin() + "&prompt=login", "citizen"))
    assert "<b>公众</b>" in browser.get("/account").text


# Limits


def asked_after(browser: Browser, *, minutes: float, by_page: bool = False) -> int:
    headers = {"X-Page-Request": "true"} if by_page else {}
    with clock.frozen(clock.now() + timedelta(minutes=minutes)):
        response = browser.portal.get("/account", headers=headers, base_url=browser.settings.url)
    return response.status_code


def test_a_page_that_polls_does_not_keep_its_person_signed_in(browser: Browser) -> None:
    browser.sign_in("chief")
    assert [asked_after(browser, minutes=m, by_page=True) for m in (10, 20, 29)] == [200] * 3
    assert asked_after(browser, minutes=31) == 401


def test_a_person_at_work_stays_signed_in_until_the_absolute_limit(browser: Browser) -> None:
    browser.sign_in("chief")
    moments = range(20, 12 * 60, 20)
    assert {asked_after(browser, minutes=m) for m in moments} == {200}
    assert asked_after(browser, minutes=12 * 60 + 1) == 401


# Sign-out


def token_on(page: str) -> str:
    found = re.search(r'name="_csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_sign_out_ends_the_session_here_and_at_the_provider(browser: Browser, city: City) -> None:
    browser.sign_in("chief")
    old = browser.session_id
    response = browser.post("/sign-out", _csrf=token_on(browser.get("/account").text))
    assert response.status_code == 303
    assert response.location.startswith(f"{city.runtime.settings.issuer}/end-session?")
    assert query_of(response.location)["id_token_hint"].count(".") == 2
    assert browser.session_id is None
    there = browser.provider.get(response.location, allow_redirects=False, timeout=5)
    assert there.headers["Location"] == f"{city.runtime.settings.url}/signed-out"
    assert "已退出" in browser.get("/signed-out").text
    browser.portal.set_cookie("portal_session", old or "", domain="127.0.0.1")
    assert browser.get("/account").status_code == 401
    listed = browser.provider.get(browser.begin(), allow_redirects=False, timeout=5)
    assert listed.status_code == 200


def test_sign_out_needs_the_token_of_the_session(browser: Browser, city: City) -> None:
    browser.sign_in("chief")
    assert browser.post("/sign-out").status_code == 403
    assert browser.post("/sign-out", _csrf="guessed").status_code == 403
    assert browser.get("/sign-out").status_code == 405
    assert browser.get("/account").status_code == 200


def test_sign_out_works_while_the_provider_is_down(
    browser: Browser, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_in("chief")
    token = token_on(browser.get("/account").text)
    monkeypatch.setattr(OidcClient, "sign_out_address", lambda _self, _token: None)
    assert browser.post("/sign-out", _csrf=token).location == "/signed-out"
    assert browser.session_id is None


def test_sign_out_asked_by_htmx_moves_the_whole_page(browser: Browser) -> None:
    browser.sign_in("chief")
    token = token_on(browser.get("/account").text)
    response = browser.portal.post(
        "/sign-out",
        headers={"HX-Request": "true", "X-CSRF-Token": token},
        base_url=browser.settings.url,
    )
    assert response.status_code == 204
    assert "/end-session?" in response.headers["HX-Redirect"]


# Pages


def test_the_sign_in_page_has_the_citys_button_first_and_personas_after(browser: Browser) -> None:
    page = browser.get("/sign-in?next=/account").text
    assert page.index("前往统一身份认证") < page.index("演示身份")
    assert page.index("示例·chief") < page.index("示例·admin") < page.index("示例·citizen")
    assert '<span class="p-face" aria-hidden="true">c</span>' in page
    assert 'href="/sign-in/start?next=%2Faccount"' in page


def test_who_is_signed_in_needs_no_sign_in_page(browser: Browser) -> None:
    browser.sign_in("citizen")
    assert browser.get("/sign-in?next=/account").location == "/account"


def test_another_name_of_this_machine_is_led_to_the_one_of_the_settings(browser: Browser) -> None:
    settings = browser.settings
    other = settings.url.replace("127.0.0.1", "localhost")
    response = browser.portal.get("/sign-in/start?next=/account", base_url=other)
    assert response.location == f"{settings.url}/sign-in/start?next=/account"


def test_who_calls_from_the_network_is_told_that_the_local_provider_is_not_for_them(
    browser: Browser,
) -> None:
    port = browser.settings.bind.rpartition(":")[2]
    for host in (f"192.168.1.5:{port}", "portal.example"):
        response = browser.portal.get("/sign-in/start", base_url=f"http://{host}")
        assert response.status_code == 503
        assert f"http://127.0.0.1:{port}" in response.text
    page = browser.portal.get("/sign-in", base_url=f"http://192.168.1.5:{port}")
    assert page.status_code == 200


def test_a_city_provider_serves_every_name(city: City, browser: Browser) -> None:
    settings = replace(browser.settings, oidc_issuer=browser.settings.issuer)
    app = make_app(replace(city.runtime, settings=settings), SessionStore(city.runtime))
    app.register_blueprint(views.bp)
    response = app.test_client().get("/sign-in/start", base_url="http://portal.example")
    assert response.location.startswith(f"{settings.issuer}/authorize?")


def test_the_account_page_needs_somebody(browser: Browser) -> None:
    assert browser.get("/account").status_code == 401


def test_a_session_elsewhere_is_ended_from_the_account_page(
    browser: Browser, portal: Flask, city: City
) -> None:
    elsewhere = Browser(portal, city.runtime.settings)
    elsewhere.sign_in("chief")
    with city.runtime.database.reading() as session:
        other_id = session.scalars(select(WebSession.id)).one()
    browser.sign_in("chief")
    page = browser.get("/account").text
    with city.runtime.database.reading() as session:
        own_id = session.scalars(select(WebSession.id).where(WebSession.id != other_id)).one()
    assert all(f"/account/sessions/{each}/end" in page for each in (own_id, other_id))
    response = browser.post(f"/account/sessions/{other_id}/end", _csrf=token_on(page))
    assert response.location == "/account"
    assert elsewhere.get("/account").status_code == 401
    own = browser.post(f"/account/sessions/{own_id}/end", _csrf=token_on(page))
    assert "/end-session?" in own.location
    assert browser.session_id is None


def test_a_session_of_somebody_else_is_not_found(
    browser: Browser, portal: Flask, city: City
) -> None:
    other = Browser(portal, city.runtime.settings)
    other.sign_in("citizen")
    with city.runtime.database.reading() as session:
        row = session.scalars(select(WebSession)).one()
    browser.sign_in("chief")
    token = token_on(browser.get("/account").text)
    assert browser.post(f"/account/sessions/{row.id}/end", _csrf=token).status_code == 404
    assert other.get("/account").status_code == 200


def test_language_and_scheme_are_kept(browser: Browser) -> None:
    browser.sign_in("chief")
    token = token_on(browser.get("/account").text)
    response = browser.post("/account/preferences", _csrf=token, language="en", scheme="dark")
    assert (response.status_code, response.location) == (303, "/account?saved=1")
    assert 'data-color-scheme="dark"' in browser.get("/account?saved=1").text
    wrong = browser.post("/account/preferences", _csrf=token, language="fr", scheme="dark")
    assert wrong.status_code == 422
    extra = browser.post(
        "/account/preferences", _csrf=token, language="en", scheme="dark", role="administrator"
    )
    assert extra.status_code == 422


def test_the_language_of_a_visitor_is_kept_in_the_browser(browser: Browser) -> None:
    response = browser.get("/language/en?next=//evil.example")
    assert response.location == "/"
    cookie = browser.portal.get_cookie("portal_language", domain="127.0.0.1")
    assert cookie is not None
    assert cookie.value == "en"
    browser.get("/language/fr")
    cookie = browser.portal.get_cookie("portal_language", domain="127.0.0.1")
    assert cookie is not None
    assert cookie.value == "en"


def test_personas_are_not_offered_in_production(city: City) -> None:
    settings = replace(city.runtime.settings, mode="production", oidc_issuer="https://id.example")
    runtime = replace(city.runtime, settings=settings)
    app = make_app(runtime, SessionStore(runtime))
    app.register_blueprint(views.bp)
    page = app.test_client().get("/sign-in", base_url=settings.url).text
    assert "前往统一身份认证" in page
    assert "演示身份" not in page
