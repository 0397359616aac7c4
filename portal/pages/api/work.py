"""Tasks and messages of the signed-in as JSON."""

from typing import Any

from flask import Blueprint, Response
from marshmallow import fields

from portal.kernel.errors import missing
from portal.kernel.messages import MessageLine, mark_read, message_for, messages_for
from portal.kernel.schemas import PortalSchema, between, invalid, one_of
from portal.kernel.tasks import OPEN, TaskFilter, TaskKind, TaskLine, tasks_for
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.pages import workbench
from portal.pages.queries import work as queries
from portal.web.access import signed_in
from portal.web.api import PREFIX, answer, describes, read_query
from portal.web.context import actor, runtime

tasks_bp = Blueprint("tasks_api", __name__, url_prefix=f"{PREFIX}/tasks")
messages_bp = Blueprint("messages_api", __name__, url_prefix=f"{PREFIX}/messages")
DEEPEST_PAGE = 500
STATES = (OPEN, workbench.CLOSED)
_LIGHTS = {"enum": [*workbench.LIGHTS, None]}


class TasksQuery(PortalSchema):
    """Which tasks: open or closed ones, of one kind, of one light (open ones only)."""

    state = fields.String(
        load_default=OPEN, validate=one_of(STATES), metadata={"enum": list(STATES)}
    )
    kind = fields.String(load_default=None)
    light = fields.String(load_default=None, validate=one_of(workbench.LIGHTS), metadata=_LIGHTS)
    page = fields.Integer(load_default=1, validate=between(1, DEEPEST_PAGE))


class TaskAnswer(PortalSchema):
    """One task; `light` and `days_left` (working days, below zero when late) only with a limit."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    path = fields.String(required=True, allow_none=True)
    subject_kind = fields.String(required=True)
    subject_id = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    started_on = fields.Date(required=True)
    deadline = fields.String(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    provisional = fields.Boolean(required=True)
    light = fields.String(required=True, allow_none=True, metadata=_LIGHTS)
    days_left = fields.Integer(required=True, allow_none=True)
    state = fields.String(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)


class TasksAnswer(PortalSchema):
    """A page of tasks: open ones by their limit, closed ones newest first."""

    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    size = fields.Integer(required=True)
    tasks = fields.List(fields.Nested(TaskAnswer), required=True)


class TaskCountsAnswer(PortalSchema):
    """Open tasks: all, by light (those without limit in `all` alone), and by kind."""

    all = fields.Integer(required=True)
    over = fields.Integer(required=True)
    due = fields.Integer(required=True)
    ok = fields.Integer(required=True)
    kinds = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class MessagesQuery(PortalSchema):
    """Which messages."""

    unread = fields.Boolean(load_default=False)
    page = fields.Integer(load_default=1, validate=between(1, DEEPEST_PAGE))


class MessageAnswer(PortalSchema):
    """One message; `path` is the page that it is about."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True, allow_none=True)
    path = fields.String(required=True, allow_none=True)
    sent_at = fields.AwareDateTime(required=True)
    read = fields.Boolean(required=True)


class MessagesAnswer(PortalSchema):
    """A page of messages, newest first, and how many of all are unread."""

    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    size = fields.Integer(required=True)
    unread = fields.Integer(required=True)
    messages = fields.List(fields.Nested(MessageAnswer), required=True)


class MarkedAnswer(PortalSchema):
    """How many messages were unread until now."""

    marked = fields.Integer(required=True)


TASKS_QUERY, MESSAGES_QUERY = TasksQuery(), MessagesQuery()
TASKS, COUNTS = TasksAnswer(), TaskCountsAnswer()
MESSAGES, MARKED = MessagesAnswer(), MarkedAnswer()


@tasks_bp.get("")
@signed_in
@describes(_("我的待办"), query=TASKS_QUERY, answer=TASKS)
def tasks() -> Response:
    """What the signed-in has to do, or has done."""
    asked = read_query(TASKS_QUERY)
    kinds = workbench.kinds_of(runtime().features)
    wanted = _filter(asked, kinds)
    with runtime().database.reading() as session:
        page = tasks_for(session, actor(), narrowed=wanted, page=asked["page"])
    rows = [_task(line, kinds) for line in page.rows]
    told = {"total": page.total, "page": page.number, "size": page.size, "tasks": rows}
    return answer(TASKS.dump(told))


@tasks_bp.get("/counts")
@signed_in
@describes(_("我的待办有多少"), answer=COUNTS)
def counts() -> Response:
    """How many open tasks, by light and by kind."""
    with runtime().database.reading() as session:
        found = queries.lights(session, actor())
        by_kind = queries.kinds(session, actor())
    told = {key: getattr(found, key) for key in ("all", *workbench.LIGHTS)}
    return answer(COUNTS.dump({**told, "kinds": by_kind}))


@messages_bp.get("")
@signed_in
@describes(_("我的消息"), query=MESSAGES_QUERY, answer=MESSAGES)
def messages() -> Response:
    """What the signed-in should know."""
    asked = read_query(MESSAGES_QUERY)
    with runtime().database.reading() as session:
        page = messages_for(session, actor(), unread=asked["unread"], page=asked["page"])
        waiting = page if asked["unread"] else messages_for(session, actor(), unread=True)
    told = {
        "total": page.total,
        "page": page.number,
        "size": page.size,
        "unread": waiting.total,
        "messages": [_message(line) for line in page.rows],
    }
    return answer(MESSAGES.dump(told))


@messages_bp.post("/read")
@signed_in
@describes(_("全部消息标为已读"), answer=MARKED)
def read_all() -> Response:
    """Marks all messages as read by the signed-in."""
    with unit_of_work(runtime(), actor()) as uow:
        marked = mark_read(uow)
    return answer(MARKED.dump({"marked": marked}))


@messages_bp.post("/<id:message_id>/read")
@signed_in
@describes(_("一条消息标为已读"), answer=MARKED)
def read_one(message_id: str) -> Response:
    """Marks one message; a second time marks none."""
    with unit_of_work(runtime(), actor()) as uow:
        if message_for(uow.session, actor(), message_id) is None:
            raise missing(_("这条消息"))
        marked = mark_read(uow, message_ids=[message_id])
    return answer(MARKED.dump({"marked": marked}))


def _filter(asked: dict[str, Any], kinds: dict[str, TaskKind]) -> TaskFilter:
    """What the query narrows the list to. Raises Invalid for a kind that is none."""
    kind, light = asked["kind"], asked["light"]
    if kind is not None and kind not in kinds:
        raise invalid(
            {"kind": [_("没有这种事项。可用：%(known)s。", known=str(_("、")).join(kinds))]}
        )
    if light is not None and asked["state"] != OPEN:
        raise invalid({"light": [_("办结的事项没有期限状态。")]})
    return TaskFilter(state=asked["state"], kind=kind, light=light)


def _task(line: TaskLine, kinds: dict[str, TaskKind]) -> dict[str, Any]:
    task, light, kind = line.task, line.light, kinds.get(line.task.kind)
    late = light is not None and light.kind.value == "over"
    told = {name: getattr(task, name, None) for name in TaskAnswer().fields}
    return {
        **told,
        "path": kind.address(task) if kind else None,
        "light": light.kind.value if light else None,
        "days_left": (-light.days if late else light.days) if light else None,
    }


def _message(line: MessageLine) -> dict[str, Any]:
    names = ("id", "title", "body", "path", "sent_at")
    return {**{name: getattr(line.message, name) for name in names}, "read": line.read}
