"""What the local provider remembers, in a file of its own; secrets are kept as hashes."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from portal.kernel import clock
from portal.kernel.db import WRITING, Database, Moment

CODE_LIFE = timedelta(seconds=60)
TOKEN_LIFE = timedelta(minutes=5)
SESSION_LIFE = timedelta(hours=8)


class ProviderBase(DeclarativeBase):
    """Tables of the provider; apart from the portal's, for it is another party."""

    type_annotation_map = {datetime: Moment()}  # noqa: RUF012  SQLAlchemy reads it as a plain dict


class Code(ProviderBase):
    """An authorization code that has not been redeemed."""

    __tablename__ = "code"

    digest: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    redirect_uri: Mapped[str]
    scope: Mapped[str]
    nonce: Mapped[str | None]
    challenge: Mapped[str]
    auth_time: Mapped[datetime]
    expires_at: Mapped[datetime]


class AccessToken(ProviderBase):
    """An access token; `code` is what it was given for."""

    __tablename__ = "access_token"

    digest: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str]
    scope: Mapped[str]
    expires_at: Mapped[datetime]


class BrowserSession(ProviderBase):
    """A browser that has chosen a person."""

    __tablename__ = "browser_session"

    digest: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    auth_time: Mapped[datetime]
    expires_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Redeemable:
    """A code as it was given out, in the shape that Authlib asks for."""

    digest: str
    subject: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str
    auth_time: datetime
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(self.auth_time.timestamp())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Bearer:
    """A living access token."""

    subject: str
    scope: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code is to stand for."""

    subject: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str
    auth_time: datetime


class Storage:
    """The provider's file; a restart forgets nothing that still counts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        ProviderBase.metadata.create_all(database.engine)

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def keep_code(self, raw: str, grant: Grant) -> None:
        """Notes a code for a minute."""
        with self._writing() as session:
            session.add(
                Code(
                    digest=digest(raw),
                    subject=grant.subject,
                    redirect_uri=grant.redirect_uri,
                    scope=grant.scope,
                    nonce=grant.nonce,
                    challenge=grant.challenge,
                    auth_time=grant.auth_time,
                    expires_at=clock.now() + CODE_LIFE,
                )
            )

    def redeem(self, raw: str) -> Redeemable | None:
        """The code, once: whoever presents it, rightly or not, uses it up.

        A second time the tokens given for it are taken back, for somebody has stolen it.
        """
        wanted = digest(raw)
        with self._writing() as session:
            row = session.scalars(select(Code).where(Code.digest == wanted)).first()
            if row is None:
                session.execute(delete(AccessToken).where(AccessToken.code == wanted))
                return None
            session.delete(row)
            if row.expires_at <= clock.now():
                return None
            return Redeemable(
                wanted,
                row.subject,
                row.redirect_uri,
                row.scope,
                row.nonce,
                row.challenge,
                row.auth_time,
            )

    def nonce_in_use(self, nonce: str) -> bool:
        """Whether a code that can still be redeemed carries the nonce."""
        with self._database.reading() as session:
            alive = select(Code.digest).where(Code.nonce == nonce, Code.expires_at > clock.now())
            return session.scalars(alive).first() is not None

    def keep_token(self, raw: str, *, code: str, subject: str, scope: str) -> None:
        """Notes an access token for some minutes."""
        with self._writing() as session:
            session.add(
                AccessToken(
                    digest=digest(raw),
                    code=code,
                    subject=subject,
                    scope=scope,
                    expires_at=clock.now() + TOKEN_LIFE,
                )
            )

    def bearer(self, raw: str) -> Bearer | None:
        """Whom a living access token is for."""
        with self._database.reading() as session:
            row = session.get(AccessToken, digest(raw))
            if row is None or row.expires_at <= clock.now():
                return None
            return Bearer(row.subject, row.scope)

    def start_session(self, subject: str, *, replaces: str | None) -> str:
        """A browser session for the person; gives the cookie's value."""
        raw = secrets.token_urlsafe(32)
        with self._writing() as session:
            _forget(session)
            if replaces:
                session.execute(
                    delete(BrowserSession).where(BrowserSession.digest == digest(replaces))
                )
            moment = clock.now()
            session.add(
                BrowserSession(
                    digest=digest(raw),
                    subject=subject,
                    auth_time=moment,
                    expires_at=moment + SESSION_LIFE,
                )
            )
        return raw

    def session_of(self, raw: str | None) -> tuple[str, datetime] | None:
        """The person whom a browser has chosen, and when."""
        with self._database.reading() as session:
            row = session.get(BrowserSession, digest(raw or ""))
            if row is None or row.expires_at <= clock.now():
                return None
            return row.subject, row.auth_time

    def end_session(self, raw: str | None) -> None:
        """The browser has chosen nobody any more."""
        with self._writing() as session:
            session.execute(
                delete(BrowserSession).where(BrowserSession.digest == digest(raw or ""))
            )

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with Session(self._database.engine) as session, session.begin():
            session.connection(execution_options=WRITING)
            yield session


def digest(raw: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(raw.encode()).hexdigest()


def _forget(session: Session) -> None:
    moment = clock.now()
    for table in (Code, AccessToken, BrowserSession):
        session.execute(delete(table).where(table.expires_at <= moment))
