"""Sessions: rotation, limits, and what never prolongs them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from auth import queries, sessions
from auth.models import UsedSignIn, User, WebSession
from auth.services import switch_user
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.errors import NotFound, Refused, Unavailable
from portal.kernel.text import _
from portal.kernel.uow import UnitOfWork, unit_of_work
from tests.auth.city import WATER, City
from tests.auth.statements import counted

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"


def start(city: City, username: str = "chief", *, replaces: str | None = None) -> sessions.Started:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        user = uow.lock(User, city.users[username])
        return sessions.start(
            uow, user, browser=sessions.browser(FIREFOX, "10.1.2.3"), replaces=replaces
        )


def store(city: City) -> sessions.SessionStore:
    return sessions.SessionStore(city.runtime)


def count(city: City) -> int:
    with city.runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(WebSession)) or 0


@contextmanager
def after(**passed: float) -> Iterator[None]:
    with clock.frozen(clock.now() + timedelta(**passed)):
        yield


def test_a_session_gives_the_person_with_unit_and_roles(city: City) -> None:
    found = store(city).load(start(city).raw_id, prolong=True)
    assert found is not None
    assert found.person == city.person("chief")
    assert found.unit_name == WATER
    assert [str(role) for role in found.roles] == ["首席代表", "编目员"]
    assert (found.language, found.scheme) == ("zh", "auto")


def test_the_public_role_is_named_only_where_there_is_no_other(city: City) -> None:
    found = store(city).load(start(city, "citizen").raw_id, prolong=True)
    assert found is not None
    assert [str(role) for role in found.roles] == ["公众"]
    assert found.unit_name == ""


def test_only_the_hash_of_the_id_is_kept(city: City) -> None:
    started = start(city)
    assert started.raw_id not in vars(started.session).values()
    assert started.session.digest == queries.digest(started.raw_id)


def test_who_sits_there_is_found_in_two_statements(city: City) -> None:
    raw = start(city).raw_id
    with city.runtime.database.reading() as session, counted(session) as statements:
        found = queries.actor_for_session(session, raw, idle=timedelta(minutes=30))
    assert found is not None
    assert found[0].username == "chief"
    assert len(statements) == 2


def test_an_unknown_id_is_nobody(city: City) -> None:
    assert store(city).load("guessed", prolong=True) is None
    with city.runtime.database.reading() as session:
        assert queries.actor_for_session(session, "guessed", idle=timedelta(1)) is None


def test_signing_in_again_gives_a_new_id_and_ends_the_old_session(city: City) -> None:
    old = start(city).raw_id
    new = start(city, replaces=old).raw_id
    assert new != old
    assert store(city).load(old, prolong=True) is None
    assert store(city).load(new, prolong=True) is not None


def test_an_id_brought_along_is_never_taken_over(city: City) -> None:
    fixed = "fixed-by-an-attacker"
    assert start(city, replaces=fixed).raw_id != fixed
    assert store(city).load(fixed, prolong=True) is None


def test_a_session_dies_when_nothing_is_done(city: City) -> None:
    raw = start(city).raw_id
    with after(minutes=29):
        assert store(city).load(raw, prolong=False) is not None
    with after(minutes=31):
        assert store(city).load(raw, prolong=True) is None


def test_what_a_person_does_prolongs_a_session(city: City) -> None:
    raw = start(city).raw_id
    with after(minutes=20):
        assert store(city).load(raw, prolong=True) is not None
    with after(minutes=40):
        assert store(city).load(raw, prolong=True) is not None


def test_what_a_page_asks_by_itself_never_prolongs(city: City) -> None:
    raw = start(city).raw_id
    for minutes in (10, 20, 29):
        with after(minutes=minutes):
            assert store(city).load(raw, prolong=False) is not None
    with after(minutes=31):
        assert store(city).load(raw, prolong=False) is None


def test_no_session_outlives_the_absolute_limit(city: City) -> None:
    raw = start(city).raw_id
    for quarters in range(1, 48):
        with after(minutes=15 * quarters):
            assert store(city).load(raw, prolong=True) is not None
    with after(hours=12, seconds=1):
        assert store(city).load(raw, prolong=True) is None


def test_reading_pages_writes_at_most_once_a_minute(city: City) -> None:
    raw = start(city).raw_id
    with city.runtime.database.reading() as session, counted(session) as statements:
        with after(seconds=30):
            store(city).load(raw, prolong=True)
        assert not [s for s in statements if s.startswith("UPDATE")]
        with after(seconds=61):
            store(city).load(raw, prolong=True)
        assert len([s for s in statements if s.startswith("UPDATE")]) == 1


def test_a_short_idle_limit_is_noted_more_finely(city: City) -> None:
    settings = replace(city.runtime.settings, session_idle_minutes=1)
    short = sessions.SessionStore(replace(city.runtime, settings=settings))
    raw = start(city).raw_id
    for seconds in (40, 80, 120):
        with after(seconds=seconds):
            assert short.load(raw, prolong=True) is not None


def test_a_busy_database_costs_nobody_the_page(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = start(city).raw_id

    def busy(*_arguments: object) -> None:
        raise Unavailable(_("忙"))

    monkeypatch.setattr(sessions, "unit_of_work", busy)
    with after(minutes=5):
        assert store(city).load(raw, prolong=True) is not None


def test_a_switched_off_account_has_no_session_and_gets_none(city: City) -> None:
    raw = start(city, "citizen").raw_id
    with unit_of_work(city.runtime, city.person("admin")) as uow:
        switch_user(uow, city.users["citizen"], active=False)
    assert store(city).load(raw, prolong=True) is None
    with pytest.raises(Refused):
        start(city, "citizen")


def test_everybody_ends_only_the_own_sessions(city: City) -> None:
    started = start(city)
    with pytest.raises(NotFound), unit_of_work(city.runtime, city.person("citizen")) as uow:
        sessions.end(uow, started.session.id)
    with unit_of_work(city.runtime, city.person("chief")) as uow:
        sessions.end(uow, started.session.id)
    assert store(city).load(started.raw_id, prolong=True) is None


def test_own_sessions_are_listed_without_dead_ones(city: City) -> None:
    start(city)
    with after(minutes=31):
        second = start(city)
        with city.runtime.database.reading() as session:
            found = queries.sessions_of(
                session, city.users["chief"], idle=sessions.idle_limit(city.runtime.settings)
            )
    assert [row.id for row in found] == [second.session.id]


def test_the_answer_to_a_sign_in_is_used_once(city: City) -> None:
    def used(uow: UnitOfWork) -> bool:
        return sessions.use_once(uow, "state", keep=timedelta(minutes=10))

    with unit_of_work(city.runtime, SYSTEM) as uow:
        assert used(uow)
        assert not used(uow)
    with unit_of_work(city.runtime, SYSTEM) as uow:
        assert not used(uow)


def test_the_purge_clears_what_is_past_either_limit(city: City) -> None:
    start(city)
    with unit_of_work(city.runtime, SYSTEM) as uow:
        sessions.use_once(uow, "state", keep=timedelta(minutes=10))
    with unit_of_work(city.runtime, SYSTEM) as uow:
        assert sessions.purge(uow) == 0
    with after(minutes=31):
        living = start(city)
        with unit_of_work(city.runtime, SYSTEM) as uow:
            assert sessions.purge(uow) == 1
        assert store(city).load(living.raw_id, prolong=False) is not None
    with city.runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(UsedSignIn)) == 0
    assert count(city) == 1


@pytest.mark.parametrize(
    ("agent", "address", "device", "network"),
    [
        (FIREFOX, "10.1.2.3", "Firefox · Linux", "10.1.0.0/16"),
        (EDGE, "2001:db8:1:2::3", "Edge · Windows", "2001:db8::/32"),
        ("curl/8", "127.0.0.1", "", "127.0.0.1"),
        ("", "unknown", "", ""),
    ],
)
def test_of_browser_and_address_only_a_summary_is_kept(
    agent: str, address: str, device: str, network: str
) -> None:
    assert sessions.browser(agent, address) == sessions.Browser(device, network)
