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
# Spoken when they are read: texts for click, and the sample people that the provider offers.
COMMANDS = re.compile(r"cli\.py|portal/commands/|auth/provider/")
OWN_NAME = re.compile(r"[\"']中文[\"']")  # a language is called by its own name in every other
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
    """Chinese in a template that is neither a comment nor a message: in expressions as well."""
    without = TEMPLATE_MESSAGE.sub("", re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL))
    lines = (OWN_NAME.sub("", line).strip() for line in without.splitlines())
    return [line for line in lines if CHINESE.search(line)]


def script_words(source: str) -> list[str]:
    """Chinese in a script outside its comments; a script takes its words from the page."""
    without = re.sub(r"/\*.*?\*/|(?m:(?<!:)//.*$)", "", source, flags=re.DOTALL)
    return [line.strip() for line in without.splitlines() if CHINESE.search(line)]


def spoken_too_soon(tree: ast.Module) -> list[int]:
    """Lines of declarations that fix a language when the module is read: `str(_("…"))`."""
    inside = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for part in (node.body if isinstance(node.body, list) else [node.body])
        for inner in ast.walk(part)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "str"
        and node.args
        and isinstance(node.args[0], ast.Call)
        and getattr(node.args[0].func, "id", "") == "_"
        and id(node) not in inside
    ]


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


def test_no_script_holds_chinese() -> None:
    own = [p for p in _files("*.js") if not {"vendor", "node_modules"} & set(p.parts)]
    found = {
        str(path.relative_to(ROOT)): words
        for path in own
        if (words := script_words(path.read_text("utf-8")))
    }
    assert own
    assert found == {}


def test_declarations_are_translated_when_they_are_shown() -> None:
    """A command's help is text for click, which speaks the language of the terminal's start."""
    found = {
        str(path.relative_to(ROOT)): lines
        for path in _files("*.py")
        if not COMMANDS.search(str(path.relative_to(ROOT)))
        and (lines := spoken_too_soon(ast.parse(path.read_text("utf-8"))))
    }
    assert found == {}


def test_the_guards_see_bad_examples() -> None:
    assert bare_words("{% set x = '目录' %}") == ["{% set x = '目录' %}"]
    assert bare_words("{# 目录 #}{{ _('目录') }}") == []
    assert script_words("const a = '目录'; // 目录") == ["const a = '目录';"]
    assert script_words("/* 目录 */ const a = 'https://x';") == []
    assert spoken_too_soon(ast.parse("P = Permission('a', str(_('目录')))")) == [1]
    assert spoken_too_soon(ast.parse("def f():\n    return str(_('目录'))")) == []
    assert literals(ast.parse("x = '目录'")) == [(1, "目录")]
    assert literals(ast.parse("x = _('目录')")) == []
    assert bare_words("<p>目录 {{ _('x') }}</p>") == ["<p>目录 {{ ) }}</p>"]
    assert list(template_messages("{{ _('目录') }}")) == ["目录"]
