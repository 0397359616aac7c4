"""A portal where handlers fail and jobs have run, as its operator sees it."""

from dataclasses import dataclass
from datetime import timedelta

from portal.kernel import clock
from portal.kernel.db import new_id
from portal.kernel.delivery import Courier
from portal.kernel.jobs import JobRun
from portal.kernel.runtime import Runtime
from portal.kernel.sentence import plain
from portal.pages import health
from portal.pages.lights import lights
from tests.portal.kernel.outgoing import Listener, happen
from tests.portal.pages.people import OPERATOR
from tests.world import World

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Site:
    """A portal with a handler that fails for the subject `bad`."""

    world: World
    listener: Listener

    @property
    def runtime(self) -> Runtime:
        return self.world.runtime

    def page(self, address: str = "/operations", **headers: str) -> str:
        response = self.world.client(OPERATOR).get(address, headers=headers)
        assert response.status_code == 200
        return response.get_data(as_text=True)

    def post(self, address: str) -> int:
        token = self.world.token(OPERATOR)
        response = self.world.client(OPERATOR).post(address, data={"_csrf": token})
        return response.status_code

    def report(self) -> health.Report:
        with self.runtime.database.reading() as session:
            return health.report(session, self.runtime)

    def light(self, number: int) -> dict[str, object]:
        return lights(self.report())[number]


def deliver(runtime: Runtime, *, after: timedelta = timedelta()) -> None:
    with clock.frozen(clock.now() + after):
        Courier(runtime).step()


def let_die(runtime: Runtime, *subject_ids: str) -> None:
    """Lets something happen that the handler cannot take, and has it tried to the end."""
    happen(runtime, *subject_ids)
    for number in range(10):
        deliver(runtime, after=number * HOUR)


def runs(site: Site, *states: str, job: str = "kernel.prune") -> list[str]:
    """Runs of a job that ended in these states, newest last."""
    ids = [new_id() for _state in states]
    now = clock.now()
    with site.runtime.database.writing() as session:
        for number, (run_id, state) in enumerate(zip(ids, states, strict=True)):
            at = now - HOUR * (len(states) - number)
            over = state not in ("running", "planned")
            session.add(
                JobRun(
                    id=run_id,
                    job=job,
                    planned_at=at,
                    created_at=at,
                    available_at=at,
                    state=state,
                    started_at=None if state == "planned" else at,
                    heartbeat_at=now,
                    finished_at=at + timedelta(seconds=5) if over else None,
                    error=plain("broken") if state in ("failed", "dead") else None,
                    counts={"files": 3},
                )
            )
        session.commit()
    return ids
