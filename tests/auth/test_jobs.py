"""Scheduled work of sign-in."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from auth.jobs import PURGE_SESSIONS
from auth.models import User
from auth.sessions import Browser, start
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.runtime import Runtime
from portal.kernel.uow import unit_of_work
from tests.auth.city import City


@dataclass
class Context:
    """As much of a run as the job needs."""

    runtime: Runtime
    counts: dict[str, Any] = field(default_factory=dict)


def test_the_job_clears_dead_sessions_and_reports_how_many(city: City) -> None:
    with unit_of_work(city.runtime, SYSTEM) as uow:
        start(uow, uow.lock(User, city.users["citizen"]), browser=Browser())
    context = Context(city.runtime)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        PURGE_SESSIONS.function(context)  # type: ignore[arg-type]
        assert context.counts == {"ended": 1}
        PURGE_SESSIONS.function(context)  # type: ignore[arg-type]
    assert context.counts == {"ended": 0}
