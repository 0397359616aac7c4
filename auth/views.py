"""Pages of sign-in, sign-out and the account."""

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from auth import handshake, pages, sessions
from auth.addresses import same_machine_address, way_back
from auth.models import SCHEMES
from auth.oidc import Answer, OidcClient, SignInFailed
from auth.schemas import PREFERENCES
from auth.services import set_preferences
from portal.kernel import text
from portal.kernel.errors import PortalError, Refused, Unavailable
from portal.kernel.schemas import load
from portal.kernel.uow import unit_of_work
from portal.web.access import CSRF_FIELD, open_to_all, signed_in
from portal.web.context import actor, runtime, signed_in_as
from portal.web.htmx import redirect_page, wants_fragment
from portal.web.pages import go, render
from portal.web.sessions import cookie_name
from portal.web.shell import LANGUAGE_COOKIE

bp = Blueprint("auth", __name__, template_folder="templates")

YEAR_SECONDS = 31_536_000


@bp.get("/sign-in")
@open_to_all
def sign_in() -> WerkzeugResponse:
    """The city's button first; the demo's people only in the demo."""
    back = way_back(request.args.get("next"))
    if actor().id is not None:
        return redirect(back, 303)
    settings = runtime().settings
    offered: tuple[pages.Persona, ...] = ()
    if settings.is_demo and settings.uses_local_provider:
        with runtime().database.reading() as session:
            offered = pages.personas(session)
    return render("auth/sign_in.html", next=back, personas=offered)


@bp.get("/sign-in/start")
@open_to_all
def start() -> WerkzeugResponse:
    """Sends the browser to the identity provider; nothing is written but the browser's cookie."""
    settings = runtime().settings
    elsewhere = same_machine_address(settings.url, request.host)
    if elsewhere is not None:
        return redirect(elsewhere + request.full_path, 303)
    attempt = handshake.new_attempt(way_back(request.args.get("next")))
    try:
        address = _client().address(attempt, login_hint=request.args.get("persona", "")[:200])
    except Unavailable as error:
        return _failed(error)
    response = redirect(address, 303)
    _set_cookie(response, _attempt_cookie(), handshake.seal(settings, attempt), short=True)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/sign-in/callback")
@open_to_all
def callback() -> WerkzeugResponse:
    """Where the provider sends the browser back to."""
    try:
        done = handshake.complete(runtime(), _client(), _arrival())
    except (SignInFailed, Refused, Unavailable) as error:
        response: WerkzeugResponse = _failed(error)
    else:
        response = redirect(done.next_path, 303)
        _set_cookie(response, _session_cookie(), done.raw_id)
    _drop_cookie(response, _attempt_cookie())
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/sign-out")
@signed_in
def sign_out() -> WerkzeugResponse:
    """Ends the session here, then at the provider."""
    session = signed_in_as()
    with unit_of_work(runtime(), actor()) as uow:
        row = sessions.end(uow, session.session_key if session else "")
    address = _client().sign_out_address(row.id_token) or "/signed-out"
    response: WerkzeugResponse = (
        redirect_page(address) if wants_fragment() else redirect(address, 303)
    )
    _drop_cookie(response, _session_cookie())
    return response


@bp.get("/signed-out")
@open_to_all
def signed_out() -> Response:
    """Where the provider sends the browser after a sign-out there."""
    return render("auth/signed_out.html")


@bp.get("/account")
@signed_in
def account() -> Response:
    """Unit, roles, sessions and preferences of the signed-in."""
    return _account_page()


@bp.post("/account/preferences")
@signed_in
def preferences() -> WerkzeugResponse:
    """Keeps the language and the colour scheme."""
    sent = request.form.to_dict()
    sent.pop(CSRF_FIELD, None)
    values = load(PREFERENCES, sent)
    with unit_of_work(runtime(), actor()) as uow:
        set_preferences(uow, language=values["language"], scheme=values["scheme"])
    response = go("auth.account", saved="1")
    _set_language(response, values["language"])
    return response


@bp.post("/account/sessions/<id:session_id>/end")
@signed_in
def end_session(session_id: str) -> WerkzeugResponse:
    """Ends one of the own sessions; the present one by signing out."""
    session = signed_in_as()
    if session is not None and session.session_key == session_id:
        return sign_out()
    with unit_of_work(runtime(), actor()) as uow:
        sessions.end(uow, session_id)
    return go("auth.account")


@bp.get("/language/<key:code>")
@open_to_all
def language(code: str) -> WerkzeugResponse:
    """Keeps the language in the browser and goes back."""
    response = redirect(way_back(request.args.get("next")), 303)
    _set_language(response, code)
    return response


def _account_page() -> Response:
    session = signed_in_as()
    with runtime().database.reading() as reading:
        page = pages.account(
            reading,
            actor(),
            settings=runtime().settings,
            current=session.session_key if session else "",
        )
    return render(
        "auth/account.html",
        page=page,
        saved=request.args.get("saved") == "1",
        schemes=SCHEMES,
    )


def _failed(error: PortalError) -> Response:
    return render("auth/sign_in_failed.html", error.status, message=error.message)


def _client() -> OidcClient:
    return runtime().part(OidcClient)


def _arrival() -> handshake.Arrival:
    values = request.args
    return handshake.Arrival(
        sealed=request.cookies.get(_attempt_cookie()),
        answer=Answer(
            code=values.get("code"),
            state=values.get("state"),
            issuer=values.get("iss"),
            error=values.get("error"),
        ),
        browser=sessions.browser(request.user_agent.string, request.remote_addr or ""),
        old_session=request.cookies.get(_session_cookie()),
        language=text.language(),
    )


def _secure() -> bool:
    return runtime().settings.url.startswith("https://")


def _session_cookie() -> str:
    return cookie_name(secure=_secure())


def _attempt_cookie() -> str:
    return f"__Host-{handshake.COOKIE}" if _secure() else handshake.COOKIE


def _set_cookie(response: WerkzeugResponse, name: str, value: str, *, short: bool = False) -> None:
    # Lax, not Strict: the browser comes back from the provider's site with both cookies.
    response.set_cookie(
        name,
        value,
        max_age=int(handshake.LIFE.total_seconds()) if short else None,
        path="/",
        secure=_secure(),
        httponly=True,
        samesite="Lax",
    )


def _drop_cookie(response: WerkzeugResponse, name: str) -> None:
    response.delete_cookie(name, path="/", secure=_secure(), httponly=True, samesite="Lax")


def _set_language(response: WerkzeugResponse, code: str) -> None:
    if code in text.LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            code,
            max_age=YEAR_SECONDS,
            secure=_secure(),
            httponly=True,
            samesite="Lax",
        )
