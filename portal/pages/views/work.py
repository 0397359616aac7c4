"""What waits for the signed-in person: tasks and messages, and their numbers in the navigation."""

from flask import Response, current_app, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from portal.kernel import calendar
from portal.kernel.errors import missing
from portal.kernel.escalation import declared
from portal.kernel.messages import mark_read, message_for, messages_for, unread_count
from portal.kernel.paging import page_number
from portal.kernel.tasks import tasks_for
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.pages import workbench
from portal.pages.queries import work as queries
from portal.pages.views.blueprint import bp
from portal.web.access import signed_in
from portal.web.context import actor, runtime
from portal.web.navigation import COUNTERS
from portal.web.pages import go, local_path, path, render


@bp.get("/tasks")
@signed_in
def tasks() -> Response:
    """What the signed-in person has to do, by deadline."""
    kinds = workbench.kinds_of(runtime().features)
    wanted = workbench.filter_of(request.args, kinds)
    number = page_number(request.args.get("page"))
    with runtime().database.reading() as session:
        page = tasks_for(session, actor(), narrowed=wanted, page=number)
        counts = queries.lights(session, actor(), kind=wanted.kind)
        by_kind = queries.kinds(session, actor(), wanted)
        ladder = workbench.Ladder(declared(runtime()), calendar.load(session))
    return render(
        "portal/pages/tasks.html",
        page=page,
        rows=[workbench.shown(line, kinds, ladder) for line in page.rows],
        wanted=wanted,
        lights=workbench.lights(counts, wanted),
        tabs=workbench.tabs(wanted, counts),
        kinds=workbench.kind_links(by_kind, kinds, wanted),
        address=workbench.address,
    )


@bp.get("/messages")
@signed_in
def messages() -> Response:
    """What the signed-in person should know, newest first."""
    unread = request.args.get("unread") == "1"
    number = page_number(request.args.get("page"))
    with runtime().database.reading() as session:
        page = messages_for(session, actor(), unread=unread, page=number)
        waiting = page if unread else messages_for(session, actor(), unread=True)
    tabs = [
        {"label": _("全部消息"), "href": path("pages.messages"), "current": not unread},
        {
            "label": _("未读"),
            "href": path("pages.messages", unread=1),
            "count": waiting.total,
            "current": unread,
        },
    ]
    return render(
        "portal/pages/messages.html", page=page, waiting=waiting.total, unread=unread, tabs=tabs
    )


@bp.post("/messages/read")
@signed_in
def read_all() -> WerkzeugResponse:
    """Marks all messages as read by the signed-in."""
    with unit_of_work(runtime(), actor()) as uow:
        mark_read(uow)
    return go("pages.messages")


@bp.post("/messages/<id:message_id>/read")
@signed_in
def read_one(message_id: str) -> WerkzeugResponse:
    """Marks one message as read; with `open` goes on to what it is about."""
    with unit_of_work(runtime(), actor()) as uow:
        message = message_for(uow.session, actor(), message_id)
        if message is None:
            raise missing(_("这条消息"))
        mark_read(uow, message_ids=[message_id])
        target = message.path
    if "open" in request.form and target:
        return redirect(local_path(target), 303)
    return redirect(local_path(request.form.get("next"), path("pages.messages")), 303)


@bp.get("/counts/<key:key>")
@signed_in
def counter(key: str) -> Response:
    """One number of the navigation, which asks for it again every minute."""
    count = current_app.extensions[COUNTERS].get(key)
    if count is None:
        raise missing(_("这个计数"))
    return render("_count.html", count=count())


def count_tasks() -> int:
    """The tasks of whoever asks."""
    with runtime().database.reading() as session:
        return queries.open_count(session, actor())


def count_messages() -> int:
    """The messages that whoever asks has not read."""
    with runtime().database.reading() as session:
        return unread_count(session, actor())
