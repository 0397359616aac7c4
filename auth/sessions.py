"""Sessions of browsers: started with a fresh id, prolonged by people only, ended here and there."""

import ipaddress
import logging
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select, update

from auth import roles
from auth.events import SessionEnded, SessionStarted
from auth.models import UsedSignIn, User, WebSession
from auth.queries import digest, living_session
from portal.kernel import clock
from portal.kernel.access import Person
from portal.kernel.errors import NotFound, Refused, Unavailable
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.kernel.text import Text, _
from portal.kernel.uow import UnitOfWork, unit_of_work
from portal.kernel.upsert import insert_missing
from portal.web.sessions import SignedIn

log = logging.getLogger("auth.sessions")

COARSEST_TOUCH = timedelta(minutes=1)
# First match wins: browsers name their ancestors too.
_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Browser:
    """What is kept of a browser: enough for its owner to know it again, no more."""

    device: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """A session just made; `raw_id` is for the cookie and kept nowhere else."""

    raw_id: str
    session: WebSession


def idle_limit(settings: Settings) -> timedelta:
    """How long a session lives without anything done by its person."""
    return timedelta(minutes=settings.session_idle_minutes)


def browser(agent: str, address: str) -> Browser:
    """A summary without personal detail: kinds of browser and system, the network's first half."""
    parts = (_first(_BROWSERS, agent), _first(_SYSTEMS, agent))
    return Browser(device=" · ".join(part for part in parts if part), network=_network(address))


def start(
    uow: UnitOfWork,
    user: User,
    *,
    browser: Browser,
    id_token: str | None = None,
    replaces: str | None = None,
) -> Started:
    """A new session with a new id; the one of the cookie that came along ends.

    Raises Refused for an account that is switched off.
    """
    if not user.active:
        raise Refused(_("您的账号已停用。请联系所在单位或主管部门的管理员。"))
    if replaces:
        uow.session.execute(delete(WebSession).where(WebSession.digest == digest(replaces)))
    raw_id = secrets.token_urlsafe(32)
    row = WebSession(
        digest=digest(raw_id),
        user_id=user.id,
        created_at=uow.at,
        last_active_at=uow.at,
        expires_at=uow.at + timedelta(hours=uow.runtime.settings.session_hours),
        csrf_secret=secrets.token_urlsafe(32),
        id_token=id_token,
        device=browser.device,
        network=browser.network,
    )
    user.last_seen_at = uow.at
    uow.session.add(row)
    uow.emit(SessionStarted(subject_id=user.id))
    uow.audit("session.start", "user", user.id)
    return Started(raw_id, row)


def end(uow: UnitOfWork, session_id: str) -> WebSession:
    """Ends one session of the actor. Raises NotFound for one that is not the actor's."""
    mine = select(WebSession).where(WebSession.id == session_id, WebSession.user_id == uow.actor.id)
    row = uow.session.scalars(mine).first()
    if row is None:
        raise NotFound(_("没有这个登录会话。它可能已经结束，请刷新页面。"))
    uow.session.delete(row)
    uow.emit(SessionEnded(subject_id=row.user_id))
    uow.audit("session.end", "user", row.user_id)
    return row


def use_once(uow: UnitOfWork, state: str, *, keep: timedelta) -> bool:
    """Whether the answer to a sign-in request comes for the first time; notes that it came."""
    row = {"digest": digest(state), "expires_at": uow.at + keep}
    return insert_missing(uow.session, UsedSignIn, [row], keys=("digest",)) == 1


def purge(uow: UnitOfWork) -> int:
    """Deletes sessions past either limit and old marks of sign-ins; gives how many sessions."""
    idle_since = uow.at - idle_limit(uow.runtime.settings)
    over = or_(WebSession.expires_at <= uow.at, WebSession.last_active_at <= idle_since)
    result = uow.session.execute(delete(WebSession).where(over))
    uow.session.execute(delete(UsedSignIn).where(UsedSignIn.expires_at <= uow.at))
    return int(getattr(result, "rowcount", 0))


class SessionStore:
    """What the web floor asks for the session of a cookie."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._idle = idle_limit(runtime.settings)
        self._grain = min(COARSEST_TOUCH, self._idle / 10)

    def load(self, raw_id: str, *, prolong: bool) -> SignedIn | None:
        """The living session of that id, or nothing; `prolong` only for what a person asked for."""
        with self._runtime.database.reading() as session:
            found = living_session(session, raw_id, idle=self._idle)
        if found is None:
            return None
        row, user, unit, person = found
        if prolong and clock.now() - row.last_active_at >= self._grain:
            self._touch(row, person)
        return SignedIn(
            person=person,
            session_key=row.id,
            csrf_secret=row.csrf_secret,
            language=user.language,
            scheme=user.scheme,
            unit_name=unit.name if unit else "",
            roles=shown_roles(tuple(a.role for a in person.assignments)),
        )

    def _touch(self, row: WebSession, person: Person) -> None:
        # Coarse, so that reading writes once a minute; a busy database costs nobody the page.
        try:
            with unit_of_work(self._runtime, person) as uow:
                later = WebSession.last_active_at < uow.at
                mine = update(WebSession).where(WebSession.id == row.id, later)
                uow.session.execute(mine.values(last_active_at=uow.at))
        except Unavailable:
            log.warning("session.touch_failed", extra={"session": row.id})


def shown_roles(keys: tuple[str, ...]) -> tuple[Text, ...]:
    """The names of roles in the order of their table; the public's only where there is no other."""
    known = [role for role in roles.ROLES if role.key in keys]
    notable = [role for role in known if role.key != roles.PUBLIC] or known
    return tuple(role.label for role in notable)


def _first(table: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for pattern, name in table if re.search(pattern, agent)), "")


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.is_loopback:
        return str(parsed)
    prefix = 16 if parsed.version == 4 else 32  # noqa: PLR2004  the version's own number
    return str(ipaddress.ip_network((parsed, prefix), strict=False))
