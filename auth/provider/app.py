"""The local OpenID provider: an application and a process of its own, for the demo only."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Flask, Response, current_app, g, jsonify, render_template, request
from joserfc.jwk import KeySet

from auth.addresses import is_safe
from auth.provider.keys import ALGORITHM, signing_key
from auth.provider.personas import Persona
from auth.provider.server import (
    SCOPES,
    Chosen,
    Provider,
    authorization_server,
    portal_client,
    resource_protector,
    user_info,
)
from auth.provider.storage import SESSION_LIFE, Storage
from portal.kernel import clock
from portal.kernel.db import Database
from portal.kernel.errors import Invalid
from portal.kernel.settings import Settings
from portal.kernel.text import CHINESE, LANGUAGES, _, language, speaking
from portal.web.pages import content_lang

SESSION_COOKIE, FORM_COOKIE = "portal_provider_session", "portal_provider_form"
FORM_FIELD = "form_token"

bp = Blueprint("provider", __name__)


def create_provider(settings: Settings, personas: Sequence[Persona]) -> Flask:
    """The provider's application.

    Raises Invalid outside the demo, when the settings name another provider, and where its
    answers could be read on the way.
    """
    if not settings.is_demo or not settings.uses_local_provider:
        raise Invalid(_("本机身份服务只供示例方式使用。正式运行请设置 PORTAL_OIDC_ISSUER。"))
    for address in (settings.issuer, f"http://{settings.provider_bind}"):
        if not is_safe(address):
            raise Invalid(
                _(
                    "本机身份服务只能在本机使用，现为 %(issuer)s。请改 PORTAL_BIND。",
                    issuer=address,
                )
            )
    settings.data.mkdir(parents=True, exist_ok=True)
    provider = Provider(
        issuer=settings.issuer,
        client=portal_client(settings),
        personas={persona.username: persona for persona in personas},
        storage=Storage(Database(f"sqlite:///{settings.data / 'provider.sqlite'}")),
        key=signing_key(settings.data),
    )
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = 65_536
    app.extensions["provider"] = provider
    app.extensions["server"] = authorization_server(app, provider)
    app.extensions["protector"] = resource_protector(provider)
    app.jinja_env.globals.update(_=_, content_lang=content_lang, language=language)
    app.register_blueprint(bp)
    _hooks(app, settings)
    return app


@bp.get("/.well-known/openid-configuration")
def discovery() -> Response:
    """What the provider is and where its endpoints are (OpenID Connect Discovery 1.0)."""
    issuer = _provider().issuer
    return jsonify(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/authorize",
        token_endpoint=f"{issuer}/token",
        userinfo_endpoint=f"{issuer}/userinfo",
        end_session_endpoint=f"{issuer}/end-session",
        jwks_uri=f"{issuer}/jwks",
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=["authorization_code"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=[ALGORITHM],
        scopes_supported=SCOPES,
        token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
        code_challenge_methods_supported=["S256"],
        authorization_response_iss_parameter_supported=True,
        claims_supported=["sub", "name", "preferred_username", "email"],
    )


@bp.get("/jwks")
def jwks() -> Response:
    """The public half of the key."""
    return jsonify(KeySet([_provider().key]).as_dict(private=False))


@bp.get("/authorize")
def authorize() -> Response:
    """The list of people; straight back for who has chosen already, here or at the portal."""
    hint = request.args.get("login_hint", "")
    chosen = None if request.args.get("prompt") in ("login", "select_account") else _meant(hint)
    try:
        grant = current_app.extensions["server"].get_consent_grant(end_user=chosen or _chosen())
    except OAuth2Error as error:
        return _refusal(error)
    return _choice(hint) if chosen is None else _signed_in(grant, chosen)


@bp.post("/authorize")
def choose() -> Response:
    """Somebody was chosen."""
    persona = _provider().personas.get(request.form.get("persona", ""))
    if not _form_is_ours() or persona is None:
        return _page("refused.html", 400, message=_("这张表单已失效。请返回门户重新登录。"))
    chosen = Chosen(persona, clock.now())
    try:
        grant = current_app.extensions["server"].get_consent_grant(end_user=chosen)
    except OAuth2Error as error:
        return _refusal(error)
    return _signed_in(grant, chosen)


@bp.post("/token")
def token() -> Response:
    """A code and its verifier for tokens."""
    response: Response = current_app.extensions["server"].create_token_response()
    return response


@bp.get("/userinfo")
def userinfo() -> Response:
    """Who the bearer of an access token is."""
    try:
        bearer = current_app.extensions["protector"].acquire_token("openid")
    except OAuth2Error as error:
        return Response(status=error.status_code, headers=dict(error.get_headers()))
    persona = _provider().personas.get(bearer.subject)
    return jsonify(user_info(persona, bearer.scope)) if persona else Response(status=401)


@bp.route("/end-session", methods=["GET", "POST"])
def end_session() -> Response:
    """Sign-out asked for by the portal; without a token of ours a person has to confirm."""
    server = current_app.extensions["server"]
    try:
        asked = server.validate_endpoint_request("end_session")
    except OAuth2Error as error:
        return _refusal(error)
    if asked.needs_confirmation and not (request.method == "POST" and _form_is_ours()):
        return _with_form("end_session.html")
    _provider().storage.end_session(request.cookies.get(SESSION_COOKIE))
    response = server.create_endpoint_response("end_session", asked) or _page("ended.html", 200)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="Lax")
    return response


def _hooks(app: Flask, settings: Settings) -> None:
    issuer, home = urlsplit(settings.issuer), urlsplit(settings.url)
    policy = (
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        f"form-action 'self' {home.scheme}://{home.netloc}"
    )
    app.config["FORM_KEY"] = settings.secret_key.encode()

    @app.before_request
    def _open() -> Response | None:
        asked = request.args.get("ui_locales")  # the portal knows what its visitor chose
        wanted = asked or request.accept_languages.best_match(["zh", "zh-CN", "en"]) or CHINESE
        g.speaking = speaking(wanted[:2] if wanted[:2] in LANGUAGES else CHINESE)
        g.speaking.__enter__()
        if request.host != issuer.netloc:  # another name for this machine: a rebinding attack
            return Response("misdirected", 421, mimetype="text/plain")
        return None

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if request.endpoint not in ("static", "provider.discovery", "provider.jwks"):
            response.headers["Cache-Control"] = "no-store"
        return response

    @app.teardown_request
    def _close(_error: BaseException | None) -> None:
        g.pop("speaking").__exit__(None, None, None)


def _provider() -> Provider:
    found: Provider = current_app.extensions["provider"]
    return found


def _chosen() -> Chosen | None:
    found = _provider().storage.session_of(request.cookies.get(SESSION_COOKIE))
    persona = _provider().personas.get(found[0]) if found else None
    return Chosen(persona, found[1]) if found and persona else None


def _meant(hint: str) -> Chosen | None:
    """Who signs in without being asked: the one of the session, or whom the portal's list meant.

    A hint that another site sends is no choice of the person at the browser, who is asked then.
    """
    known = _chosen()
    if hint in ("", known.persona.username if known else ""):
        return known
    persona = _provider().personas.get(hint)
    if persona is None or request.headers.get("Sec-Fetch-Site") == "cross-site":
        return None
    return Chosen(persona, clock.now())


def _signed_in(grant: Any, chosen: Chosen) -> Response:
    """Back to the portal with a code; who was just chosen has a new session here."""
    known = _chosen()
    response: Response = current_app.extensions["server"].create_authorization_response(
        grant_user=chosen, grant=grant
    )
    if known != chosen:
        raw = _provider().storage.start_session(
            chosen.persona.username, replaces=request.cookies.get(SESSION_COOKIE)
        )
        _set_cookie(response, SESSION_COOKIE, raw, life=SESSION_LIFE)
    return response


def _refusal(error: OAuth2Error) -> Response:
    """Back to the portal where the address is known to be its own, else a page."""
    if error.redirect_uri:
        values = {"error": error.error, "iss": _provider().issuer}
        if error.state:
            values["state"] = error.state
        target = add_params_to_uri(error.redirect_uri, values)
        return Response(status=302, headers={"Location": target})
    return _page("refused.html", 400, message=_("这个登录请求不对，没有执行。请返回门户重新登录。"))


def _choice(hint: str) -> Response:
    """Everybody, the one who was meant first."""
    people = sorted(_provider().personas.values(), key=lambda each: each.username != hint)
    return _with_form("choose.html", people=people, hint=hint)


def _with_form(template: str, **values: Any) -> Response:
    raw = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    response = _page(template, 200, form_field=FORM_FIELD, form_token=_form_token(raw), **values)
    _set_cookie(response, FORM_COOKIE, raw)
    return response


def _form_is_ours() -> bool:
    raw = request.cookies.get(FORM_COOKIE)
    sent = request.form.get(FORM_FIELD, "")
    return bool(raw) and hmac.compare_digest(sent.encode(), _form_token(raw or "").encode())


def _form_token(raw: str) -> str:
    return hmac.new(
        current_app.config["FORM_KEY"], f"provider-form:{raw}".encode(), "sha256"
    ).hexdigest()


def _page(template: str, status: int, **values: Any) -> Response:
    return Response(render_template(f"provider/{template}", **values), status, mimetype="text/html")


def _set_cookie(
    response: Response, name: str, value: str, *, life: timedelta | None = None
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(life.total_seconds()) if life else None,
        path="/",
        httponly=True,
        samesite="Lax",
    )
