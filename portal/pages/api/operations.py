"""How the product runs, as JSON: what waits and failed, index, settings; events tried again."""

from typing import Any

from flask import Blueprint, Response
from marshmallow import fields

from auth.permissions import OPERATIONS_MANAGE, OPERATIONS_SEE
from portal.kernel.paging import LARGEST_NUMBER
from portal.kernel.schemas import PortalSchema, between
from portal.kernel.settings import Settings
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.pages import health, operating
from portal.pages.lights import lights
from portal.pages.queries import operations as queries
from portal.web.access import needs
from portal.web.api import PREFIX, answer, describes, read_query
from portal.web.context import actor, runtime

bp = Blueprint("operations_api", __name__, url_prefix=f"{PREFIX}/operations")


class LightAnswer(PortalSchema):
    """One of the four lights of the page: `state` is ok, due, over, or hold for none."""

    key = fields.String(required=True)
    state = fields.String(required=True)
    label = fields.String(required=True)
    number = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)


class LagAnswer(PortalSchema):
    """What one handler has before it; `since` is when the oldest waiting change was made."""

    handler = fields.String(required=True)
    waiting = fields.Integer(required=True)
    dead = fields.Integer(required=True)
    since = fields.AwareDateTime(required=True, allow_none=True)


class IndexAnswer(PortalSchema):
    """The search index: documents in it, and records that should be."""

    state = fields.String(required=True)
    engine = fields.String(required=True)
    documents = fields.Integer(required=True)
    expected = fields.Integer(required=True)
    generation = fields.String(required=True)
    bytes_used = fields.Integer(required=True, allow_none=True)
    problem = fields.String(required=True)


class StorageAnswer(PortalSchema):
    """The database's kind and size (null on a server), and what room the data folder has left."""

    database = fields.String(required=True)
    bytes_used = fields.Integer(required=True, allow_none=True)
    bytes_free = fields.Integer(required=True)


class OperationsAnswer(PortalSchema):
    """Everything at one moment; `backlog` is empty when nothing waits and nothing failed."""

    at = fields.AwareDateTime(required=True)
    lights = fields.List(fields.Nested(LightAnswer), required=True)
    waiting = fields.Integer(required=True)
    dead = fields.Integer(required=True)
    backlog = fields.List(fields.Nested(LagAnswer), required=True)
    index = fields.Nested(IndexAnswer, required=True, allow_none=True)
    problems = fields.List(fields.String(), required=True)
    storage = fields.Nested(StorageAnswer, required=True)
    calendar_years = fields.List(fields.Integer(), required=True)
    last_job_started_at = fields.AwareDateTime(required=True, allow_none=True)


class SettingAnswer(PortalSchema):
    """One setting; a secret's value is `***` where it is set."""

    name = fields.String(required=True)
    value = fields.String(required=True)
    changed = fields.Boolean(required=True)
    help = fields.String(required=True)


class SettingsAnswer(PortalSchema):
    """Every setting of this process."""

    settings = fields.List(fields.Nested(SettingAnswer), required=True)


class LettersQuery(PortalSchema):
    """Which page of the failed events: those before an id."""

    before = fields.Integer(load_default=None, validate=between(1, LARGEST_NUMBER - 1))


class LetterAnswer(PortalSchema):
    """An event that a handler could not take, after its last try."""

    id = fields.Integer(required=True)
    handler = fields.String(required=True)
    event = fields.String(required=True)
    subject_id = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    attempts = fields.Integer(required=True)
    error = fields.String(required=True)


class LettersAnswer(PortalSchema):
    """Failed events, newest first; `next` is what `before` has to be for more, null at the end."""

    letters = fields.List(fields.Nested(LetterAnswer), required=True)
    next = fields.Integer(required=True, allow_none=True)


class RetriedAnswer(PortalSchema):
    """How many events have their tries again."""

    retried = fields.Integer(required=True)


OPERATIONS, SETTINGS = OperationsAnswer(), SettingsAnswer()
LETTERS_QUERY, LETTERS, RETRIED = LettersQuery(), LettersAnswer(), RetriedAnswer()


@bp.get("")
@needs(OPERATIONS_SEE)
@describes(_("运行情况：待处理和失败的事件、索引、存储"), answer=OPERATIONS)
def operations() -> Response:
    """What the page shows, at this moment."""
    with runtime().database.reading() as session:
        found = health.report(session, runtime())
    return answer(OPERATIONS.dump(_report(found)))


@bp.get("/settings")
@needs(OPERATIONS_SEE)
@describes(_("全部设置，不含密钥"), answer=SETTINGS)
def settings() -> Response:
    """Every setting with its value (secrets only as set or not)."""
    return answer(SETTINGS.dump({"settings": _settings(runtime().settings)}))


@bp.get("/letters")
@needs(OPERATIONS_SEE)
@describes(_("失败事件"), query=LETTERS_QUERY, answer=LETTERS)
def letters() -> Response:
    """The events that failed for good."""
    before, secrets = read_query(LETTERS_QUERY)["before"], runtime().settings.secrets()
    with runtime().database.reading() as session:
        found = queries.letters_page(session, secrets=secrets, before=before)
    return answer(LETTERS.dump({"letters": found.letters, "next": found.earlier}))


@bp.post("/letters/retry")
@needs(OPERATIONS_MANAGE)
@describes(_("全部失败事件再试"), answer=RETRIED)
def retry_letters() -> Response:
    """Gives all failed events their tries again."""
    retried = operating.retry_all(runtime(), actor())
    runtime().nudge()
    return answer(RETRIED.dump({"retried": retried}))


@bp.post("/letters/<int:row_id>/retry")
@needs(OPERATIONS_MANAGE)
@describes(_("一个失败事件再试"), answer=RETRIED)
def retry_letter(row_id: int) -> Response:
    """The same for one; 409 when it is not among the failed any more."""
    with unit_of_work(runtime(), actor()) as uow:
        operating.retry(uow, row_id=row_id)
    runtime().nudge()
    return answer(RETRIED.dump({"retried": 1}))


def _report(found: health.Report) -> dict[str, Any]:
    index = found.index
    return {
        "at": found.at,
        "lights": lights(found),
        "waiting": found.waiting,
        "dead": found.dead,
        "backlog": found.lags,
        "index": _index(index) if index else None,
        "problems": found.problems,
        "storage": found.storage,
        "calendar_years": sorted(year.year for year in found.years),
        "last_job_started_at": found.last_start,
    }


def _index(found: health.Index) -> dict[str, Any]:
    names = ("engine", "documents", "generation", "bytes_used", "problem")
    told = {name: getattr(found.health, name) for name in names}
    return {**told, "state": found.health.state.value, "expected": found.expected}


def _settings(found: Settings) -> list[dict[str, Any]]:
    changed = {name for name, _value, _help in health.changed(found)}
    return [
        {"name": name, "value": value, "changed": name in changed, "help": help_text}
        for name, value, help_text in found.rows()
    ]
