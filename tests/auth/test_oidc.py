"""The client against a provider that answers wrongly, slowly or not at all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey

from auth import handshake, oidc
from auth.oidc import Answer, Attempt, OidcClient, SignInFailed
from portal.kernel import clock
from portal.kernel.errors import Invalid, Unavailable
from portal.kernel.settings import Settings
from tests.auth import rogue as rogues
from tests.auth.browser import query_of
from tests.auth.rogue import SECRET, Rogue, new_key

DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def rogue() -> Iterator[Rogue]:
    with rogues.serving() as rogue:
        yield rogue


@pytest.fixture
def settings(rogue: Rogue, tmp_path: Path) -> Settings:
    return replace(
        Settings(),
        data=tmp_path,
        oidc_issuer=rogue.issuer,
        oidc_client_secret=SECRET,
        secret_key="k" * 48,
    )


@pytest.fixture
def client(settings: Settings) -> OidcClient:
    return OidcClient(settings)


@pytest.fixture
def attempt(rogue: Rogue) -> Attempt:
    attempt = handshake.new_attempt("/")
    rogue.nonce = attempt.nonce
    return attempt


def answer(attempt: Attempt, **changed: str | None) -> Answer:
    values: dict[str, str | None] = {
        "code": "c",
        "state": attempt.state,
        "issuer": None,
        "error": None,
    }
    return Answer(**{**values, **changed})


def reason(client: OidcClient, attempt: Attempt) -> str:
    with pytest.raises(SignInFailed) as caught:
        client.redeem(attempt, answer(attempt))
    assert "没有" in str(caught.value) or "失效" in str(caught.value)
    return caught.value.reason


def test_a_right_answer_gives_the_identity(
    client: OidcClient, attempt: Attempt, rogue: Rogue, settings: Settings
) -> None:
    rogue.claims = {"email": "a@example.invalid", "preferred_username": "jia"}
    client.check(attempt, answer(attempt))
    vouched = client.redeem(attempt, answer(attempt))
    assert vouched.identity == oidc.Identity(
        settings.issuer, "s-1", "jia", "示例·甲", "a@example.invalid"
    )
    assert vouched.id_token.count(".") == 2
    assert rogue.form["code_verifier"] == attempt.verifier
    assert rogue.authorization.startswith("Basic ")


def test_the_address_keeps_the_providers_own_query(client: OidcClient, attempt: Attempt) -> None:
    values = query_of(client.address(attempt, login_hint="jia"))
    assert (values["tenant"], values["login_hint"]) == ("1", "jia")
    assert attempt.verifier not in values.values()


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": ["other"]},
        {"aud": ["other"], "azp": "portal"},
        {"aud": None},
        {"iss": "http://evil.example"},
        {"iss": None},
        {"nonce": "other"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"nbf": 4_000_000_000},
        {"azp": "other"},
        {"at_hash": "wrong"},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(
    client: OidcClient, attempt: Attempt, rogue: Rogue, wrong: dict[str, Any]
) -> None:
    rogue.claims = wrong
    assert reason(client, attempt).startswith("id_token_")


def test_a_token_that_expired_since_is_refused(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    old = int((clock.now() - timedelta(minutes=10)).timestamp())
    rogue.claims = {"iat": old, "exp": old + 60}
    assert reason(client, attempt) == "id_token_ExpiredTokenError"


def test_an_unsigned_token_is_refused(client: OidcClient, attempt: Attempt, rogue: Rogue) -> None:
    rogue.alg = "none"
    assert reason(client, attempt).startswith("id_token_")


def test_a_token_signed_with_what_both_know_is_refused(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.alg, rogue.signer = "HS256", OctKey.import_key(SECRET, {"kid": "first"})
    assert reason(client, attempt).startswith("id_token_")


def test_a_token_signed_with_another_key_of_that_name_is_refused(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.signer = new_key("first")
    assert reason(client, attempt) == "id_token_BadSignatureError"


def test_a_new_key_of_the_provider_is_fetched_once(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    client.redeem(attempt, answer(attempt))
    rogue.signer = new_key("second")
    rogue.published = [*rogue.published, rogue.signer]
    client.redeem(attempt, answer(attempt))
    assert rogue.asked.count("/jwks") == 2
    rogue.signer = new_key("never published")
    assert reason(client, attempt) == "id_token_InvalidKeyIdError"


def test_metadata_and_keys_are_kept_for_minutes(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    for _time in range(3):
        client.redeem(attempt, answer(attempt))
    assert (rogue.asked.count(DISCOVERY), rogue.asked.count("/jwks")) == (1, 1)
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        client.address(attempt)
    assert rogue.asked.count(DISCOVERY) == 2


@pytest.mark.parametrize("token", [{"access_token": "a", "token_type": "Bearer"}, {"id_token": 1}])
def test_an_answer_without_id_token_is_refused(
    client: OidcClient, attempt: Attempt, rogue: Rogue, token: dict[str, Any]
) -> None:
    rogue.token = token
    assert reason(client, attempt) == "no_id_token"


def test_a_refused_code_is_a_sign_in_that_is_not_ours(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.token = {"error": "invalid_grant", "error_description": "x"}
    assert reason(client, attempt) == "token_invalid_grant"


# The answer through the browser


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"state": None}, "state"),
        ({"state": "other"}, "state"),
        ({"issuer": "http://evil.example"}, "iss_parameter"),
        ({"code": None}, "provider_error"),
        ({"error": "server_error"}, "provider_error"),
        ({"error": "access_denied"}, "access_denied"),
    ],
)
def test_a_wrong_answer_is_refused(
    client: OidcClient, attempt: Attempt, changed: dict[str, str | None], expected: str
) -> None:
    with pytest.raises(SignInFailed) as caught:
        client.check(attempt, answer(attempt, **changed))
    assert caught.value.reason == expected


def test_a_promised_issuer_must_be_there(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.metadata = {"authorization_response_iss_parameter_supported": True}
    with pytest.raises(SignInFailed):
        client.check(attempt, answer(attempt))
    client.check(attempt, answer(attempt, issuer=rogue.issuer))


# Other providers


def test_which_claims_are_read_is_a_setting(
    settings: Settings, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.claims = {"employee": "e-7", "display": " 示例  乙 ", "mail": 5}
    changed = replace(
        settings,
        oidc_claim_subject="employee",
        oidc_claim_name="display",
        oidc_claim_email="mail",
    )
    identity = OidcClient(changed).redeem(attempt, answer(attempt)).identity
    assert (identity.subject, identity.name, identity.email) == ("e-7", "示例 乙", "")


def test_a_missing_subject_is_refused(settings: Settings, attempt: Attempt) -> None:
    client = OidcClient(replace(settings, oidc_claim_subject="employee"))
    assert reason(client, attempt) == "no_subject"


@pytest.mark.parametrize("subject", ["a\0b", "a\nb", 7, ""])
def test_a_subject_that_no_database_takes_is_refused(
    client: OidcClient, attempt: Attempt, rogue: Rogue, subject: object
) -> None:
    rogue.claims = {"sub": subject}
    assert reason(client, attempt) in ("no_subject", "id_token_InvalidClaimError")


def test_a_name_keeps_only_what_can_be_shown(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.claims = {"name": "示例·\0甲\t乙\u202e", "email": ["x"]}
    identity = client.redeem(attempt, answer(attempt)).identity
    assert (identity.name, identity.email) == ("示例·甲 乙", "")


def test_a_name_that_is_only_told_on_asking_is_asked_for(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.claims = {"name": None}
    rogue.metadata = {"userinfo_endpoint": f"{rogue.issuer}/userinfo"}
    rogue.userinfo = {"sub": "s-1", "name": "示例·丙"}
    assert client.redeem(attempt, answer(attempt)).identity.name == "示例·丙"
    rogue.userinfo = {"sub": "s-2", "name": "示例·别人"}
    assert client.redeem(attempt, answer(attempt)).identity.name == ""


def test_claims_of_the_settings_that_are_told_on_asking_are_asked_for(
    settings: Settings, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.metadata = {"userinfo_endpoint": f"{rogue.issuer}/userinfo"}
    rogue.userinfo = {"sub": "s-1", "employeeNumber": 370042, "email": "bing@city.example"}
    client = OidcClient(replace(settings, oidc_claim_subject="employeeNumber"))
    identity = client.redeem(attempt, answer(attempt)).identity
    assert (identity.subject, identity.name) == ("370042", "示例·甲")
    assert identity.email == "bing@city.example"


def test_a_provider_without_userinfo_gives_no_name(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.claims = {"name": None}
    assert client.redeem(attempt, answer(attempt)).identity.name == ""


def test_the_secret_goes_where_the_provider_wants_it(
    settings: Settings, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    OidcClient(settings).redeem(attempt, answer(attempt))
    assert rogue.form["client_secret"] == SECRET
    public = OidcClient(replace(settings, oidc_client_secret=""))
    public.redeem(attempt, answer(attempt))
    assert "client_secret" not in rogue.form
    assert rogue.form["client_id"] == "portal"


def test_an_issuer_may_end_in_a_slash(client: OidcClient, attempt: Attempt, rogue: Rogue) -> None:
    rogue.metadata = {"issuer": rogue.issuer + "/"}
    rogue.claims = {"iss": rogue.issuer + "/"}
    assert client.redeem(attempt, answer(attempt)).identity.subject == "s-1"


def test_sign_out_there_needs_a_place_for_it(client: OidcClient, rogue: Rogue) -> None:
    assert client.sign_out_address("t") is None
    rogue.metadata = {"end_session_endpoint": f"{rogue.issuer}/out?a=1"}
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        values = query_of(client.sign_out_address(None) or "")
    assert values == {
        "a": "1",
        "client_id": "portal",
        "post_logout_redirect_uri": "http://127.0.0.1:8000/signed-out",
    }


# Down and out of order


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks", "/token"])
@pytest.mark.parametrize("raw", [(500, "<h1>down</h1>"), (200, "no json"), (200, "[]")])
def test_a_provider_out_of_order_is_unavailable(
    client: OidcClient, attempt: Attempt, rogue: Rogue, path: str, raw: tuple[int, str]
) -> None:
    rogue.raw = {path: raw}
    with pytest.raises(Unavailable, match="暂时没有应答"):
        client.redeem(attempt, answer(attempt))


def test_a_provider_that_is_not_there_is_unavailable(settings: Settings, attempt: Attempt) -> None:
    client = OidcClient(replace(settings, oidc_issuer="http://127.0.0.1:9"))
    with pytest.raises(Unavailable):
        client.address(attempt)
    assert client.sign_out_address("t") is None


def test_a_provider_that_went_down_since_is_told_before_the_browser_is_sent_there(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.metadata = {"end_session_endpoint": f"{rogue.issuer}/out"}
    client.address(attempt)
    rogue.raw = {DISCOVERY: (503, "")}
    with clock.frozen(clock.now() + timedelta(seconds=6)):
        with pytest.raises(Unavailable):
            client.address(attempt)
        assert client.sign_out_address("t") is None
        client.redeem(attempt, answer(attempt))  # what is under way needs no new look


def test_many_who_sign_in_at_once_ask_the_provider_once(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    moment = clock.now()
    with clock.frozen(moment):
        for _each in range(5):
            client.address(attempt)
    assert rogue.asked.count(DISCOVERY) == 1


def test_a_provider_that_is_slow_is_unavailable(
    client: OidcClient, attempt: Attempt, rogue: Rogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "TIMEOUT_SECONDS", 0.05)
    rogue.free.clear()
    try:
        with pytest.raises(Unavailable):
            client.address(attempt)
    finally:
        rogue.free.set()


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"authorization_endpoint": "http://id.example/authorize"},
        {"authorization_endpoint": None},
    ],
)
def test_metadata_that_cannot_be_trusted_count_as_down(
    client: OidcClient, attempt: Attempt, rogue: Rogue, metadata: dict[str, Any]
) -> None:
    rogue.metadata = metadata
    with pytest.raises(Unavailable):
        client.address(attempt)


def test_a_redirect_of_the_provider_is_not_followed(
    client: OidcClient, attempt: Attempt, rogue: Rogue
) -> None:
    rogue.raw = {DISCOVERY: (302, "{}")}
    with pytest.raises(Unavailable):
        client.address(attempt)


@pytest.mark.parametrize("issuer", ["http://id.example", "http://10.0.0.1", "ftp://x"])
def test_no_client_is_made_for_answers_that_could_be_read_on_the_way(
    settings: Settings, issuer: str
) -> None:
    with pytest.raises(Invalid, match="必须是 https"):
        OidcClient(replace(settings, oidc_issuer=issuer))


def test_accounts_of_the_local_provider_do_not_follow_its_port(settings: Settings) -> None:
    assert oidc.account_issuer(replace(settings, oidc_issuer="")) == "local"
    assert oidc.account_issuer(settings) == settings.issuer
