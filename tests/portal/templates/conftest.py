"""The gallery as an application, and as a server with a browser in front of it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.web.sessions import COOKIE
from tests.browser.conftest import FLAGS, LIMIT, Faults
from tests.portal.templates.gallery_app import gallery
from tests.suites import find_chromium

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return gallery(tmp_path_factory.mktemp("gallery"))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Asks as nobody (`who` empty) or as somebody whose session says `zh-dark` or the like."""

    client: FlaskClient

    def html(self, path: str, who: str = "", *, fragment: bool = False) -> str:
        headers = {"HX-Request": "true"} if fragment else {}
        self.client.delete_cookie(COOKIE)
        if who:
            self.client.set_cookie(COOKIE, who)
        return self.client.get(path, headers=headers).get_data(as_text=True)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())


class _Silent(WSGIRequestHandler):
    def log_request(self, *_words: Any) -> None:
        """Nothing to say."""


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    def whole(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        """Reads a file to its end: this server leaves it open when the browser goes away."""
        with closing(app(environ, start_response)) as body:
            return [b"".join(body)]

    server = make_server("127.0.0.1", 0, whole, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


Look = Callable[[Page], Any]


@dataclass(frozen=True, slots=True)
class Browser:
    """A Chromium in a thread of its own, so that other browsers of this process do not mind."""

    thread: ThreadPoolExecutor
    program: Any
    address: str

    def look(
        self, path: str, do: Look, *, who: str = "zh-light", width: int = 1280, script: bool = True
    ) -> Any:
        """What `do` says of the page; scripts that failed and broken policies fail the test."""
        return self.thread.submit(
            self._look, path, do, who=who, width=width, script=script
        ).result()

    def _look(self, path: str, do: Look, *, who: str, width: int, script: bool) -> Any:
        faults = Faults()
        context = self.program.new_context(
            viewport={"width": width, "height": 900},
            locale="zh-CN",
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        context.set_default_timeout(LIMIT)
        faults.watch(context)
        try:
            if who:
                context.add_cookies([{"name": COOKIE, "value": who, "url": self.address}])
            page = context.new_page()
            page.goto(self.address + path)
            found = do(page)
        finally:
            context.close()
        # htmx writes refused and lost answers to the console, which some of these tests ask for.
        assert [fault for fault in faults.seen if not fault.startswith("console:")] == []
        return found


@pytest.fixture(scope="session")
def browser(address: str) -> Iterator[Browser]:
    with ThreadPoolExecutor(1) as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result()
        try:
            program = thread.submit(
                lambda: playwright.chromium.launch(
                    executable_path=find_chromium(), args=list(FLAGS)
                )
            ).result()
            yield Browser(thread, program, address)
            thread.submit(program.close).result()
        finally:
            thread.submit(playwright.stop).result()
