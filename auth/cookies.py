"""The cookies of sign-in and of the language: names, life, and who may read them."""

from werkzeug.wrappers import Response

from auth import handshake
from portal.kernel import text
from portal.kernel.settings import Settings
from portal.web.sessions import cookie_name
from portal.web.shell import LANGUAGE_COOKIE

YEAR_SECONDS = 31_536_000


def session_cookie(settings: Settings) -> str:
    """The name of the session's cookie."""
    return cookie_name(secure=is_secure(settings))


def attempt_cookie(settings: Settings) -> str:
    """The name of the cookie that a sign-in keeps until it comes back."""
    return f"__Host-{handshake.COOKIE}" if is_secure(settings) else handshake.COOKIE


def is_secure(settings: Settings) -> bool:
    """Whether the site is reached by https alone."""
    return settings.url.startswith("https://")


def keep_session(response: Response, settings: Settings, raw_id: str) -> None:
    """Gives the browser its session, until it is closed."""
    _set(response, settings, session_cookie(settings), raw_id, life=None)


def keep_attempt(response: Response, settings: Settings, sealed: str) -> None:
    """Gives the browser what it must bring back from the provider, for some minutes."""
    life = int(handshake.LIFE.total_seconds())
    _set(response, settings, attempt_cookie(settings), sealed, life=life)


def keep_language(response: Response, settings: Settings, code: str) -> None:
    """Keeps the language in the browser for a year; an unknown one is left out."""
    if code in text.LANGUAGES:
        _set(response, settings, LANGUAGE_COOKIE, code, life=YEAR_SECONDS)


def drop(response: Response, settings: Settings, name: str) -> None:
    """Takes a cookie of sign-in back."""
    response.delete_cookie(
        name, path="/", secure=is_secure(settings), httponly=True, samesite="Lax"
    )


def _set(
    response: Response, settings: Settings, name: str, value: str, *, life: int | None
) -> None:
    # Lax, not Strict: the browser comes back from the provider's site with its cookies.
    response.set_cookie(
        name,
        value,
        max_age=life,
        path="/",
        secure=is_secure(settings),
        httponly=True,
        samesite="Lax",
    )
