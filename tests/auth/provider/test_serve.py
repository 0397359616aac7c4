"""The provider as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from auth.provider.personas import NEWCOMER, personas_of
from auth.provider.serve import listen
from auth.services import switch_user
from portal.kernel.db import Base, Database
from portal.kernel.errors import Unavailable
from portal.kernel.settings import Settings
from portal.kernel.uow import unit_of_work
from tests.auth.browser import plain_session
from tests.auth.city import City
from tests.auth.conftest import MODELS, free_ports

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def process(**environment: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "auth.provider"]
    started = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def test_the_process_serves_and_ends_cleanly_when_told(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    Base.metadata.create_all(database.engine, tables=[m.__table__ for m in MODELS])  # type: ignore[misc]
    database.close()
    port = free_ports()
    settings = {"PORTAL_DATA": str(tmp_path), "PORTAL_BIND": f"127.0.0.1:{port}"}
    with process(**settings) as running:
        assert running.stderr is not None
        assert "provider.serving" in running.stderr.readline()
        issuer = f"http://127.0.0.1:{port + 1}"
        with plain_session() as http:
            found = http.get(f"{issuer}/.well-known/openid-configuration", timeout=5).json()
        assert found["issuer"] == issuer
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0


def test_the_process_says_in_a_sentence_why_it_does_not_start(tmp_path: Path) -> None:
    settings = {"PORTAL_DATA": str(tmp_path), "PORTAL_OIDC_ISSUER": "https://id.example"}
    database = Database(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    Base.metadata.create_all(database.engine, tables=[m.__table__ for m in MODELS])  # type: ignore[misc]
    database.close()
    with process(**settings) as running:
        _out, words = running.communicate(timeout=20)
    assert running.returncode == 1
    assert "本机身份服务只供示例方式使用" in words
    assert "Traceback" not in words


def test_a_taken_port_is_a_sentence(settings: Settings, provider: Flask) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        bind = f"127.0.0.1:{taken.getsockname()[1] - 1}"
        with pytest.raises(Unavailable, match="不能监听"):
            listen(provider, replace(settings, bind=bind))


def test_an_ipv6_address_stands_in_brackets(settings: Settings, provider: Flask) -> None:
    port = settings.bind.rpartition(":")[2]
    try:
        server = listen(provider, replace(settings, bind=f"[::1]:{port}"))
    except Unavailable:
        pytest.skip("this machine has no IPv6")
    assert server.server_address[0] == "::1"
    server.server_close()


@pytest.mark.usefixtures("city")
def test_the_people_are_those_of_the_portals_tables_and_a_newcomer(city: City) -> None:
    with unit_of_work(city.runtime, city.person("admin")) as uow:
        switch_user(uow, city.users["citizen"], active=False)
    found = {each.username: each for each in personas_of(city.runtime.database)}
    assert "citizen" not in found
    assert [str(each) for each in found["chief"].about] == ["首席代表", "编目员"]
    assert found["chief"].unit_name == "市城乡水务局"
    assert found["newcomer"] == NEWCOMER
    assert list(found) == ["chief", "reviewer", "district", "admin", "newcomer"]


def test_the_newcomer_who_came_is_listed_once(city: City) -> None:
    from auth.services import Identity, enrol
    from portal.kernel.access import SYSTEM

    with unit_of_work(city.runtime, SYSTEM) as uow:
        enrol(uow, Identity("local", "newcomer", "newcomer", "示例·新访客"))
    found = [each.username for each in personas_of(city.runtime.database)]
    assert found.count("newcomer") == 1
