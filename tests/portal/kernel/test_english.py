"""The English of the kernel is complete and its places agree with the Chinese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from portal import dispatcher, kernel, scheduler
from portal.kernel.text import read_catalog

KERNEL = Path(kernel.__path__[0])
SOURCES = [*sorted(KERNEL.glob("*.py")), Path(scheduler.__file__), Path(dispatcher.__file__)]


def messages() -> Iterator[str]:
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(message)), *_]):
                    yield message


def test_every_message_has_its_english_with_the_same_places() -> None:
    catalog = read_catalog(KERNEL / "en.po") | read_catalog(KERNEL.parent / "en.po")
    found = set(messages())
    assert len(found) > 80
    assert {message for message in found if message not in catalog} == set()
    places = re.compile(r"%\((\w+)\)s")
    for message in found:
        assert set(places.findall(message)) == set(places.findall(catalog[message])), message
