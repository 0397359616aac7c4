"""How the product runs, and what an operator does about it."""

import re

from flask import Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from auth.permissions import OPERATIONS_MANAGE, OPERATIONS_SEE
from portal.kernel.errors import missing
from portal.kernel.job_runs import history, jobs_of, request_cancel, run_of
from portal.kernel.jobs import STATES, request_run
from portal.kernel.paging import page_number
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.pages import health, operating, timetable
from portal.pages.lights import lights
from portal.pages.queries import operations as queries
from portal.pages.views.blueprint import bp
from portal.web.access import needs
from portal.web.context import actor, runtime
from portal.web.pages import go, render, render_part
from portal.web.shell import KeyConverter

KEY = re.compile(KeyConverter.regex)
LONGEST_ID = 18  # digits of a number that every database takes


@bp.get("/operations")
@needs(OPERATIONS_SEE)
def operations() -> Response:
    """Lights, jobs, failed events, index, settings; asks for itself every 30 seconds."""
    with runtime().database.reading() as session:
        found = health.report(session, runtime())
    return render_part(
        "portal/pages/operations.html",
        "portal/pages/_operations.html",
        report=found,
        lights=lights(found),
        states=health.STATES,
        may_manage=actor().may(OPERATIONS_MANAGE),
    )


@bp.get("/operations/letters")
@needs(OPERATIONS_SEE)
def letters() -> Response:
    """All failed events, newest first; `before` pages on."""
    raw = request.args.get("before", "")
    before = int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= LONGEST_ID else None
    secrets = runtime().settings.secrets()
    with runtime().database.reading() as session:
        dead = queries.dead_count(session)
        found = queries.letters_page(session, secrets=secrets, before=before)
    return render(
        "portal/pages/letters.html",
        dead=dead,
        letters=found.letters,
        earlier=found.earlier,
        may_manage=actor().may(OPERATIONS_MANAGE),
    )


@bp.post("/operations/letters/<int:row_id>/retry")
@needs(OPERATIONS_MANAGE)
def retry_letter(row_id: int) -> WerkzeugResponse:
    """Gives one failed event its tries again."""
    with unit_of_work(runtime(), actor()) as uow:
        operating.retry(uow, row_id=row_id)
    runtime().nudge()
    return go("pages.operations")


@bp.post("/operations/letters/retry")
@needs(OPERATIONS_MANAGE)
def retry_letters() -> WerkzeugResponse:
    """The same for all failed events."""
    operating.retry_all(runtime(), actor())
    runtime().nudge()
    return go("pages.operations")


@bp.get("/operations/runs")
@needs(OPERATIONS_SEE)
def runs() -> Response:
    """The runs of one job or all, newest first."""
    jobs = jobs_of(runtime().features)
    asked = request.args.get("job", "")
    key = asked if KEY.fullmatch(asked) else None
    state = request.args.get("state")
    with runtime().database.reading() as session:
        page = history(
            session,
            job=key,
            state=state if state in STATES else None,
            page=page_number(request.args.get("page")),
        )
    return render(
        "portal/pages/runs.html",
        page=page,
        jobs=jobs,
        job=jobs.get(key or ""),
        key=key,
        state=state,
        states=health.STATES,
    )


@bp.post("/operations/jobs/<key:job_key>/runs")
@needs(OPERATIONS_MANAGE)
def run_job(job_key: str) -> WerkzeugResponse:
    """Asks for a run of a job now."""
    job = jobs_of(runtime().features).get(job_key)
    if job is None or not timetable.may_be_run(job):
        raise missing(_("这个任务"))
    with unit_of_work(runtime(), actor()) as uow:
        run_id = request_run(uow, job.key)
    return go("pages.run", run_id=run_id)


@bp.get("/operations/runs/<id:run_id>")
@needs(OPERATIONS_SEE)
def run(run_id: str) -> Response:
    """One run: how far it is, what it did, why it failed; asks for itself while it works."""
    with runtime().database.reading() as session:
        found = run_of(session, run_id)
    return render_part(
        "portal/pages/run.html",
        "portal/pages/_run.html",
        run=found,
        job=jobs_of(runtime().features).get(found.job),
        state=health.state_words(found),
        error=health.error_words(found, runtime().settings),
        may_manage=actor().may(OPERATIONS_MANAGE),
    )


@bp.post("/operations/runs/<id:run_id>/cancel")
@needs(OPERATIONS_MANAGE)
def cancel_run(run_id: str) -> WerkzeugResponse:
    """Asks a run to stop."""
    with unit_of_work(runtime(), actor()) as uow:
        request_cancel(uow, run_id=run_id)
    return go("pages.run", run_id=run_id)
