"""Logs: one line of JSON an event, with the request's id, without secrets."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

from portal.kernel import clock

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_RESERVED = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}
SECRET_NAMES = ("secret", "password", "token", "cookie", "authorization", "code_verifier")


def request_id() -> str | None:
    """The id of the request, job or command at work, for logs and trails."""
    return _request_id.get()


@contextmanager
def identified(identifier: str) -> Iterator[None]:
    """Names the work done inside the block in every log line."""
    token = _request_id.set(identifier)
    try:
        yield
    finally:
        _request_id.reset(token)


class JsonLines(logging.Formatter):
    """One JSON object a line: line breaks in values cannot forge a second line."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__()
        # as they stand in a value, and as JSON writes them
        written = {json.dumps(secret, ensure_ascii=False)[1:-1] for secret in secrets if secret}
        self._secrets = tuple({*filter(None, secrets)} | written)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": clock.now().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if request_id():
            line["request"] = request_id()
        for key, value in record.__dict__.items():
            if key not in _RESERVED and not key.startswith("_"):
                line[key] = "***" if any(s in key.lower() for s in SECRET_NAMES) else value
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return self._redacted(json.dumps(line, ensure_ascii=False, default=str))

    def _redacted(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line


def set_up(
    *, secrets: tuple[str, ...] = (), stream: TextIO | None = None, level: str = "INFO"
) -> None:
    """Sends all logs to one stream as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("urllib3", "apscheduler", "authlib", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns of each failed attempt, with a traceback; we tell of the failure ourselves.
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
