"""The rules of the local provider, in the shapes that Authlib asks for."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import ClientMixin, InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.rpinitiated import EndSessionEndpoint
from flask import Flask
from joserfc.jwk import KeySet, RSAKey

from auth.oidc import CALLBACK, SIGNED_OUT
from auth.provider.keys import ALGORITHM
from auth.provider.personas import Persona
from auth.provider.storage import TOKEN_LIFE, Grant, Redeemable, Storage
from portal.kernel import clock
from portal.kernel.settings import Settings

SCOPES = ["openid", "profile", "email"]
ID_TOKEN_SECONDS = 300


@dataclass(frozen=True)
class Portal(ClientMixin):  # type: ignore[misc]  # the package has no types
    """The one client that the provider knows."""

    client_id: str
    secret: str
    redirect_uri: str
    signed_out_uri: str
    client_metadata: Mapping[str, Any] = field(default_factory=dict)

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return ""  # OpenID Connect Core 3.1.2.1: the request has to name it

    def get_allowed_scope(self, scope: str | None) -> str:
        return " ".join(each for each in (scope or "").split() if each in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(client_secret.encode(), self.secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


def portal_client(settings: Settings) -> Portal:
    """The portal as a client, by the settings that both processes read."""
    signed_out = settings.url + SIGNED_OUT
    return Portal(
        client_id=settings.oidc_client_id,
        secret=settings.oidc_client_secret,
        redirect_uri=settings.url + CALLBACK,
        signed_out_uri=signed_out,
        client_metadata={"post_logout_redirect_uris": [signed_out]},
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """The person who signs in, and when the browser chose them."""

    persona: Persona
    auth_time: datetime


@dataclass(frozen=True, slots=True)
class Provider:
    """What the rules need to know."""

    issuer: str
    client: Portal
    personas: Mapping[str, Persona]
    storage: Storage
    key: RSAKey


class StrictPKCE(CodeChallenge):  # type: ignore[misc]  # the package has no types
    """PKCE for everybody and S256 only; Authlib asks public clients alone and takes "plain"."""

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with 'code_challenge_method=S256' is required.")
        super().validate_code_challenge(grant, redirect_uri)


def authorization_server(app: Flask, provider: Provider) -> AuthorizationServer:
    """Authlib's server with our rules put in."""
    storage = provider.storage

    def query_client(client_id: str) -> Portal | None:
        return provider.client if client_id == provider.client.client_id else None

    def save_token(token: Mapping[str, Any], request: OAuth2Request) -> None:
        storage.keep_token(
            token["access_token"],
            code=request.authorization_code.digest,
            subject=request.user.username,
            scope=token.get("scope", ""),
        )

    app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"authorization_code": int(TOKEN_LIFE.total_seconds())}
    server = AuthorizationServer(app, query_client=query_client, save_token=save_token)
    server.register_grant(_code_grant(provider), [_openid(provider), StrictPKCE(required=True)])
    server.register_extension(_issuer_parameter(provider.issuer))
    server.register_endpoint(_end_session(provider))
    return server


def resource_protector(provider: Provider) -> ResourceProtector:
    """Guards userinfo by the access tokens given out."""

    class Validator(BearerTokenValidator):  # type: ignore[misc]  # the package has no types
        def authenticate_token(self, token_string: str) -> "_BearerToken | None":
            bearer = provider.storage.bearer(token_string)
            return _BearerToken(bearer.subject, bearer.scope) if bearer else None

    protector = ResourceProtector()
    protector.register_token_validator(Validator())
    return protector


def user_info(persona: Persona, scope: str) -> UserInfo:
    """What is told of a person for the scopes granted."""
    claims = UserInfo(
        sub=persona.username,
        name=persona.name,
        preferred_username=persona.username,
        email=persona.email,
        email_verified=False,
    )
    return claims.filter(scope)


@dataclass(frozen=True, slots=True)
class _BearerToken:
    subject: str
    scope: str

    def is_expired(self) -> bool:
        return False  # the storage gives living ones only

    def is_revoked(self) -> bool:
        return False

    def get_scope(self) -> str:
        return self.scope


def _code_grant(provider: Provider) -> type[AuthorizationCodeGrant]:
    class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # the package has no types
        def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
            data, chosen = request.payload.data, request.user
            provider.storage.keep_code(
                code,
                Grant(
                    subject=chosen.persona.username,
                    redirect_uri=request.payload.redirect_uri or "",
                    scope=request.scope,
                    nonce=data.get("nonce"),
                    challenge=data["code_challenge"],
                    auth_time=chosen.auth_time,
                ),
            )

        def query_authorization_code(self, code: str, client: Portal) -> Redeemable | None:
            return provider.storage.redeem(code)

        def delete_authorization_code(self, authorization_code: Redeemable) -> None:
            """Already used up when it was presented."""

        def authenticate_user(self, authorization_code: Redeemable) -> Persona | None:
            return provider.personas.get(authorization_code.subject)

    return CodeGrant


def _openid(provider: Provider) -> OpenIDCode:
    class IdToken(OpenIDCode):  # type: ignore[misc]  # the package has no types
        def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
            return provider.storage.nonce_in_use(nonce)

        def generate_user_info(self, user: Persona, scope: str) -> UserInfo:
            return user_info(user, scope)

        def resolve_client_private_key(self, client: Portal) -> RSAKey:
            return provider.key

        def get_client_algorithm(self, client: Portal) -> str:
            return ALGORITHM

        def get_encode_header(self, client: Portal) -> dict[str, str]:
            return {"alg": ALGORITHM, "kid": str(provider.key.kid)}

        def get_client_claims(self, client: Portal) -> dict[str, Any]:
            moment = int(clock.now().timestamp())
            return {
                "iss": provider.issuer,
                "aud": [client.client_id],
                "iat": moment,
                "exp": moment + ID_TOKEN_SECONDS,
            }

    return IdToken(require_nonce=True)


def _issuer_parameter(issuer: str) -> IssuerParameter:
    class OurIssuer(IssuerParameter):  # type: ignore[misc]  # the package has no types
        def get_issuer(self) -> str:
            return issuer

    return OurIssuer()


def _end_session(provider: Provider) -> EndSessionEndpoint:
    class EndSession(EndSessionEndpoint):  # type: ignore[misc]  # the package has no types
        def get_server_jwks(self) -> KeySet:
            return KeySet([provider.key])

        def get_algorithms(self) -> list[str]:
            return [ALGORITHM]

        def resolve_client_from_id_token_claims(self, claims: Mapping[str, Any]) -> Portal | None:
            client = provider.client  # Authlib reads an audience of one word only, ours is a list
            return client if client.client_id in claims.get("aud", ()) else None

        def end_session(self, end_session_request: Any) -> None:
            """The view ends it: the cookie is the view's."""

    return EndSession()
