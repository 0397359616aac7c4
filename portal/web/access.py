"""Access, declared on the line under each route and enforced before the view runs."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, request

from portal.kernel.access import Permission
from portal.kernel.errors import Refused
from portal.kernel.text import _
from portal.web import bodies
from portal.web.context import actor, signed_in_as
from portal.web.sessions import SignedIn

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
CSRF_FIELD, CSRF_HEADER = "_csrf", "X-CSRF-Token"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a view: everybody, the signed-in, or the holders of one of the permissions."""

    kind: str
    permissions: tuple[Permission, ...] = ()


class SignInNeeded(Refused):
    """Nobody is signed in, and somebody has to be."""

    status = 401


def open_to_all(view: View) -> View:
    """Everybody may call the view; what it shows still follows who asks."""
    return _declared(view, Access("open"))


def signed_in(view: View) -> View:
    """Any signed-in person may call the view."""
    return _declared(view, Access("signed_in"))


def needs(*permissions: Permission) -> Callable[[View], View]:
    """Only holders of one of the permissions may call the view; services check the record."""
    return lambda view: _declared(view, Access("needs", permissions))


def access_of(view: Callable[..., Any]) -> Access | None:
    """What a view declares, or nothing."""
    return getattr(view, "__access__", None)


def refuse_undeclared(app: Flask) -> None:
    """Stops the start when a view says nothing of access."""
    silent = sorted(name for name, view in app.view_functions.items() if access_of(view) is None)
    if silent:
        raise RuntimeError(f"views without declared access: {', '.join(silent)}")


def enforce() -> None:
    """Runs before every view: access first, then the token of state-changing requests."""
    if request.endpoint is None:
        return
    access = access_of(current_app.view_functions[request.endpoint])
    if access is None:
        raise Refused(_("这个地址没有声明访问权限，已关闭。"))
    check(access)
    if request.method not in SAFE_METHODS:
        check_session()
        bodies.admit()
        check_token()


def check(access: Access) -> None:
    """Raises SignInNeeded or Refused when the actor may not call the view."""
    if access.kind == "open":
        return
    if actor().id is None:
        raise SignInNeeded(_("请先登录，再打开这个页面。"))
    if access.permissions and not any(actor().may(p) for p in access.permissions):
        raise Refused(
            _(
                "您没有“%(permission)s”的权限。需要时请联系本单位管理员或市大数据局。",
                permission=access.permissions[0].label,
            )
        )


def check_session() -> SignedIn:
    """The session of a state-changing request; raises SignInNeeded without one."""
    session = signed_in_as()
    if session is None:
        raise SignInNeeded(_("登录已结束，这次操作没有保存。请重新登录后再试。"))
    return session


def check_token() -> None:
    """Raises Refused unless the request carries the session's own token."""
    session = check_session()
    sent = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(sent.encode(), session.csrf_secret.encode()):
        raise Refused(_("页面的防伪标记不对或已过期，这次操作没有执行。请刷新页面后重做。"))


def _declared(view: View, access: Access) -> View:
    view.__access__ = access  # type: ignore[attr-defined]
    return view
