"""The browser checks can fail: each is shown a page with the fault that it is there to find."""

import http.server
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.axe import assert_accessible, axe_violations
from tests.browser.conftest import Faults
from tests.browser.server import DidNotStart, running_portal

SOUND = """<!doctype html><html lang="zh-CN"><head><title>目录</title></head><body>
<main><h1>目录</h1><form><label>检索 <input name="q"></label><button>检索</button></form></main>
</body></html>"""
FAULTY = """<!doctype html><html><head><title></title></head><body>
<h1>目录</h1><input name="q"><p style="color:#aaa;background:#fff">看不清</p>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><button></button></body></html>"""
PLANTED = {"html-has-lang", "document-title", "label", "color-contrast", "image-alt", "button-name"}
STRICT = "default-src 'none'; script-src 'self'"

OpenPage = Callable[..., Page]


class _Strict(http.server.BaseHTTPRequestHandler):
    """Answers everything with the sound page under a strict policy."""

    def do_GET(self) -> None:
        body = SOUND.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", STRICT)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Nothing to say."""


@pytest.fixture
def strict_url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Strict) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_sound_page_has_no_violation(page: OpenPage) -> None:
    tab = page(390)
    tab.set_content(SOUND)
    assert_accessible(tab)


def test_every_planted_fault_is_found(page: OpenPage) -> None:
    tab = page(1280)
    tab.set_content(FAULTY)
    assert {found.rule for found in axe_violations(tab)} >= PLANTED


def test_the_check_works_under_a_strict_policy_and_leaves_it_in_force(
    page: OpenPage, faults: Faults, strict_url: str
) -> None:
    tab = page(1280)
    tab.goto(strict_url)
    assert_accessible(tab)
    assert faults.seen == []
    tab.evaluate(
        "document.body.setAttribute('onclick', 'window.reached = 1'); document.body.click()"
    )
    assert tab.evaluate("window.reached") is None
    assert any(seen.startswith("policy:") for seen in faults.seen)
    faults.seen.clear()


def test_an_error_in_a_script_is_a_fault(page: OpenPage, faults: Faults) -> None:
    tab = page(1280)
    with tab.expect_event("pageerror"):
        tab.set_content("<script>throw new Error('planted')</script>")
    assert [seen for seen in faults.seen if "planted" in seen]
    faults.seen.clear()


@pytest.mark.parametrize("host", ["192.0.2.1", "style.example.org"])
def test_an_outside_address_is_a_fault_and_is_never_asked(
    page: OpenPage, faults: Faults, host: str
) -> None:
    tab = page(1280)
    with tab.expect_event("requestfailed") as failed:
        tab.set_content(f"<link rel=stylesheet href='http://{host}/style.css'>")
    assert "NAME_NOT_RESOLVED" in str(failed.value.failure)
    assert faults.seen == [f"outside address: http://{host}/style.css"]
    faults.seen.clear()


def test_a_page_has_the_width_asked_for(page: OpenPage) -> None:
    assert [page(width).evaluate("innerWidth") for width in (320, 390, 1920)] == [320, 390, 1920]


def test_a_server_runs_on_a_port_of_its_own_and_is_gone_afterwards(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "{port}")
    with running_portal(tmp_path, command=command, ready="/") as portal:
        assert portal.url.startswith("http://127.0.0.1:")
    assert portal.log.exists()


def test_a_server_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "raise SystemExit('port taken')")
    with pytest.raises(DidNotStart, match="port taken"), running_portal(tmp_path, command=command):
        pass
