"""Jobs and their runs as JSON: listed, asked for, cancelled."""

from typing import Any

from flask import Blueprint, Response
from marshmallow import fields

from auth.permissions import OPERATIONS_MANAGE, OPERATIONS_SEE
from portal.kernel.errors import missing
from portal.kernel.job_runs import history, jobs_of, request_cancel, run_of
from portal.kernel.jobs import STATES, JobRun, request_run
from portal.kernel.schemas import PortalSchema, between, matches, one_of
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.pages import health, timetable
from portal.web.access import needs
from portal.web.api import PREFIX, answer, describes, read_query
from portal.web.context import actor, runtime
from portal.web.shell import KeyConverter

bp = Blueprint("runs_api", __name__, url_prefix=f"{PREFIX}/operations")

_STATES = {"enum": list(STATES)}
_NO_JOB = _("这不是任务的名称。全部任务见 /api/v1/operations/jobs。")


class RunAnswer(PortalSchema):
    """One run; `counts` is what it reported, `percent` null where the size is unknown."""

    id = fields.String(required=True)
    job = fields.String(required=True)
    state = fields.String(required=True, metadata=_STATES)
    planned_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    seconds = fields.Float(required=True, allow_none=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True, allow_none=True)
    percent = fields.Integer(required=True, allow_none=True)
    words = fields.String(required=True, allow_none=True)
    counts = fields.Dict(keys=fields.String(), required=True)
    error = fields.String(required=True, allow_none=True)
    attempt = fields.Integer(required=True)
    resume_of = fields.String(required=True, allow_none=True)
    by_hand = fields.Boolean(required=True)
    cancel_requested = fields.Boolean(required=True)


class JobAnswer(PortalSchema):
    """One job: when it runs, in words; its last run; states of the last 14, oldest first."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    when = fields.String(required=True)
    next_at = fields.AwareDateTime(required=True, allow_none=True)
    may_be_requested = fields.Boolean(required=True)
    last = fields.Nested(RunAnswer, required=True, allow_none=True)
    recent = fields.List(fields.String(metadata=_STATES), required=True)


class JobsAnswer(PortalSchema):
    """Every declared job."""

    jobs = fields.List(fields.Nested(JobAnswer), required=True)


class RunsQuery(PortalSchema):
    """Which runs: of one job, in one state."""

    job = fields.String(load_default=None, validate=matches(KeyConverter.regex, _NO_JOB))
    state = fields.String(
        load_default=None, validate=one_of(STATES), metadata={"enum": [*STATES, None]}
    )
    page = fields.Integer(load_default=1, validate=between(1, 500))


class RunsAnswer(PortalSchema):
    """A page of runs, newest first."""

    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    size = fields.Integer(required=True)
    runs = fields.List(fields.Nested(RunAnswer), required=True)


JOBS, RUNS_QUERY, RUNS, RUN = JobsAnswer(), RunsQuery(), RunsAnswer(), RunAnswer()
GIVEN = tuple(name for name in RUN.fields if name not in ("error", "by_hand"))


@bp.get("/jobs")
@needs(OPERATIONS_SEE)
@describes(_("定时任务"), answer=JOBS)
def jobs() -> Response:
    """Every job with its last runs."""
    with runtime().database.reading() as session:
        lines = health.job_lines(session, runtime())
    return answer(JOBS.dump({"jobs": [_job(line) for line in lines]}))


@bp.post("/jobs/<key:job_key>/runs")
@needs(OPERATIONS_MANAGE)
@describes(_("立即运行一个任务"), answer=RUN, status=201)
def run_job(job_key: str) -> Response:
    """Asks for a run now; a scheduler takes it up within a second."""
    job = jobs_of(runtime().features).get(job_key)
    if job is None or not timetable.may_be_run(job):
        raise missing(_("这个任务"))
    with unit_of_work(runtime(), actor()) as uow:
        run_id = request_run(uow, job.key)
    return _one(run_id, 201)


@bp.get("/runs")
@needs(OPERATIONS_SEE)
@describes(_("任务的运行记录"), query=RUNS_QUERY, answer=RUNS)
def runs() -> Response:
    """The runs of one job or all."""
    asked = read_query(RUNS_QUERY)
    with runtime().database.reading() as session:
        page = history(session, job=asked["job"], state=asked["state"], page=asked["page"])
    rows = [_run(run) for run in page.rows]
    told = {"total": page.total, "page": page.number, "size": page.size, "runs": rows}
    return answer(RUNS.dump(told))


@bp.get("/runs/<id:run_id>")
@needs(OPERATIONS_SEE)
@describes(_("一次运行"), answer=RUN)
def run(run_id: str) -> Response:
    """How far one run is, what it did, why it failed."""
    return _one(run_id)


@bp.post("/runs/<id:run_id>/cancel")
@needs(OPERATIONS_MANAGE)
@describes(_("停止一次运行"), answer=RUN)
def cancel_run(run_id: str) -> Response:
    """Asks a run to stop at its next step; 409 when it is over."""
    with unit_of_work(runtime(), actor()) as uow:
        request_cancel(uow, run_id=run_id)
    return _one(run_id)


def _one(run_id: str, status: int = 200) -> Response:
    with runtime().database.reading() as session:
        found = run_of(session, run_id)
    return answer(RUN.dump(_run(found)), status)


def _run(found: JobRun) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in GIVEN},
        "error": health.error_words(found, runtime().settings),
        "by_hand": found.requested_by is not None,
    }


def _job(line: health.JobLine) -> dict[str, Any]:
    return {
        "key": line.job.key,
        "label": line.job.label,
        "when": line.when,
        "next_at": line.next,
        "may_be_requested": line.may_be_run,
        "last": _run(line.last) if line.last else None,
        "recent": line.recent,
    }
