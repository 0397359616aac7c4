"""Optional suites: which servers and browsers are here, and at the end which suites ran.

A test says what it needs by its marker (`postgresql`, `elasticsearch`, `chromium`); where that is
missing the test is skipped with the reason. With TEST_REQUIRE_ALL set (CI) nothing may be missing.
"""

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / ".portal" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Suite:
    """One optional suite: its marker, its name for people, and what it lacks (nothing: it runs)."""

    marker: str
    name: str
    lack: str


def find_chromium() -> str | None:
    """The browser's program, by the names that distributions give it."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _lack_of_variable(name: str) -> str:
    return "" if os.environ.get(name) else f"{name} is not set"


def _lack_of_chromium() -> str:
    if not find_chromium():
        return f"none of {', '.join(BROWSERS)} is on the PATH"
    if not AXE.is_file():
        return "axe-core is not there: run `make setup`"
    return ""


def suites() -> tuple[Suite, ...]:
    return (
        Suite("postgresql", "PostgreSQL", _lack_of_variable("TEST_DATABASE_URL")),
        Suite("elasticsearch", "Elasticsearch", _lack_of_variable("TEST_SEARCH_URL")),
        Suite("chromium", "Chromium", _lack_of_chromium()),
    )


def pytest_configure(config: pytest.Config) -> None:
    lacking = [f"{suite.name}: {suite.lack}" for suite in suites() if suite.lack]
    if lacking and os.environ.get("TEST_REQUIRE_ALL"):
        message = f"TEST_REQUIRE_ALL is set, but {'; '.join(lacking)}"
        raise pytest.UsageError(message)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skips = {s.marker: pytest.mark.skip(reason=f"{s.name}: {s.lack}") for s in suites() if s.lack}
    for item in items:
        for marker in item.iter_markers():
            if marker.name in skips:
                item.add_marker(skips[marker.name])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says of each optional suite whether it ran, and if not, why."""
    ran: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            ran.update(suite.marker for suite in suites() if suite.marker in report.keywords)
    terminalreporter.section("optional suites")
    for suite in suites():
        terminalreporter.write_line(outcome_of(suite, ran[suite.marker]))


def outcome_of(suite: Suite, tests: int) -> str:
    """One line for people about a suite of which so many tests were run."""
    if suite.lack:
        return f"{suite.name}: did not run, {suite.lack}"
    if not tests:
        return f"{suite.name}: is here, but no test of it was selected"
    return f"{suite.name}: ran, {tests} tests"
