"""The client of the identity provider: OpenID Connect, authorization code with PKCE."""

import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from auth.addresses import is_loopback, is_safe
from auth.services import Identity
from portal.kernel import clock
from portal.kernel.errors import Invalid, PortalError, Unavailable
from portal.kernel.settings import Settings
from portal.kernel.text import CHINESE, ENGLISH, Text, _, language

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session
    from joserfc.jwk import KeySet
    from joserfc.jwt import Token

log = logging.getLogger("auth.oidc")

LOCAL_ISSUER = "local"
SCOPE = "openid profile email"
CALLBACK, SIGNED_OUT = "/sign-in/callback", "/signed-out"
KEEP_METADATA = timedelta(minutes=10)
KEEP_FRESH = timedelta(seconds=5)  # before a browser is sent to the provider it must have answered
LEEWAY_SECONDS = 60
TIMEOUT_SECONDS = 5
UI_LOCALES = {CHINESE: "zh-CN", ENGLISH: "en"}
# Signatures that anybody can check but the provider alone can make; never "none", never HS*.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]


class SignInFailed(PortalError):
    """The provider's answer cannot be trusted, or says no; `reason` is for the log."""

    status = 400

    def __init__(self, message: Text, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the browser keeps between going to the provider and coming back."""

    state: str
    nonce: str
    verifier: str
    next_path: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sends back through the browser."""

    code: str | None
    state: str | None
    issuer: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who came, and the token that a sign-out at the provider needs."""

    identity: Identity
    id_token: str


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Mapping[str, Any]
    since: datetime


def account_issuer(settings: Settings) -> str:
    """Under which issuer accounts are kept; the local provider's address follows the port."""
    return LOCAL_ISSUER if settings.uses_local_provider else settings.issuer


class OidcClient:
    """Talks to one provider; metadata and keys are fetched when needed and kept for minutes.

    Raises Invalid when it is made for an issuer whose answers could be read on the way.
    """

    def __init__(self, settings: Settings) -> None:
        if not is_safe(settings.issuer):
            raise Invalid(
                _(
                    "身份认证地址 %(issuer)s 必须是 https；http 只能用于本机。"
                    "请改 PORTAL_OIDC_ISSUER 或 PORTAL_BIND。",
                    issuer=settings.issuer,
                )
            )
        self._settings = settings
        self._kept: dict[str, _Kept] = {}
        self._lock = Lock()

    def address(self, attempt: Attempt, *, login_hint: str = "") -> str:
        """Where the browser goes to sign in. Raises Unavailable when the provider is down."""
        endpoint = self._endpoint("authorization_endpoint", keep=KEEP_FRESH)
        extra = {"ui_locales": UI_LOCALES[language()]}
        if login_hint:
            extra["login_hint"] = login_hint
        with self._session() as session:
            url, _state = session.create_authorization_url(
                endpoint,
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
                **extra,
            )
        return str(url)

    def check(self, attempt: Attempt, answer: Answer) -> None:
        """Raises SignInFailed for an answer to another request, of another provider, or a no."""
        if not hmac.compare_digest(attempt.state.encode(), (answer.state or "").encode()):
            raise not_ours("state")
        metadata = self._metadata()
        promised = metadata.get("authorization_response_iss_parameter_supported") is True
        if (answer.issuer or promised) and answer.issuer != metadata["issuer"]:
            raise untrusted("iss_parameter")
        if answer.error == "access_denied":
            raise SignInFailed(_("您在认证页面没有同意登录。需要时请重新登录。"), "access_denied")
        if answer.error or not answer.code:
            raise SignInFailed(_("统一身份认证拒绝了这次登录。请重新登录。"), "provider_error")

    def redeem(self, attempt: Attempt, answer: Answer) -> Vouched:
        """Who the provider says has come, for an answer that `check` has let pass.

        Raises SignInFailed for tokens that are not to be trusted, Unavailable when the provider
        does not answer.
        """
        token = self._exchange(attempt, answer.code or "")
        claims = self._claims(token, attempt.nonce)
        return Vouched(self._identity(claims, token), token["id_token"])

    def sign_out_address(self, id_token: str | None) -> str | None:
        """Where the browser goes to sign out there too; nothing when there is no such place."""
        try:
            endpoint = self._metadata(keep=KEEP_FRESH).get("end_session_endpoint")
        except Unavailable:
            return None
        if not isinstance(endpoint, str) or not is_safe(endpoint):
            return None
        values = {
            "client_id": self._settings.oidc_client_id,
            "post_logout_redirect_uri": self._settings.url + SIGNED_OUT,
        }
        if id_token:
            values["id_token_hint"] = id_token
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(values)}"

    # The tokens, step by step

    def _exchange(self, attempt: Attempt, code: str) -> Mapping[str, Any]:
        from authlib.integrations.base_client import OAuthError  # noqa: PLC0415  start-up time
        from requests import RequestException  # noqa: PLC0415  start-up time

        try:
            with self._session() as session:
                token: Mapping[str, Any] = session.fetch_token(
                    self._endpoint("token_endpoint"), code=code, code_verifier=attempt.verifier
                )
        except OAuthError as error:
            raise not_ours(f"token_{error.error}") from error
        except (RequestException, ValueError) as error:
            raise self._down("token", error) from error
        if not isinstance(token.get("id_token"), str):
            raise untrusted("no_id_token")
        return token

    def _claims(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415  start-up time
        from joserfc.errors import JoseError  # noqa: PLC0415  start-up time

        try:
            decoded = self._decoded(token["id_token"])
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                # Authlib leaves the audience open where "azp" is ours; the standard does not.
                {
                    "iss": {"essential": True, "value": self._metadata()["issuer"]},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                    "nonce": {"essential": True, "value": nonce},
                },
                {
                    "nonce": nonce,
                    "client_id": self._settings.oidc_client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise untrusted(f"id_token_{type(error).__name__}") from error
        return dict(claims)

    def _decoded(self, id_token: str) -> "Token":
        from joserfc import jwt  # noqa: PLC0415  start-up time
        from joserfc.errors import InvalidKeyIdError  # noqa: PLC0415  start-up time

        try:
            return jwt.decode(id_token, self._keys(), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            self._kept.pop(self._endpoint("jwks_uri"), None)  # the provider has changed its key
            return jwt.decode(id_token, self._keys(), algorithms=ALGORITHMS)

    def _identity(self, claims: Mapping[str, Any], token: Mapping[str, Any]) -> Identity:
        settings = self._settings
        wanted = (
            settings.oidc_claim_subject,
            settings.oidc_claim_name,
            settings.oidc_claim_email,
        )
        if not all(claims.get(name) for name in wanted):
            claims = {**self._more_claims(claims, token), **claims}
        subject = claims.get(settings.oidc_claim_subject)
        if type(subject) is int:  # a staff number, say; `sub` itself is text by the standard
            subject = str(subject)
        if not isinstance(subject, str) or not subject or not subject.isprintable():
            raise untrusted("no_subject")
        return Identity(
            issuer=account_issuer(settings),
            subject=subject,
            username=_words(claims.get("preferred_username")) or subject,
            name=_words(claims.get(settings.oidc_claim_name)),
            email=_words(claims.get(settings.oidc_claim_email)),
        )

    def _more_claims(
        self, claims: Mapping[str, Any], token: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """What the provider tells only on asking; about the same person, else nothing."""
        endpoint = self._metadata().get("userinfo_endpoint")
        if not isinstance(endpoint, str) or not is_safe(endpoint):
            return {}
        bearer = {"Authorization": f"Bearer {token.get('access_token', '')}"}
        found = self._fetched(endpoint, headers=bearer)
        return found if found.get("sub") == claims.get("sub") else {}

    # The provider's own data

    def _keys(self) -> "KeySet":
        from joserfc.jwk import KeySet  # noqa: PLC0415  start-up time

        keys = self._remembered(self._endpoint("jwks_uri"))
        return KeySet.import_key_set(keys)  # type: ignore[arg-type]  # checked by the import itself

    def _endpoint(self, name: str, *, keep: timedelta = KEEP_METADATA) -> str:
        endpoint = self._metadata(keep=keep).get(name)
        if not isinstance(endpoint, str) or not is_safe(endpoint):
            raise self._down(name, ValueError("missing or unsafe"))
        return endpoint

    def _metadata(self, *, keep: timedelta = KEEP_METADATA) -> Mapping[str, Any]:
        issuer = self._settings.issuer
        metadata = self._remembered(f"{issuer}/.well-known/openid-configuration", keep=keep)
        if str(metadata.get("issuer", "")).rstrip("/") != issuer:
            raise self._down("issuer", ValueError("another issuer"))
        return metadata

    def _remembered(self, url: str, *, keep: timedelta = KEEP_METADATA) -> Mapping[str, Any]:
        with self._lock:
            kept = self._kept.get(url)
        if kept is not None and kept.since + keep > clock.now():
            return kept.value
        value = self._fetched(url)
        with self._lock:
            self._kept[url] = _Kept(value, clock.now())
        return value

    def _fetched(self, url: str, *, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        import requests  # noqa: PLC0415  start-up time

        try:
            with requests.Session() as session:
                session.trust_env = not self._is_local
                response = session.get(
                    url, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
                )
                response.raise_for_status()
                value = response.json()
        except (requests.RequestException, ValueError) as error:
            raise self._down("fetch", error) from error
        if not isinstance(value, dict):
            raise self._down("fetch", TypeError("no object"))
        return dict(value)

    def _session(self) -> "OAuth2Session":
        from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415  start-up time

        session = OAuth2Session(
            client_id=self._settings.oidc_client_id,
            client_secret=self._settings.oidc_client_secret or None,
            token_endpoint_auth_method=self._client_authentication(),
            scope=SCOPE,
            redirect_uri=self._settings.url + CALLBACK,
            code_challenge_method="S256",
            default_timeout=TIMEOUT_SECONDS,
        )
        session.trust_env = not self._is_local
        return session

    def _client_authentication(self) -> str:
        if not self._settings.oidc_client_secret:
            return "none"
        offered = self._metadata().get("token_endpoint_auth_methods_supported")
        basic = not isinstance(offered, list) or "client_secret_basic" in offered
        return "client_secret_basic" if basic else "client_secret_post"

    @property
    def _is_local(self) -> bool:
        """A proxy of the environment must not stand between us and this very machine."""
        return is_loopback(urlsplit(self._settings.issuer).hostname)

    def _down(self, part: str, error: Exception) -> Unavailable:
        log.warning("oidc.unavailable", extra={"part": part, "cause": type(error).__name__})
        return Unavailable(
            _("统一身份认证暂时没有应答，不能登录。请稍后再试；不登录也可以检索和查看公开的目录。")
        )


def not_ours(reason: str) -> SignInFailed:
    """The answer belongs to no sign-in of this browser, or came before."""
    return SignInFailed(_("这次登录已失效，或不是从这个浏览器发起的。请重新登录。"), reason)


def untrusted(reason: str) -> SignInFailed:
    """The answer is not what the provider would say to us."""
    return SignInFailed(
        _("统一身份认证的答复没有通过核验，登录没有完成。请重新登录；仍不行请联系管理员。"), reason
    )


def _words(value: object) -> str:
    if not isinstance(value, str):
        return ""
    shown = "".join(letter for letter in " ".join(value.split()) if letter.isprintable())
    return shown[:200]
