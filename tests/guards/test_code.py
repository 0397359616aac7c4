"""Conventions of the code that a reader relies on, each with a bad example that the guard catches."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("portal", "auth", "search", "catalog", "governance", "migrations")
IN_VIEWS = re.compile(r"/views(\.py|/)|/api\w*\.py|/api/")
STATUS = {"status", "standing", "state"}
# The outbox, tasks and job runs are no workflows of people; their own modules keep their state.
STATUS_KEEPERS = {
    "portal/kernel/transitions.py",
    "portal/kernel/outbox.py",
    "portal/kernel/tasks.py",
    "portal/kernel/jobs.py",
    "portal/kernel/job_runs.py",
    "portal/kernel/execution.py",
}
# Columns of a unit, by a table of names that holds no status.
SETTERS = {"auth/services.py"}
# Parts of creating, editing and importing, which tell.
PARTS = {"new_version", "rewrite"}
ASKING = {"execute", "scalar", "scalars", "query", "add", "add_all", "delete", "flush", "merge"}
ROUTES = {f".{method}" for method in ("get", "post", "put", "patch", "delete", "route")}
ACCESS = (["open_to_all"], ["signed_in"], ["needs"])
COMMITTERS = {
    "portal/kernel/files.py",
    "portal/kernel/uow.py",
    "portal/kernel/outbox.py",
    "portal/kernel/jobs.py",
    "portal/kernel/job_runs.py",
    "portal/kernel/db.py",
    "migrations/run.py",
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the product with its path from the root."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def assigns_status(tree: ast.AST) -> list[int]:
    """Lines that write a status attribute of some record, also by setattr."""
    lines = []
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign | ast.AugAssign):
            targets = [node.target]
        lines += [
            target.lineno
            for target in targets
            for part in ast.walk(target)
            if isinstance(part, ast.Attribute) and part.attr in STATUS
        ]
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
            lines += [] if _is_count(node.args[1]) else [node.lineno]
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "values":
            given = {keyword.arg for keyword in node.keywords}
            given |= {_text(key) for a in node.args if isinstance(a, ast.Dict) for key in a.keys}
            lines += [node.lineno] if given & STATUS else []
    return lines


def _text(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _is_count(name: ast.expr) -> bool:
    """Whether an attribute's made-up name can only be that of a number."""
    parts = name.values if isinstance(name, ast.JoinedStr) else []
    last = parts[-1] if parts else None
    return isinstance(last, ast.Constant) and str(last.value).endswith("_count")


def commits(tree: ast.AST) -> list[int]:
    """Lines that end a transaction, or begin one that ends by itself."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr == "commit" or _is_engine(node.func))
    ]


def _is_engine(called: ast.Attribute) -> bool:
    owner = called.value
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return called.attr == "begin" and name in ("engine", "connection")


def asks_a_session(tree: ast.AST) -> list[int]:
    """Lines that ask or change the database themselves, instead of a query or a service."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ASKING
        and (getattr(node.func.value, "id", "") or getattr(node.func.value, "attr", ""))
        == "session"
    ]


def access_not_next(tree: ast.AST) -> list[str]:
    """Views whose access does not stand on the line under their routes."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        names = [_decorator(each) for each in node.decorator_list]
        routes = [place for place, name in enumerate(names) if name in ROUTES]
        if routes and names[routes[-1] + 1 : routes[-1] + 2] not in ACCESS:
            found.append(node.name)
    return found


def _decorator(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    if isinstance(called, ast.Attribute):
        owner = getattr(called.value, "id", "")
        return f".{called.attr}" if owner.endswith("bp") or owner in ("app", "api") else ""
    return getattr(called, "id", "")


def writes_without_event(tree: ast.Module) -> list[str]:
    """Public services that take a unit of work and neither emit, nor fire, nor pass it on."""
    silent = []
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        names = [argument.arg for argument in node.args.args]
        if names[:1] != ["uow"]:
            continue
        calls = [c for c in ast.walk(node) if isinstance(c, ast.Call)]
        speaks = any(getattr(c.func, "attr", "") in ("emit", "audit") for c in calls)
        passes_on = any(
            isinstance(argument, ast.Name) and argument.id == "uow"
            for call in calls
            for argument in call.args
        )
        if not speaks and not passes_on and node.name not in PARTS:
            silent.append(node.name)
    return silent


def test_nothing_but_fire_writes_a_status() -> None:
    found = {
        path: lines
        for path, tree in sources()
        if path not in STATUS_KEEPERS | SETTERS and (lines := assigns_status(tree))
    }
    assert found == {}


def test_the_guard_sees_a_written_status() -> None:
    assert assigns_status(ast.parse("record.status = 'published'")) == [1]
    assert assigns_status(ast.parse("a.b, record.standing = 1, 2")) == [1]
    assert assigns_status(ast.parse("setattr(record, 'status', 'x')")) == [1]
    assert assigns_status(ast.parse("record.standing: str = 'withdrawn'")) == [1]
    assert assigns_status(ast.parse("update(Entry).values(standing='withdrawn')")) == [1]
    assert assigns_status(ast.parse("update(Entry).values({'status': 'x'})")) == [1]
    assert assigns_status(ast.parse("update(Entry).values(title='x')")) == []


def test_nothing_commits_outside_the_unit_of_work() -> None:
    found = {
        path: lines
        for path, tree in sources()
        if path not in COMMITTERS
        and not path.startswith("search/engines/")
        and (lines := commits(tree))
    }
    assert found == {}


def test_the_guard_sees_a_commit() -> None:
    assert commits(ast.parse("session.commit()")) == [1]
    assert commits(ast.parse("with runtime.database.engine.begin() as c: pass")) == [1]
    assert commits(ast.parse("pace.begin()")) == []


def test_views_leave_the_database_to_queries_and_services() -> None:
    found = {
        path: lines
        for path, tree in sources()
        if IN_VIEWS.search(path) and (lines := asks_a_session(tree))
    }
    assert found == {}


def test_the_guard_sees_a_view_that_asks_the_database() -> None:
    assert asks_a_session(ast.parse("session.execute(text('DELETE FROM entry'))")) == [1]
    assert asks_a_session(ast.parse("uow.session.add(record)")) == [1]
    assert asks_a_session(ast.parse("queries.page(session)")) == []


def test_access_stands_on_the_line_under_the_route() -> None:
    found = {
        path: names
        for path, tree in sources()
        if not path.startswith("auth/provider/")  # a site of its own, without our people
        and (names := access_not_next(tree))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("decorators", "wrong"),
    [
        ("@bp.get('/x')\n@open_to_all\n", False),
        ("@bp.get('/x')\n@bp.get('/y')\n@needs(EDIT)\n@describes(1)\n", False),
        ("@open_to_all\n@bp.get('/x')\n", True),
        ("@bp.get('/x')\n@describes(1)\n@signed_in\n", True),
        ("@categories_bp.post('/x')\n", True),
        ("@lru_cache\n", False),
    ],
)
def test_the_guard_sees_access_that_stands_elsewhere(decorators: str, wrong: bool) -> None:
    assert bool(access_not_next(ast.parse(f"{decorators}def view(): pass"))) is wrong


def test_services_tell_what_they_write() -> None:
    found = {
        path: names
        for path, tree in sources()
        if "/services" in path and (names := writes_without_event(tree))
    }
    assert found == {}


def test_the_guard_sees_a_silent_service() -> None:
    assert writes_without_event(ast.parse("def write(uow):\n    uow.session.add(1)")) == ["write"]


def test_templates_hold_no_session() -> None:
    found = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.html")
        if ".execute(" in path.read_text(encoding="utf-8")
        or ".scalars(" in path.read_text(encoding="utf-8")
    ]
    assert found == []
