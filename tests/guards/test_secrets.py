"""A planted secret is in no log line, no page, no refusal and no list of settings."""

import io
import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from portal import app as portal_app
from portal.commands.setting_up import check, init
from portal.kernel import logs
from portal.kernel.commands import Invocation
from portal.kernel.errors import PortalError
from portal.kernel.settings import Settings
from portal.web.sessions import COOKIE
from tests.portal.pages_of import pages
from tests.world import World, close, settings_in

KEY = "planted-secret-key-" + "q" * 32
CLIENT = "planted-client-secret-7f3"
PASSWORD = "planted/pass word@5"
WRITTEN = "planted%2Fpass%20word%405"
SETTINGS_SECRETS = (KEY, CLIENT, PASSWORD, WRITTEN)


def planted(folder: Path) -> Settings:
    """Settings that hold a secret wherever one may stand."""
    return replace(settings_in(folder), secret_key=KEY, oidc_client_secret=CLIENT)


def leaks(text: str, secrets: tuple[str, ...]) -> list[str]:
    """Which of the secrets stand in the text."""
    return [secret for secret in secrets if secret in text]


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """All that is logged, everything included."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.set_up(secrets=SETTINGS_SECRETS, stream=stream, level="DEBUG")
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def leaky(sample_folder: Path, tmp_path: Path) -> Iterator[World]:
    shutil.copytree(sample_folder, tmp_path / "data")
    runtime = portal_app.open_runtime(planted(tmp_path / "data"))
    yield World(runtime, portal_app.create_app(runtime=runtime), {}, {})
    close(runtime)


def test_no_page_and_no_log_line_holds_a_secret(leaky: World, told: io.StringIO) -> None:
    client, token = leaky.client("pipa"), leaky.token("pipa")
    cookie = client.get_cookie(COOKIE, domain="localhost")
    assert cookie is not None
    secrets = (*SETTINGS_SECRETS, cookie.value)
    found = {}
    for address in pages(leaky):
        for asker in (client, leaky.client()):
            wrong = leaks(asker.get(address).get_data(as_text=True), secrets)
            if wrong:
                found[address] = wrong
    assert found == {}
    for address in ("/no-such-page", "/search?q=%00", "/api/v1/entries?size=x"):
        assert leaks(client.get(address).get_data(as_text=True), (*secrets, token)) == [] or (
            not address.startswith("/api")  # a page holds the token of its own forms
        )
    answer = client.post("/sign-out", data={"_csrf": "wrong"})
    assert answer.status_code == 403
    client.post("/account/preferences", data={"_csrf": token, "language": "x", "scheme": "y"})
    logging.getLogger("portal").error("planted.error", extra={"password": PASSWORD, "url": WRITTEN})
    assert told.getvalue().count("\n") > 5
    assert leaks(told.getvalue(), (*secrets, token)) == []


def test_an_unforeseen_error_shows_and_logs_no_secret(
    leaky: World, told: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.pages.views import home

    for error in (
        RuntimeError(f"postgresql://portal:{WRITTEN}@db/portal {KEY}"),
        OperationalError(f"connect {PASSWORD}", {"key": KEY}, RuntimeError(CLIENT)),
    ):

        def fail(*_given: object, wrong: Exception = error, **_named: object) -> None:
            raise wrong

        monkeypatch.setattr(home, "render", fail)
        answer = leaky.client().get("/")
        assert answer.status_code in (500, 503)
        assert leaks(answer.get_data(as_text=True), SETTINGS_SECRETS) == []
    assert "request.failed" in told.getvalue()
    assert leaks(told.getvalue(), SETTINGS_SECRETS) == []


def test_the_list_of_settings_shows_no_secret(leaky: World) -> None:
    settings = replace(
        leaky.runtime.settings,
        database_url=f"postgresql://portal:{WRITTEN}@127.0.0.1:1/portal",
        search_url=f"http://elastic:{WRITTEN}@127.0.0.1:1",
    )
    runtime = replace(leaky.runtime, settings=settings)
    done = CliRunner().invoke(check, ["--settings"], obj=Invocation(lambda: runtime))
    assert done.exit_code == 0
    assert "PORTAL_SECRET_KEY" in done.output
    assert leaks(done.output, SETTINGS_SECRETS) == []


def test_a_database_that_refuses_us_is_told_without_its_password(tmp_path: Path) -> None:
    settings = replace(
        planted(tmp_path / "data"), database_url=f"postgresql://portal:{WRITTEN}@127.0.0.1:1/portal"
    )
    runtime = portal_app.open_runtime(settings)
    for command in (init, check):
        done = CliRunner().invoke(command, [], obj=Invocation(lambda: runtime))
        said = done.output + (
            str(done.exception.message) if isinstance(done.exception, PortalError) else ""
        )
        assert done.exit_code != 0
        assert said.strip()
        assert leaks(said, SETTINGS_SECRETS) == []
    runtime.database.close()


def test_a_leak_is_seen() -> None:
    assert leaks(f"Traceback … {KEY}", SETTINGS_SECRETS) == [KEY]
