"""The signed-in person's own account as JSON: who one is, sessions, language and colour scheme."""

from typing import Any

from flask import Blueprint, Response

from auth import cookies, pages, sessions
from auth.oidc import OidcClient
from auth.schemas import ACCOUNT, ENDED, PREFERENCES, SESSIONS
from auth.services import set_preferences
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.web.access import signed_in
from portal.web.api import PREFIX, answer, describes, read_body
from portal.web.context import actor, runtime, signed_in_as

bp = Blueprint("account_api", __name__, url_prefix=f"{PREFIX}/account")
KEPT = ("id", "device", "network", "created_at", "last_active_at", "expires_at")


@bp.get("")
@signed_in
@describes(_("我的账号：姓名、单位、角色、语言、防伪标记"), answer=ACCOUNT)
def account() -> Response:
    """Who asks; the way for a program to the token that its changes must carry."""
    return answer(ACCOUNT.dump(_account()))


@bp.put("/preferences")
@signed_in
@describes(_("保存语言和配色"), body=PREFERENCES, answer=PREFERENCES)
def preferences() -> Response:
    """Keeps language and colour scheme, as the page does."""
    values = read_body(PREFERENCES)
    with unit_of_work(runtime(), actor()) as uow:
        set_preferences(uow, language=values["language"], scheme=values["scheme"])
    response = answer(PREFERENCES.dump(values))
    cookies.keep_language(response, runtime().settings, values["language"])
    return response


@bp.get("/sessions")
@signed_in
@describes(_("我的登录会话"), answer=SESSIONS)
def own_sessions() -> Response:
    """The browsers and programs where one is signed in."""
    rows = [
        {**{name: getattr(each.row, name) for name in KEPT}, "current": each.current}
        for each in _page().sessions
    ]
    return answer(SESSIONS.dump({"sessions": rows}))


@bp.delete("/sessions/<id:session_id>")
@signed_in
@describes(_("结束一个登录会话"), answer=ENDED)
def end_session(session_id: str) -> Response:
    """Ends one of the own sessions, the present one as well."""
    session, settings = signed_in_as(), runtime().settings
    current = session is not None and session.session_key == session_id
    with unit_of_work(runtime(), actor()) as uow:
        row = sessions.end(uow, session_id)
    address = runtime().part(OidcClient).sign_out_address(row.id_token) if current else None
    told = {"id": session_id, "current": current, "sign_out_address": address}
    response = answer(ENDED.dump(told))
    if current:
        cookies.drop(response, settings, cookies.session_cookie(settings))
    return response


def _page() -> pages.AccountPage:
    session = signed_in_as()
    with runtime().database.reading() as reading:
        return pages.account(
            reading,
            actor(),
            settings=runtime().settings,
            current=session.session_key if session else "",
        )


def _account() -> dict[str, Any]:
    person, session, page = actor(), signed_in_as(), _page()
    return {
        "id": person.id,
        "username": person.username,
        "name": person.name,
        "unit": page.unit,
        "roles": page.roles,
        "language": session.language if session else "",
        "scheme": session.scheme if session else "",
        "csrf_token": session.csrf_secret if session else "",
    }
