"""What journeys share: the browser of the browser tests, and a small city without entries."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from auth.services import Identity, create_unit, enrol, grant_role, place
from auth.unit_data import UnitData
from portal import app as portal_app
from portal.kernel.access import SYSTEM
from portal.kernel.settings import from_environment
from portal.kernel.uow import unit_of_work
from tests.browser.conftest import chromium, faults, page  # noqa: F401  fixtures
from tests.browser.server import Product, free_port
from tests.world import close

UNIT = "济南市城市管理局"
HEADER = ("目录名称", "提供部门", "摘要", "更新频率", "共享类型", "开放类型", "数据格式")
PEOPLE = {"bianji": "editor", "shenhe": "reviewer", "shimin": None}


def settle_people(product: Product) -> None:
    """One unit, an editor of it, a reviewer of the bureau and a citizen; no entry at all."""
    runtime = portal_app.open_runtime(from_environment(product.runtime_environment()))
    with unit_of_work(runtime, SYSTEM) as uow:
        unit = create_unit(uow, UnitData(UNIT, "370100", "government"))
        bureau = create_unit(uow, UnitData("济南市大数据局", "370100", "government"))
        for username, role in PEOPLE.items():
            user = enrol(uow, Identity("local", username, username, f"示例·{username}"))
            uow.session.flush()  # roles refer to the account
            if role is not None:
                own = unit.id if role == "editor" else bureau.id
                place(uow, user.id, unit_id=own)
                grant_role(uow, user.id, role=role, unit_id=own if role == "editor" else None)
    close(runtime)


def write_rows(path: Path, titles: list[str]) -> Path:
    """A file as the unit sends it, with one entry a row."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for title in titles:
            abstract = f"{title}的名称和位置。"
            writer.writerow((title, UNIT, abstract, "每月", "无条件共享", "无条件开放", "xls"))
    return path


@pytest.fixture(scope="session")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a prepared portal with people and no entries; made once, then copied."""
    product = Product(tmp_path_factory.mktemp("city") / "data", free_port())
    product.command("init")
    settle_people(product)
    return product.data


@pytest.fixture
def stopped(city_folder: Path, tmp_path: Path) -> Iterator[Product]:
    """That portal, of this test alone; what a test starts is stopped."""
    yield from copied(city_folder, tmp_path / "data")


def copied(source: Path, target: Path) -> Iterator[Product]:
    """A portal on a copy of a data folder, with no process running."""
    shutil.copytree(source, target)
    product = Product(target, free_port())
    yield product
    for name in reversed(list(product.running)):
        product.stop(name)
