"""Reads JSON arrays piece by piece: of objects, of rows under a header, or inside an object."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalog.entries.imports.readers.grid import RawRow
from catalog.entries.imports.readers.source import clean, cleaned
from portal.kernel.errors import Invalid
from portal.kernel.text import _

_CHUNK = 256 * 1024
_LARGEST_RECORD = 32 * 1024 * 1024
_DOUBTFUL = re.compile(r"\\u(?:00[01]|007[fF]|[dD][89a-fA-F]|[fF]{3}[eEfF])")
_BLANKS = " \t\r\n\ufeff"
_OWN_KEYS = frozenset({"title", "items", "resources"})  # then the object is a record itself
_NOT_RECORDS = frozenset({"columns", "fields", "header", "headers", "meta", "schema", "links"})


class JsonText:
    """A cursor over the text of a file that holds no more of it than one value needs."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._stream = path.open(encoding=encoding, newline="")
        self._decoder = json.JSONDecoder(strict=False)
        self._buffer = ""
        self._place = 0
        self._read = 0

    def close(self) -> None:
        self._stream.close()

    def _more(self) -> bool:
        chunk = clean(self._stream.read(_CHUNK))
        self._buffer = self._buffer[self._place :] + chunk
        self._read += self._place
        self._place = 0
        return bool(chunk)

    def peek(self) -> str:
        """The next sign that is not blank; empty at the end of the file."""
        while True:
            while self._place < len(self._buffer):
                sign = self._buffer[self._place]
                if sign not in _BLANKS:
                    return sign
                self._place += 1
            if not self._more():
                return ""

    def take(self, sign: str) -> bool:
        """Steps over the sign when it is next."""
        if self.peek() != sign:
            return False
        self._place += 1
        return True

    def value(self) -> Any:
        """The next value, whole.

        Raises Invalid with its place when it is not JSON.
        """
        self.peek()
        whole = False
        while True:
            try:
                found, end = self._decoder.raw_decode(self._buffer, self._place)
            except (ValueError, RecursionError) as error:
                if not self._grow(error):
                    raise self.fault() from error
                continue
            if end == len(self._buffer) and not whole and isinstance(found, int | float):
                whole = not self._more()  # a number may go on in the next piece
                continue
            doubtful = _DOUBTFUL.search(self._buffer, self._place, end)
            self._place = end
            return cleaned(found) if doubtful else found

    def _grow(self, error: Exception) -> bool:
        """More text, when the value may merely be cut off by the end of what was read."""
        if isinstance(error, RecursionError) or len(self._buffer) > _LARGEST_RECORD:
            return False
        if isinstance(error, json.JSONDecodeError) and not self._near_end(error):
            return False
        return self._more()

    def _near_end(self, error: json.JSONDecodeError) -> bool:
        cut_off = error.msg.startswith(("Unterminated", "Expecting", "Invalid"))
        return cut_off and (error.msg.startswith("Unter") or error.pos > len(self._buffer) - 16)

    def fault(self) -> Invalid:
        """The sentence for a place that cannot be read."""
        return Invalid(
            _(
                "第 %(place)s 个字符附近不是正确的 JSON。请检查那里的引号、逗号和括号后重新导入。",
                place=self._read + self._place + 1,
            )
        )


def json_records(path: Path, encoding: str) -> Iterator[tuple[int, Any]]:
    """Number and value of each element of the array that holds the records."""
    text = JsonText(path, encoding)
    try:
        first = text.peek()
        if first == "[":
            yield from _arrays(text)
        elif first == "{":
            yield from _from_object(text)
        else:
            raise text.fault()
    finally:
        text.close()


def _arrays(text: JsonText) -> Iterator[tuple[int, Any]]:
    while text.take("["):
        yield from _elements(text)
    if text.peek():
        raise text.fault()


def _elements(text: JsonText) -> Iterator[tuple[int, Any]]:
    """What follows an opening bracket, up to the closing one."""
    number = 0
    while not text.take("]"):
        if number and not text.take(","):
            raise text.fault()
        number += 1
        yield number, text.value()


def _from_object(text: JsonText) -> Iterator[tuple[int, Any]]:
    """The first array of records inside an object; without one, one object a line."""
    text.take("{")
    alone: dict[str, Any] = {}
    while not text.take("}"):
        if alone and not text.take(","):
            raise text.fault()
        key = text.value()
        if not isinstance(key, str) or not text.take(":"):
            raise text.fault()
        if text.peek() == "{" and _opens_wrapper(key):
            yield from _from_object(text)
            return
        if text.peek() != "[" or key in _NOT_RECORDS:
            alone[key] = text.value()
            continue
        text.take("[")
        if text.peek() in ("{", "[") and not alone.keys() & _OWN_KEYS:
            yield from _elements(text)
            return
        alone[key] = [value for _number, value in _elements(text)]
    yield from _lines(text, alone)


def _opens_wrapper(key: str) -> bool:
    return key.casefold() in {"data", "result", "results", "response", "body", "page", "payload"}


def _lines(text: JsonText, first: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    yield 1, first
    number = 1
    while text.peek():
        number += 1
        yield number, text.value()


def row_arrays(path: Path, encoding: str) -> Iterator[RawRow]:
    """The rows of an array of arrays; anything else in it is an empty row."""
    for number, value in json_records(path, encoding):
        yield number, list(value) if isinstance(value, list) else []
