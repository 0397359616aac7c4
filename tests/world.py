"""The whole product for tests: migrated database, sample city, application, people signed in."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url, text

from auth import queries as auth_queries
from auth import sessions
from auth.models import User
from portal import app as portal_app
from portal import dispatcher
from portal.commands.setting_up import prepare
from portal.demo.load import load_sample
from portal.kernel.access import SYSTEM, Person
from portal.kernel.db import Database, new_id
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.kernel.uow import unit_of_work
from portal.web.sessions import COOKIE
from tests.postgresql import drop_database

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class World:
    """One portal of its own; what a test changes in it is gone afterwards."""

    runtime: Runtime
    app: Flask
    clients: dict[str, FlaskClient]
    tokens: dict[str, str]

    def person(self, username: str) -> Person:
        """One of the sample people, as an actor."""
        with self.runtime.database.reading() as session:
            return auth_queries.person_named(session, username)

    def client(self, username: str = NOBODY) -> FlaskClient:
        """A browser with the session of one of the sample people, or without one."""
        if username not in self.clients:
            client = self.app.test_client()
            if username != NOBODY:
                self._sign_in(client, username)
            self.clients[username] = client
        return self.clients[username]

    def token(self, username: str) -> str:
        """The token that state-changing requests of the person must carry."""
        self.client(username)
        return self.tokens[username]

    def settle(self) -> None:
        """Does all that the outbox holds, as the dispatcher would."""
        dispatcher.drain(self.runtime)

    def _sign_in(self, client: FlaskClient, username: str) -> None:
        person = self.person(username)
        with unit_of_work(self.runtime, SYSTEM) as uow:
            user = uow.lock(User, str(person.id))
            started = sessions.start(uow, user, browser=sessions.browser("", "127.0.0.1"))
            self.tokens[username] = started.session.csrf_secret
        client.set_cookie(COOKIE, started.raw_id, domain="localhost")


def settings_in(folder: Path) -> Settings:
    """The settings of a demo in a folder, without reading the environment."""
    return replace(
        Settings(),
        data=folder,
        secret_key="test-secret-key-" + "k" * 32,
        oidc_client_secret="test-client-secret",
        search_concurrent=0,
    )


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample data and its index, made once and copied by tests."""
    folder = tmp_path_factory.mktemp("sample")
    runtime = portal_app.open_runtime(settings_in(folder))
    prepare(runtime)
    load_sample(runtime)
    dispatcher.drain(runtime)
    close(runtime)
    return folder


@pytest.fixture
def world(sample_folder: Path, tmp_path: Path) -> Iterator[World]:
    """A portal with the sample data, of this test alone."""
    folder = tmp_path / "data"
    shutil.copytree(sample_folder, folder)
    yield from _opened(folder)


@pytest.fixture(scope="module")
def shared_world(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A portal with the sample data for tests that only read."""
    folder = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(sample_folder, folder)
    yield from _opened(folder)


@pytest.fixture
def empty_world(tmp_path: Path) -> Iterator[World]:
    """A portal with nothing in it."""
    runtime = portal_app.open_runtime(settings_in(tmp_path / "data"))
    prepare(runtime)
    close(runtime)
    yield from _opened(tmp_path / "data")


@pytest.fixture(scope="module")
def city_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The same product on PostgreSQL and Elasticsearch, by settings alone, with the sample data."""
    server = make_url(os.environ["TEST_DATABASE_URL"]).set(drivername="postgresql+psycopg")
    name = f"world_test_{new_id()[:8]}"
    maker = Database(server.render_as_string(hide_password=False))
    admin = maker.engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    settings = replace(
        settings_in(tmp_path_factory.mktemp("city")),
        database_url=server.set(database=name).render_as_string(hide_password=False),
        search_url=os.environ["TEST_SEARCH_URL"],
        search_prefix=name,
    )
    runtime = portal_app.open_runtime(settings)
    prepare(runtime)
    load_sample(runtime)
    dispatcher.drain(runtime)
    yield World(runtime, portal_app.create_app(runtime=runtime), {}, {})
    _drop_indices(settings)
    close(runtime)
    with admin.connect() as connection:
        drop_database(connection, name)
    maker.close()


def _drop_indices(settings: Settings) -> None:
    address = f"{settings.search_url}/{settings.search_prefix}*?expand_wildcards=all"
    names = requests.get(f"{address}&allow_no_indices=true", timeout=10).json()
    for name in names:
        requests.delete(f"{settings.search_url}/{name}", timeout=10)


def _opened(folder: Path) -> Iterator[World]:
    runtime = portal_app.open_runtime(settings_in(folder))
    yield World(runtime, portal_app.create_app(runtime=runtime), {}, {})
    close(runtime)


def close(runtime: Runtime) -> None:
    """Gives back the database and the index."""
    from search.parts import Search

    runtime.part(Search).engine.close()
    runtime.database.close()
