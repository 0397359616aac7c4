"""What reaches the database while somebody only looks."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

# That a session is in use is noted when its person opens a page; nothing else is.
ALLOWED = re.compile(r"UPDATE web_session SET last_active_at\b")
WRITING = re.compile(
    r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|WITH .*(?:INSERT|UPDATE|DELETE))\b", re.DOTALL
)


@contextmanager
def watched(engine: Engine) -> Iterator[list[str]]:
    """Statements that change data, in the order they come; the allowed one is left out."""
    found: list[str] = []

    def look(_c: Any, _k: Any, statement: str, *_more: Any) -> None:
        if WRITING.match(statement) and not ALLOWED.match(statement):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", look)
