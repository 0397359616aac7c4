"""The string table of a workbook, kept in a scratch file so that memory does not grow with it."""

import mmap
import tempfile
from array import array
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import IO, Any
from xml.parsers import expat

CHUNK = 256 * 1024


def forbid_doctype(*_declaration: Any) -> None:
    """Office files have no document type; one is an attack on the parser."""
    raise ValueError("document type declared")


def fed(stream: IO[bytes], parser: expat.XMLParserType) -> Iterator[None]:
    """Parses a stream piece by piece; yields after each piece."""
    parser.StartDoctypeDeclHandler = forbid_doctype
    while chunk := stream.read(CHUNK):
        parser.Parse(chunk, False)
        yield
    parser.Parse(b"", True)
    yield


def local_name(name: str) -> str:
    """A tag without its namespace prefix."""
    return name.rpartition(":")[2]


class SharedStrings:
    """Strings by their number."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the workbook
        self._ends = array("Q", [0])
        self._map: mmap.mmap | None = None
        self._read: Callable[[int], str] = lru_cache(maxsize=2048)(self._decoded)

    def load(self, stream: IO[bytes], check: Callable[[], None]) -> None:
        """Reads the part xl/sharedStrings.xml; phonetic runs are left out. `check` may stop it."""
        for _piece in fed(stream, _StringsParser(self._append).parser):
            check()
        self._file.flush()
        if self._ends[-1]:
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def _append(self, text: str) -> None:
        raw = text.encode("utf-8", "replace")
        self._file.write(raw)
        self._ends.append(self._ends[-1] + len(raw))

    def _decoded(self, number: int) -> str:
        if self._map is None:
            return ""
        return self._map[self._ends[number] : self._ends[number + 1]].decode("utf-8")

    def __getitem__(self, number: int) -> str:
        return self._read(number) if 0 <= number < len(self._ends) - 1 else ""

    def close(self) -> None:
        """Gives the scratch file back."""
        if self._map is not None:
            self._map.close()
            self._map = None
        self._file.close()


class _StringsParser:
    """Joins the runs of each string and hands it on."""

    def __init__(self, found: Callable[[str], None]) -> None:
        self._found = found
        self._texts: list[str] = []
        self._inside = {"t": False, "rPh": False}
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        local = local_name(name)
        if local == "si":
            self._texts.clear()
        elif local in self._inside:
            self._inside[local] = True

    def _end(self, name: str) -> None:
        local = local_name(name)
        if local == "si":
            self._found("".join(self._texts))
        elif local in self._inside:
            self._inside[local] = False

    def _text(self, data: str) -> None:
        if self._inside["t"] and not self._inside["rPh"]:
            self._texts.append(data)
