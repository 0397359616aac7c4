"""One sign-in from the first click to the session: the attempt's cookie, and its single use."""

import logging
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from auth import sessions
from auth.oidc import Answer, Attempt, OidcClient, SignInFailed, not_ours
from auth.services import enrol
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.errors import Unavailable
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.kernel.uow import unit_of_work

log = logging.getLogger("auth.handshake")

LIFE = timedelta(minutes=10)
COOKIE = "portal_sign_in"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the browser brings when it comes back."""

    sealed: str | None
    answer: Answer
    browser: sessions.Browser
    old_session: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Done:
    """A sign-in that worked: the new session's secret, and where the person wanted to go."""

    raw_id: str
    next_path: str


def new_attempt(next_path: str) -> Attempt:
    """A fresh attempt; every secret of it is used once."""
    return Attempt(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        next_path=next_path,
    )


def seal(settings: Settings, attempt: Attempt) -> str:
    """The attempt for its cookie, signed and dated."""
    return _sealer(settings).dumps({**asdict(attempt), "at": clock.now().timestamp()})


def unseal(settings: Settings, sealed: str | None) -> Attempt:
    """The attempt of a cookie. Raises SignInFailed for none, a forged or an old one."""
    try:
        values = _sealer(settings).loads(sealed or "")
    except BadSignature as error:
        raise not_ours("no_attempt") from error
    if clock.now().timestamp() - values.pop("at") > LIFE.total_seconds():
        raise not_ours("old_attempt")
    return Attempt(**values)


def wish(settings: Settings, sealed: str | None) -> str:
    """Where the person of an attempt wanted to go; the home page when nobody can tell."""
    try:
        return unseal(settings, sealed).next_path
    except SignInFailed:
        return "/"


def complete(runtime: Runtime, client: OidcClient, arrival: Arrival) -> Done:
    """Makes the session of the person who came back from the provider.

    Raises SignInFailed for what is not to be trusted, Refused for an account switched off,
    Unavailable when the provider or the database does not answer.
    """
    try:
        attempt = unseal(runtime.settings, arrival.sealed)
        client.check(attempt, arrival.answer)
        with unit_of_work(runtime, SYSTEM) as uow:
            first_time = sessions.use_once(uow, attempt.state, keep=LIFE)
        if not first_time:
            raise not_ours("replayed")
        vouched = client.redeem(attempt, arrival.answer)
    except SignInFailed as error:
        log.warning("sign_in.failed", extra={"reason": error.reason})
        raise
    except Unavailable:
        log.warning("sign_in.failed", extra={"reason": "unavailable"})
        raise
    with unit_of_work(runtime, SYSTEM) as uow:
        user = enrol(uow, vouched.identity, language=arrival.language)
        started = sessions.start(
            uow,
            user,
            browser=arrival.browser,
            id_token=vouched.id_token,
            replaces=arrival.old_session,
        )
    return Done(started.raw_id, attempt.next_path)


def _sealer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(settings.secret_key, salt="portal.sign-in")
