"""Every text for people goes through gettext, and every message has its English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_file

from portal.kernel.text import read_catalog

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("portal", "auth", "search", "catalog", "governance", "migrations")
CHINESE = re.compile(r"[\u3400-\u9fff]")
TEMPLATE_MESSAGE = re.compile(r"\b_\(\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')")
# Vocabulary of the domain: what files say, not what the portal says.
DATA = re.compile(
    r"vocabulary|/imports/(forms|recognition|normalise|readers|secrecy|fields)|search/(words|analysis|names)|portal/demo/|portal/kernel/settings"
)


def python_messages(path: Path) -> Iterator[str]:
    """The messages that a module marks."""
    for _line, message, _comments, _context in extract_from_file(
        "python", str(path), keywords={"_": None}
    ):
        yield message if isinstance(message, str) else message[0]


def template_messages(source: str) -> Iterator[str]:
    """The messages that a template marks."""
    for match in TEMPLATE_MESSAGE.finditer(source):
        yield ast.literal_eval(match[1])


def literals(tree: ast.Module) -> list[tuple[int, str]]:
    """Chinese literals outside gettext and docstrings."""
    marked = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_"
        for argument in ast.walk(node)
    }
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CHINESE.search(node.value)
        and id(node) not in marked
        and id(node) not in documents
    ]


def bare_words(source: str) -> list[str]:
    """Chinese in a template outside expressions and comments."""
    without = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", "", source, flags=re.DOTALL)
    return [line.strip() for line in without.splitlines() if CHINESE.search(line)]


def _files(pattern: str) -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob(pattern))


def test_every_message_has_its_english() -> None:
    known = {message for path in _files("en.po") for message in read_catalog(path)}
    used = {m for path in _files("*.py") for m in python_messages(path)}
    used |= {m for path in _files("*.html") for m in template_messages(path.read_text("utf-8"))}
    assert sorted(message for message in used - known if CHINESE.search(message)) == []


def test_no_message_is_translated_in_two_ways() -> None:
    told: dict[str, set[str]] = {}
    for path in _files("en.po"):
        for message, english in read_catalog(path).items():
            told.setdefault(message, set()).add(english)
    assert {message: ways for message, ways in told.items() if len(ways) > 1} == {}


def test_no_chinese_literal_stands_outside_gettext() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in _files("*.py")
        if not DATA.search(str(path.relative_to(ROOT)))
        and (lines := literals(ast.parse(path.read_text("utf-8"))))
    }
    assert found == {}


def test_no_chinese_stands_bare_in_a_template() -> None:
    found = {
        str(path.relative_to(ROOT)): words
        for path in _files("*.html")
        if (words := bare_words(path.read_text("utf-8")))
    }
    assert found == {}


def test_the_guards_see_bad_examples() -> None:
    assert literals(ast.parse("x = '目录'")) == [(1, "目录")]
    assert literals(ast.parse("x = _('目录')")) == []
    assert bare_words("<p>目录 {{ _('x') }}</p>") == ["<p>目录 </p>"]
    assert list(template_messages("{{ _('目录') }}")) == ["目录"]
