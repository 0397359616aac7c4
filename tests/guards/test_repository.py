"""Locks, names, sizes, notes and addresses in the repository; each guard with what it catches."""

import json

import pytest

from tests.guards import repository as guard

HASH = "--hash=sha256:" + "0" * 64
FINE_LOCK = f"six==1.17.0 \\\n    {HASH}\ncffi==2.1.1 ; os_name != 'nt' \\\n    {HASH}\n"
FINE_ENTRY = {"version": "1.0.0", "integrity": "sha512-x"}


def _npm(entry: dict[str, str]) -> str:
    return json.dumps({"packages": {"": {}, "node_modules/a": entry}})


@pytest.fixture(scope="module")
def paths() -> list[str]:
    return guard.repository_files()


@pytest.fixture(scope="module")
def texts(paths: list[str]) -> list[tuple[str, str]]:
    return list(guard.texts(paths))


def _read(path: str) -> str:
    return (guard.ROOT / path).read_text(encoding="utf-8")


def test_the_guards_look_at_the_repository(paths: list[str]) -> None:
    assert {"pyproject.toml", "Makefile", "portal/__init__.py"} <= set(paths)
    assert not [path for path in paths if path.startswith((".venv/", ".portal/"))]


def test_every_python_package_is_locked_with_a_hash_and_without_an_address() -> None:
    assert guard.lock_faults(_read("requirements.lock")) == []


def test_every_dependency_is_in_the_lock() -> None:
    assert guard.unlocked(_read("pyproject.toml"), _read("requirements.lock")) == []


def test_every_browser_package_is_locked_with_integrity_and_without_an_address() -> None:
    package, lock = _read("portal/assets/package.json"), _read("portal/assets/package-lock.json")
    assert guard.npm_faults(package, lock) == []


def test_no_file_is_named_for_a_kind_of_thing(paths: list[str]) -> None:
    assert guard.vague_names(paths) == []


def test_no_module_template_or_function_is_too_long(texts: list[tuple[str, str]]) -> None:
    assert [fault for path, text in texts for fault in guard.size_faults(path, text)] == []


def test_no_file_is_larger_than_a_megabyte(paths: list[str]) -> None:
    sizes = {path: (guard.ROOT / path).stat().st_size for path in paths}
    assert {path for path, size in sizes.items() if size > guard.LARGEST_FILE} == set()


def test_no_note_of_work_to_do_is_without_its_number(texts: list[tuple[str, str]]) -> None:
    found = [line for path, text in texts for line in guard.matching_lines(path, text, guard.NOTE)]
    assert found == []


def test_no_file_names_a_place_of_one_machine_or_the_host_of_a_registry(
    texts: list[tuple[str, str]],
) -> None:
    found = [
        line for path, text in texts for line in guard.matching_lines(path, text, guard.ADDRESS)
    ]
    assert found == []


def test_a_good_lock_is_let_through() -> None:
    assert guard.lock_faults(FINE_LOCK) == []


@pytest.mark.parametrize(
    ("lock", "fault"),
    [
        ("six==1.17.0\n", "has no hash"),
        ("six==1.17.0 \\\n    --hash=sha256:12\n", "has no hash"),
        (f"six>=1.17 \\\n    {HASH}\n", "is not one package in one version"),
        (f"--index-url https://registry.example.org\n{FINE_LOCK}", "names an address"),
        (f"six @ https://registry.example.org/six.whl \\\n    {HASH}\n", "names an address"),
    ],
)
def test_a_bad_lock_is_caught(lock: str, fault: str) -> None:
    assert fault in "\n".join(guard.lock_faults(lock))


def test_a_dependency_that_is_not_locked_is_caught() -> None:
    project = '[project]\ndependencies = ["six>=1", "Flask[async]>=3"]\n[project.optional-dependencies]\ndev = ["cffi"]'
    assert guard.unlocked(project, FINE_LOCK) == ["Flask"]


@pytest.mark.parametrize(
    ("version", "entry", "fault"),
    [
        ("1.0.0", {"version": "1.0.0"}, "has no integrity"),
        ("1.0.0", FINE_ENTRY | {"integrity": "sha1-x"}, "has no integrity"),
        ("1.0.0", FINE_ENTRY | {"resolved": "https://r.example.org/a.tgz"}, "names an address"),
        ("^1.0.0", FINE_ENTRY, "is not the version of the lock"),
    ],
)
def test_a_bad_lock_of_browser_packages_is_caught(
    version: str, entry: dict[str, str], fault: str
) -> None:
    package = json.dumps({"dependencies": {"a": version}})
    assert fault in "\n".join(guard.npm_faults(package, _npm(entry)))


@pytest.mark.parametrize(
    "path",
    ["portal/utils.py", "auth/helpers/x.py", "search/_common.py", "portal/templates/base.html"],
)
def test_a_vague_name_is_caught(path: str) -> None:
    assert guard.vague_names([path, "auth/baseline.py", "search/commonest.py"]) == [path]


def test_a_long_module_a_long_template_and_a_long_function_are_caught() -> None:
    body = "    x = 1\n" * guard.LONGEST_FUNCTION
    assert guard.size_faults("a.py", "x = 1\n" * 401) == ["a.py: 401 lines, at most 400"]
    assert guard.size_faults("a.html", "<p>\n" * 151) == ["a.html: 151 lines, at most 150"]
    assert guard.size_faults("a.py", f"def f():\n{body}") == ["a.py: f has 61 lines, at most 60"]
    assert guard.size_faults("a.py", f"def f():\n{body[10:]}") == []


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        ("# TO~DO tidy up", True),
        ("# FIX~ME(name): tidy up", True),
        ("# TO~DO(#12): tidy up", False),
        ("# TO~DO #12 tidy up", False),
        ("MASTO~DON", False),
    ],
)
def test_a_note_without_a_number_is_caught(line: str, caught: bool) -> None:
    assert bool(guard.matching_lines("a.py", guard.spelt(line), guard.NOTE)) is caught


@pytest.mark.parametrize(
    "line",
    [
        "index-url = https://py~pi.org/",
        "index-url = https://mirror.example.org/sim~ple/",
        '"resolved": "https://registry.npm~js.org/a.tgz"',
        "https://files.python~hosted.org/packages/a.whl",
        "https://repo.maven~.apache.org/maven2",
        "http://deb.deb~ian.org/pool",
        "see /wo~rk/main/portal",
        "DATA = '/ro~ot/data'",
        "open('/ho~me/someone/x')",
        "cp ../sha~red/data .",
        "~/.py~env/versions",
        "--index-url https://pypi.tuna.tsing~hua.edu.cn/x",
        "https://mirrors.ali~yun.com/pypi",
        "C:\\Us~ers\\someone",
        "open('/tm~p/abc')",
    ],
)
def test_a_place_or_a_registry_is_caught(line: str) -> None:
    bad = guard.spelt(line)
    assert guard.matching_lines("a.sh", f"fine\n{bad}\n", guard.ADDRESS) == [f"a.sh:2: {bad}"]


@pytest.mark.parametrize(
    "line",
    ["/tasks/wo~rk/main-list", "org.apache.mav~en.plugins:x", "https://www.example.org/ro~ot/"],
)
def test_an_innocent_line_is_let_through(line: str) -> None:
    assert guard.matching_lines("a.sh", guard.spelt(line), guard.ADDRESS) == []
