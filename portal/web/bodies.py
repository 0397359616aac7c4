"""What a request may carry: how much, and how many of one person at a time.

A body is read in one of a few threads, as slowly as its sender likes. So nobody's is read who is
not signed in, one person's take a part of the threads only, and only uploads may be large.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from flask import Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from portal.kernel.text import _
from portal.web.context import actor, runtime
from portal.web.slots import one_of

View = TypeVar("View", bound=Callable[..., Any])
FORM_BYTES = 4_194_304
JSON_BYTES = 2_097_152  # in memory it takes up to fifty times as much
FRAME_BYTES = 1_048_576  # of an upload: the other fields, the lines between the parts
READ_TO_THE_END = 65_536
AT_ONCE = 6  # of one person; a worker has eight threads


def takes_files(view: View) -> View:
    """Lets a view receive uploads; stands under the access line."""
    view.__takes_files__ = True  # type: ignore[attr-defined]
    return view


def admit() -> None:
    """Sets the bounds of a body that is about to be read; raises TooMany.

    The place is held until the request ends, for an upload is read by the view itself.
    """
    request.max_content_length = _most()
    folder = runtime().settings.data / "slots"
    said = _("您同时提交的操作太多，这一次没有执行。请等前面的完成后再试。")
    place = one_of(folder, kind="write", address=str(actor().id), most=AT_ONCE, said=said)
    g.request_stack.enter_context(place)
    g.body_admitted = True


def settle(response: Response) -> None:
    """Ends the body of a request that was refused, so that the next one on its line is heard.

    A short body of somebody whose body may be read is read to its end; else the line is closed.
    """
    if response.status_code < 400 or not announced():  # noqa: PLR2004
        return
    short = (request.content_length or READ_TO_THE_END + 1) <= READ_TO_THE_END
    if g.get("body_admitted", False) and short:
        with suppress(HTTPException, OSError):
            request.stream.read()
            return
    response.headers["Connection"] = "close"


def announced() -> bool:
    """Whether the request says that a body follows."""
    return bool(request.content_length) or "Transfer-Encoding" in request.headers


def _most() -> int:
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "__takes_files__", False):
        return runtime().settings.upload_bytes + FRAME_BYTES
    return JSON_BYTES if request.is_json else FORM_BYTES
