"""Pages of sign-in, sign-out and the account."""

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from auth import cookies, handshake, pages, sessions
from auth.addresses import is_here, same_machine_address, way_back
from auth.models import SCHEMES
from auth.oidc import Answer, OidcClient, SignInFailed
from auth.schemas import PREFERENCES
from auth.services import set_preferences
from portal.kernel import text
from portal.kernel.errors import PortalError, Refused, Unavailable
from portal.kernel.schemas import load
from portal.kernel.settings import Settings
from portal.kernel.text import Text, _
from portal.kernel.uow import unit_of_work
from portal.web.access import CSRF_FIELD, open_to_all, signed_in
from portal.web.context import actor, runtime, signed_in_as
from portal.web.htmx import redirect_page, wants_fragment
from portal.web.pages import go, render

bp = Blueprint("auth", __name__, template_folder="templates")


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
    back = way_back(request.args.get("next"))
    if settings.uses_local_provider and not is_here(request.host):
        return _failed(Unavailable(_only_here(settings)), back)
    attempt = handshake.new_attempt(back)
    try:
        address = _client().address(attempt, login_hint=request.args.get("persona", "")[:200])
    except Unavailable as error:
        return _failed(error, back)
    response = redirect(address, 303)
    cookies.keep_attempt(response, settings, handshake.seal(settings, attempt))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/sign-in/callback")
@open_to_all
def callback() -> WerkzeugResponse:
    """Where the provider sends the browser back to."""
    settings, arrival = runtime().settings, _arrival()
    try:
        done = handshake.complete(runtime(), _client(), arrival)
    except (SignInFailed, Refused, Unavailable) as error:
        response: WerkzeugResponse = _failed(error, handshake.wish(settings, arrival.sealed))
    else:
        response = redirect(done.next_path, 303)
        cookies.keep_session(response, settings, done.raw_id)
    cookies.drop(response, settings, cookies.attempt_cookie(settings))
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
    cookies.drop(response, runtime().settings, cookies.session_cookie(runtime().settings))
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
    cookies.keep_language(response, runtime().settings, values["language"])
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
    cookies.keep_language(response, runtime().settings, code)
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


def _failed(error: PortalError, back: str) -> Response:
    return render("auth/sign_in_failed.html", error.status, message=error.message, next=back)


def _only_here(settings: Settings) -> Text:
    """The local provider asks for no password, so it listens to nobody from the network."""
    port = settings.bind.rpartition(":")[2]
    return _(
        "示例身份服务只供运行门户的这台电脑使用。请在这台电脑上打开 %(address)s；"
        "要从别的电脑登录，请设置 PORTAL_OIDC_ISSUER。",
        address=f"http://127.0.0.1:{port}",
    )


def _client() -> OidcClient:
    return runtime().part(OidcClient)


def _arrival() -> handshake.Arrival:
    values, settings = request.args, runtime().settings
    return handshake.Arrival(
        sealed=request.cookies.get(cookies.attempt_cookie(settings)),
        answer=Answer(
            code=values.get("code"),
            state=values.get("state"),
            issuer=values.get("iss"),
            error=values.get("error"),
        ),
        browser=sessions.browser(request.user_agent.string, request.remote_addr or ""),
        old_session=request.cookies.get(cookies.session_cookie(settings)),
        language=text.language(),
    )
