"""An empty portal with three people, made once and copied by tests."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete

from auth.services import Identity, enrol, grant_role
from portal import app as portal_app
from portal.commands.setting_up import prepare
from portal.kernel.access import SYSTEM
from portal.kernel.outbox import OutboxRow
from portal.kernel.uow import unit_of_work
from tests.portal.kernel.outgoing import Listener
from tests.portal.pages.people import PEOPLE
from tests.portal.pages.site import Site
from tests.portal.pages.waiting import give_work
from tests.world import World, close, settings_in


@pytest.fixture(scope="session")
def quiet_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a portal with an operator, a reviewer and a citizen, and no entries."""
    folder = tmp_path_factory.mktemp("quiet")
    runtime = portal_app.open_runtime(settings_in(folder))
    prepare(runtime)
    with unit_of_work(runtime, SYSTEM) as uow:
        for name, role in PEOPLE.items():
            user = enrol(uow, Identity("local", name, name, name))
            uow.session.flush()
            if role is not None:
                grant_role(uow, user.id, role=role)
    with runtime.database.writing() as session:
        session.execute(delete(OutboxRow))
        session.commit()
    close(runtime)
    return folder


@pytest.fixture
def quiet_world(quiet_folder: Path, tmp_path: Path) -> Iterator[World]:
    """That portal, of this test alone."""
    folder = tmp_path / "data"
    shutil.copytree(quiet_folder, folder)
    runtime = portal_app.open_runtime(settings_in(folder))
    yield World(runtime, portal_app.create_app(runtime=runtime), {}, {})
    close(runtime)


@pytest.fixture
def busy(quiet_world: World) -> World:
    """A reviewer with tasks of all lights, one of them done, and one without limit."""
    give_work(quiet_world)
    return quiet_world


@pytest.fixture
def site(quiet_world: World) -> Site:
    """A quiet portal with the listener among its handlers."""
    listener = Listener(poisoned={"bad"})
    wired = {**quiet_world.runtime.handlers, "test.happened": (listener.handler(),)}
    runtime = replace(quiet_world.runtime, handlers=wired)
    return Site(World(runtime, portal_app.create_app(runtime=runtime), {}, {}), listener)
