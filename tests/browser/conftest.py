"""A real Chromium for tests: pages of any width, watched for what a page must never do."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.server import Product, running_product
from tests.isolation import is_loopback
from tests.suites import find_chromium
from tests.world import NOBODY

HERE = Path(__file__).parent
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
LIMIT = 30_000  # milliseconds that a page may take for one step, on a busy machine
expect.set_options(timeout=LIMIT)
OPAQUE = ("about", "blob", "data")  # addresses that ask no host

State = Any  # what Playwright keeps of a browser: cookies and storage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that is in this folder needs the browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("chromium")


@dataclass(slots=True)
class Faults:
    """What the pages of a test did that no page may.

    Script errors, errors on the console, breaches of the policy, parts that are not there, outside
    addresses. A page that is itself refused is no fault.
    """

    seen: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("weberror", lambda error: self.seen.append(f"script error: {error.error}"))
        # Playwright marks the object of a bound method, and this one has slots.
        context.on("console", lambda message: self._console(message.type, message.text))
        context.on("response", lambda found: self._response(found.request, found.status))
        context.on("request", lambda request: self._request(request.url))

    def _console(self, kind: str, text: str) -> None:
        if "Content Security Policy" in text:
            self.seen.append(f"policy: {text}")
        elif kind == "error" and not text.startswith("Failed to load resource"):
            self.seen.append(f"console: {text}")

    def _response(self, request: Request, status: int) -> None:
        part = request.resource_type in ("script", "stylesheet", "image", "font")
        if part and status >= 400:
            self.seen.append(f"missing: {status} {request.url}")

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in OPAQUE and not is_loopback(parts.hostname):
            self.seen.append(f"outside address: {url}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser with a new profile for the whole run; Playwright makes and removes the profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def faults() -> Faults:
    """A test that expects a fault empties `faults.seen` after having looked at it."""
    return Faults()


@pytest.fixture
def page(chromium: Browser, faults: Faults) -> Iterator[Callable[..., Page]]:
    """`page(390)` opens a new visitor's page of that width; at the end no fault may be left.

    `script=False` is a visitor without JavaScript, `scheme="dark"` one who likes it dark, `state`
    the cookies of somebody who has signed in. Pages of one visitor are opened by
    `first.context.new_page()`.
    """
    with ExitStack() as visitors:

        def open_page(
            width: int = 1280,
            *,
            script: bool = True,
            scheme: str = "light",
            state: State | None = None,
        ) -> Page:
            context = chromium.new_context(
                viewport={"width": width, "height": 900},
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                java_script_enabled=script,
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
                storage_state=state,
            )
            visitors.callback(context.close)
            context.set_default_timeout(LIMIT)
            faults.watch(context)
            return context.new_page()

        yield open_page
    assert faults.seen == []


@pytest.fixture(scope="session")
def product(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """All processes of a portal with the sample data, for the browser tests of this worker."""
    folder = tmp_path_factory.mktemp("portal") / "data"
    shutil.copytree(sample_folder, folder)
    with running_product(folder) as running:
        yield running


@pytest.fixture(scope="session")
def states(chromium: Browser, product: Product) -> Callable[[str], State | None]:
    """The cookies of a persona, who has signed in by hand the first time they are asked for."""
    known: dict[str, State] = {}

    def state_of(username: str) -> State | None:
        if username == NOBODY:
            return None
        if username not in known:
            context = chromium.new_context(locale="zh-CN")
            context.set_default_timeout(LIMIT)
            sign_in(context.new_page(), product.url, username)
            known[username] = context.storage_state()
            context.close()
        return known[username]

    return state_of


def sign_in(tab: Page, url: str, username: str) -> None:
    """Through the sign-in page and the identity provider, by clicking the persona once."""
    tab.goto(f"{url}/sign-in")
    tab.locator(f"button[name=persona][value={username}]").click()
    tab.wait_for_url(f"{url}/**")
    tab.locator(".p-who").first.wait_for(state="attached")
