"""An empty portal with three people, made once and copied by tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from auth.services import Identity, enrol, grant_role
from portal import app as portal_app
from portal.commands.setting_up import prepare
from portal.kernel.access import SYSTEM
from portal.kernel.outbox import OutboxRow
from portal.kernel.uow import unit_of_work
from tests.world import World, close, settings_in

OPERATOR, REVIEWER, CITIZEN = "operator", "reviewer", "citizen"
PEOPLE = {OPERATOR: "administrator", REVIEWER: "reviewer", CITIZEN: None}


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
