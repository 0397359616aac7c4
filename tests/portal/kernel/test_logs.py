"""Logs: one line of JSON each, named by request, without secrets."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from portal.kernel import logs

SECRET = 'pa"ss\\word'


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.set_up(secrets=(SECRET, ""), stream=stream)
    yield stream
    root.handlers[:], root.level = before, level


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_values(stream: io.StringIO) -> None:
    with logs.identified("request-1"):
        logging.getLogger("portal.test").info("entry.saved", extra={"id": "e1", "title": "甲\n乙"})
    logging.getLogger("portal.test").debug("unheard")
    (line,) = lines(stream)
    assert line["event"] == "entry.saved"
    assert (line["request"], line["level"], line["logger"]) == ("request-1", "info", "portal.test")
    assert (line["id"], line["title"]) == ("e1", "甲\n乙")
    assert "request" not in json.loads(stream.getvalue()) or logs.request_id() is None


def test_a_planted_secret_is_in_no_line(stream: io.StringIO) -> None:
    log = logging.getLogger("portal.test")
    log.info("a %s", SECRET, extra={"address": f"x:{SECRET}@y", "id_token": "abc"})
    try:
        int(SECRET)
    except ValueError:
        log.exception("failed")
    written = stream.getvalue()
    assert SECRET not in written
    assert json.dumps(SECRET)[1:-1] not in written
    assert "abc" not in written
    assert lines(stream)[0]["id_token"] == "***"
    assert "ValueError: invalid literal" in str(lines(stream)[1]["error"])


def test_what_json_does_not_know_is_written_as_words(stream: io.StringIO) -> None:
    logging.getLogger("portal.test").warning("odd", extra={"path": io, "_private": 1})
    (line,) = lines(stream)
    assert "module 'io'" in str(line["path"])
    assert "_private" not in line


def test_libraries_are_heard_only_when_they_warn(stream: io.StringIO) -> None:
    logging.getLogger("apscheduler.scheduler").info("ran")
    logging.getLogger("apscheduler.scheduler").warning("missed")
    assert [line["event"] for line in lines(stream)] == ["missed"]
