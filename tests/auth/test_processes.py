"""Sign-in between real processes: the portal's server and the local provider, as `make run` has them."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
import requests

from tests.auth.browser import FORM_TOKEN, plain_session, query_of
from tests.browser.server import ROOT, Product, running_product, until

MAIN = re.compile(r"<main.*?</main>", re.DOTALL)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """An empty portal with its provider."""
    folder = tmp_path_factory.mktemp("sign-in") / "data"
    with running_product(folder, names=("provider", "serve")) as running:
        yield running


@dataclass
class Visitor:
    """A browser without pages: follows no redirect by itself."""

    product: Product
    session: requests.Session = field(default_factory=plain_session)

    def get(self, address: str) -> requests.Response:
        url = address if "://" in address else self.product.url + address
        return self.session.get(url, allow_redirects=False, timeout=15)

    def choose(self, address: str, username: str = "newcomer") -> str:
        """Picks somebody at the provider; gives where the provider sends the browser."""
        page = self.get(address)
        if page.status_code == 302:
            return page.headers["Location"]
        found = FORM_TOKEN.search(page.text)
        assert found is not None, page.text
        form = {"form_token": found[1], "persona": username}
        answer = self.session.post(address, data=form, allow_redirects=False, timeout=15)
        return answer.headers["Location"]

    def sign_in(self) -> requests.Response:
        start = self.get("/sign-in/start?next=/account")
        assert start.status_code == 303, start.text
        return self.get(self.choose(start.headers["Location"]))

    def account(self) -> requests.Response:
        return self.get("/api/v1/account")


def test_somebody_unknown_comes_in_and_goes_out_at_both(product: Product) -> None:
    visitor = Visitor(product)
    done = visitor.sign_in()
    assert (done.status_code, done.headers["Location"]) == (303, "/account")
    told = visitor.account().json()
    assert (told["username"], told["unit"]) == ("newcomer", None)
    assert [role["role"] for role in told["roles"]] == ["public"]
    assert {cookie.name for cookie in visitor.session.cookies} == {
        "portal_session",
        "portal_provider_session",
        "portal_provider_form",
    }

    out = visitor.session.post(
        f"{product.url}/sign-out",
        data={"_csrf": told["csrf_token"]},
        allow_redirects=False,
        timeout=15,
    )
    assert out.headers["Location"].startswith(f"{product.provider_url}/end-session?")
    there = visitor.get(out.headers["Location"])
    assert there.headers["Location"] == f"{product.url}/signed-out"
    assert visitor.account().status_code == 401
    assert {cookie.name for cookie in visitor.session.cookies} == {"portal_provider_form"}


def test_the_first_administrator_is_made_by_the_command_and_works_at_once(
    product: Product,
) -> None:
    visitor = Visitor(product)
    visitor.sign_in()
    assert visitor.get("/operations").status_code == 403
    product.command("users", "grant", "newcomer", "administrator")
    assert visitor.get("/operations").status_code == 200
    refused = product.command("users", "grant", "newcomer", "auditor", check=False)
    assert refused.returncode == 1
    assert "不能同时是安全审计员" in refused.stderr
    product.command("users", "revoke", "newcomer", "administrator")
    assert visitor.get("/operations").status_code == 403


def test_several_who_come_in_at_once_all_do_with_one_account(product: Product) -> None:
    visitors = [Visitor(product) for _each in range(4)]
    threads = [threading.Thread(target=visitor.sign_in) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = {visitor.account().json().get("id") for visitor in visitors}
    assert len(ids) == 1
    assert None not in ids
    sessions = visitors[0].get("/api/v1/account/sessions").json()["sessions"]
    assert sum(each["current"] for each in sessions) == 1
    assert len(sessions) >= 4


def test_another_name_of_the_machine_leads_to_the_printed_one(product: Product) -> None:
    other = product.url.replace("127.0.0.1", "localhost")
    start = Visitor(product).get(f"{other}/sign-in/start?next=/account")
    assert start.headers["Location"] == f"{product.url}/sign-in/start?next=/account"


def test_the_provider_answers_to_no_other_name(product: Product) -> None:
    other = product.provider_url.replace("127.0.0.1", "localhost")
    assert Visitor(product).get(f"{other}/.well-known/openid-configuration").status_code == 421


def test_a_redirect_elsewhere_is_refused_at_the_provider(product: Product) -> None:
    visitor = Visitor(product)
    address = visitor.get("/sign-in/start").headers["Location"]
    wrong = address.replace(urlsplit(product.url).netloc.replace(":", "%3A"), "evil.example")
    assert wrong != address
    page = visitor.get(wrong)
    assert (page.status_code, page.headers.get("Location")) == (400, None)


def test_a_provider_that_dies_is_a_sentence_and_its_return_needs_no_restart(
    product: Product,
) -> None:
    visitor = Visitor(product)
    visitor.sign_in()
    address = visitor.choose(visitor.get("/sign-in/start").headers["Location"])
    product.kill("provider")
    try:
        late = visitor.get(address)
        assert late.status_code == 503
        until(lambda: visitor.get("/sign-in/start").status_code == 503, what="the start refused")
        page = visitor.get("/sign-in/start")
        shown = MAIN.search(page.text)
        assert shown is not None
        assert "统一身份认证暂时没有应答" in shown[0]
        assert visitor.account().status_code == 200
        assert visitor.get("/search").status_code == 200
        token = visitor.account().json()["csrf_token"]
        out = visitor.session.post(
            f"{product.url}/sign-out",
            data={"_csrf": token},
            allow_redirects=False,
            timeout=15,
        )
        assert out.headers["Location"] == "/signed-out"
    finally:
        product.start("provider")
    assert Visitor(product).sign_in().status_code == 303


def test_who_is_signed_in_stays_so_when_the_portal_starts_again(product: Product) -> None:
    visitor = Visitor(product)
    visitor.sign_in()
    product.stop("serve")
    product.start("serve")
    assert visitor.account().status_code == 200


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"PORTAL_MODE": "production"}, "PORTAL_SECRET_KEY"),
        (
            {"PORTAL_MODE": "production", "PORTAL_SECRET_KEY": "k" * 40},
            "PORTAL_OIDC_ISSUER",
        ),
        (
            {
                "PORTAL_MODE": "production",
                "PORTAL_SITE_OWNER": "某市数据局",
                "PORTAL_SITE_CONTACT": "0531-66600000",
                "PORTAL_SECRET_KEY": "k" * 40,
                "PORTAL_OIDC_ISSUER": "https://id.example",
            },
            "本机身份服务只供示例方式使用",
        ),
        ({"PORTAL_OIDC_ISSUER": "https://id.example"}, "本机身份服务只供示例方式使用"),
    ],
)
def test_the_provider_does_not_start_where_it_has_no_business(
    product: Product, changed: dict[str, str], words: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "auth.provider"],
        cwd=ROOT,
        env=product.environment | changed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_each_sign_in_has_its_own_secrets(product: Product) -> None:
    first, second = (
        query_of(Visitor(product).get("/sign-in/start").headers["Location"]) for _each in range(2)
    )
    assert all(first[key] != second[key] for key in ("state", "nonce", "code_challenge"))
    assert first["redirect_uri"] == f"{product.url}/sign-in/callback"
