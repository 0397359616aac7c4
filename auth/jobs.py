"""Scheduled work of sign-in."""

from auth import sessions
from portal.kernel.access import SYSTEM
from portal.kernel.jobs import Job, JobContext
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work


def purge_sessions(context: JobContext) -> None:
    """Deletes sessions past their limits; what the store refuses already is only cleared away."""
    with unit_of_work(context.runtime, SYSTEM) as uow:
        context.counts["ended"] = sessions.purge(uow)


PURGE_SESSIONS = Job(
    "auth.purge-sessions",
    _("清除到期的登录会话"),
    purge_sessions,
    trigger="15 * * * *",
    time_limit=300,
)
