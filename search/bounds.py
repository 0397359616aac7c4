"""How much one address may search at the same time; for views alone."""

from contextlib import AbstractContextManager

from flask import request

from portal.kernel.text import _
from portal.web.context import runtime
from portal.web.slots import one_of


def one_search(kind: str = "search") -> AbstractContextManager[None]:
    """A place for one search of the asker's address; raises TooMany when all are taken."""
    settings = runtime().settings
    return one_of(
        settings.data / "slots",
        kind=kind,
        address=request.remote_addr or "",
        most=settings.search_concurrent,
        said=_("您同时发起的检索太多。请等前面的完成后再试。"),
    )
