"""What the repository's files may be: checks over paths and texts, each a list of faults."""

import ast
import json
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent.parent

LONGEST_MODULE = 400  # lines
LONGEST_TEMPLATE = 150
LONGEST_FUNCTION = 60
LARGEST_FILE = 1024 * 1024  # bytes
VAGUE = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "base"})

HOSTS = (
    "py~pi.org",
    "python~hosted.org",
    "npm~js.org",
    "npm~js.com",
    "npm~mirror.com",
    "yarn~pkg.com",
    "maven~.org",
    "maven~.apache.org",
    "crates~.io",
    "go~lang.org",
    "deb~ian.org",
    "/sim~ple/",
    "tuna.tsing~hua.edu.cn",
    "mirrors.ali~yun.com",
    "mirrors.ust~c.edu.cn",
    "repo.huawei~cloud.com",
    "mirrors.cloud.ten~cent.com",
)
PLACES = (
    r"(?<![\w.])/wo~rk/(?:main|shared|\.)",
    r"(?<![\w.])/ro~ot/",
    r"(?<![\w.])/fa~rm/",
    r"(?<![\w.])/ho~me/\w",
    r"(?<![\w.])/Us~ers/\w",
    r"[A-Z]:\\\\?Us~ers",
    r"(?<![\w.])/tm~p/\w",
    r"/opt/wh~eels",
    r"\.py~env/",
    r"\.\./sha~red",
)


def spelt(text: str) -> str:
    """What is looked for is written here with a `~` in it, so that these files do not hold it."""
    return text.replace("~", "")


NOTE = re.compile(spelt(r"\b(?:TO~DO|FIX~ME)\b(?!\s*\(?#\d+)"))
ADDRESS = re.compile("|".join([*(re.escape(spelt(host)) for host in HOSTS), *map(spelt, PLACES)]))


def repository_files() -> list[str]:
    """What is in the repository or would be by the next `git add`; links and removed ones not."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    paths = sorted(set(filter(None, listed.split("\0"))))
    return [p for p in paths if (ROOT / p).is_file() and not (ROOT / p).is_symlink()]


def texts(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Path and text of each file that is text."""
    for path in paths:
        try:
            yield path, (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def lock_faults(lock: str) -> list[str]:
    """Requirements that are not pinned with a hash, and lines that name an address."""
    faults = []
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        name = entry.split()[0] if entry.split() else ""
        if name.startswith("#"):
            continue
        if not re.fullmatch(r"[\w.-]+==[\w.]+", name):
            faults.append(f"{name}: is not one package in one version")
        elif not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry):
            faults.append(f"{name}: has no hash")
        if "://" in entry:
            faults.append(f"{name}: names an address")
    return faults


def unlocked(project: str, lock: str) -> list[str]:
    """Dependencies of the project that the lock does not hold."""
    table = tomllib.loads(project)["project"]
    wanted = [*table["dependencies"], *chain(*table["optional-dependencies"].values())]
    locked = {_plain(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    names = [re.split(r"[\[<>=~! ;]", dependency, maxsplit=1)[0] for dependency in wanted]
    return [name for name in names if _plain(name) not in locked]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def npm_faults(package: str, lock: str) -> list[str]:
    """Assets without integrity, with an address, in no exact version, or not in the lock."""
    faults = []
    entries = json.loads(lock)["packages"]
    for path, entry in entries.items():
        if path and not entry.get("integrity", "").startswith("sha512-"):
            faults.append(f"{path}: has no integrity")
        if "resolved" in entry:
            faults.append(f"{path}: names an address")
    declared = json.loads(package)
    for kind in ("dependencies", "devDependencies"):
        for name, version in declared.get(kind, {}).items():
            if entries.get(f"node_modules/{name}", {}).get("version") != version:
                faults.append(f"{name}: {version} is not the version of the lock")
    return faults


def vague_names(paths: Iterable[str]) -> list[str]:
    """Files and folders that are named for a kind of thing."""
    return [
        path
        for path in paths
        if any(part.split(".")[0].strip("_") in VAGUE for part in PurePosixPath(path).parts)
    ]


def size_faults(path: str, text: str) -> list[str]:
    """A module, a template or a function that is too long."""
    faults = []
    lines = text.count("\n")
    limit = {".py": LONGEST_MODULE, ".html": LONGEST_TEMPLATE}.get(PurePosixPath(path).suffix)
    if limit and lines > limit:
        faults.append(f"{path}: {lines} lines, at most {limit}")
    # A migration is as long as its tables.
    if path.endswith(".py") and not path.startswith("migrations/versions/"):
        faults.extend(f"{path}: {fault}" for fault in _long_functions(text))
    return faults


def _long_functions(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{node.name} has {lines} lines, at most {LONGEST_FUNCTION}"


def matching_lines(path: str, text: str, pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:120]}"
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]
