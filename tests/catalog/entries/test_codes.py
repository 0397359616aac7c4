"""Codes are given once each, however many ask at the same time; categories carry their prefix."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from auth.models import Unit
from catalog.entries.models import Category, CodeSequence, Entry
from catalog.entries.rules import CODE
from catalog.entries.services.categories import ensure_category
from catalog.entries.services.codes import code_prefix, reserve_codes, take_code
from portal.kernel import clock
from portal.kernel.db import Base, Database, new_id
from portal.kernel.errors import Conflict
from tests.postgresql import drop_database

CITY = "370100"
PATH = ("部门信息资源", "市级部门", "市城乡水务局")
TABLES = [Unit.__table__, Category.__table__, CodeSequence.__table__, Entry.__table__]


def _create(database: Database) -> None:
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection, tables=TABLES)  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database with the tables of codes; both engines."""
    if request.param == "sqlite":
        made = f"sqlite:///{tmp_path}/codes.sqlite"
        database = Database(made)
        _create(database)
        database.close()
        yield made
        return
    server = make_url(os.environ["TEST_DATABASE_URL"]).set(drivername="postgresql+psycopg")
    name = "codes_test_" + new_id().replace("-", "")[:12]
    maker = Database(server.render_as_string(hide_password=False))
    admin = maker.engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    made = server.set(database=name).render_as_string(hide_password=False)
    database = Database(made)
    _create(database)
    database.close()
    yield made
    with admin.connect() as connection:
        drop_database(connection, name)
    maker.close()


def taken(url: str, number: int) -> list[str]:
    """So many codes and categories, each in a transaction of its own."""
    database = Database(url)
    found = []
    try:
        for turn in range(number):
            with database.writing() as session:
                category = ensure_category(session, (*PATH, f"第{turn % 3}类"))
                found.append(take_code(session, region_code=CITY, category=category))
                session.commit()
    finally:
        database.close()
    return found


def _checked(url: str, codes: list[str]) -> None:
    assert len(set(codes)) == len(codes)
    assert all(CODE.fullmatch(code) for code in codes)
    database = Database(url)
    with database.reading() as session:
        names = session.scalars(text("SELECT path FROM category")).all()
    database.close()
    assert len(names) == len(set(names)) == 6


def test_threads_never_get_the_same_code(url: str) -> None:
    _prepared(url)
    with ThreadPoolExecutor(4) as pool:
        codes = [c for part in pool.map(lambda _n: taken(url, 12), range(4)) for c in part]
    _checked(url, codes)


def test_processes_never_get_the_same_code(url: str) -> None:
    _prepared(url)
    with get_context("spawn").Pool(2) as pool:
        parts = pool.starmap(taken, [(url, 12)] * 2)
    _checked(url, [code for part in parts for code in part])


def _prepared(url: str) -> None:
    """The upper nodes of the tree are there before anybody takes a code, as after set-up."""
    taken(url, 0)
    database = Database(url)
    with database.writing() as session:
        ensure_category(session, PATH)
        session.commit()
    database.close()


def test_a_number_far_ahead_uses_up_no_category(url: str) -> None:
    database = Database(url)
    with database.writing() as session:
        reserve_codes(session, [(CITY, "307000/999999"), (CITY, "307000/000003")])
        _with_code(session, "307000/000004")
        _with_code(session, "307000/999999")
        assert take_code(session, region_code=CITY, category=None) == "307000/000005"
        session.execute(update(CodeSequence).values(last=999_997))
        assert take_code(session, region_code=CITY, category=None) == "307000/999998"
        with pytest.raises(Conflict, match="用完"):
            take_code(session, region_code=CITY, category=None)
        session.rollback()
    database.close()


def _with_code(session: Session, code: str) -> None:
    unit = Unit(name=f"示例单位{code}", region_code=CITY, kind="government")
    session.add(unit)
    session.flush()
    session.add(
        Entry(
            unit_id=unit.id,
            region_code=CITY,
            code=code,
            title=code,
            title_norm=code,
            title_key=code,
            metadata_changed_at=clock.now(),
            created_at=clock.now(),
        )
    )
    session.flush()


def test_a_code_that_a_file_brought_is_not_given_again(url: str) -> None:
    database = Database(url)
    with database.writing() as session:
        reserve_codes(session, [(CITY, "307000/000041"), (CITY, "307000/000039")])
        reserve_codes(session, [(CITY, "307000/000007")])
        assert take_code(session, region_code=CITY, category=None) == "307000/000042"
        assert take_code(session, region_code="370102", category=None) == "307000/000001"
        session.commit()
    database.close()


@pytest.mark.parametrize(
    ("prefix", "made"),
    [
        ("3", "300000"),
        ("1", "100000"),
        ("307", "307000"),
        ("30712", "307000"),
        ("307123", "307123"),
        ("3071230001", "3071230001"),
    ],
)
def test_a_missing_level_is_written_as_zeros(prefix: str, made: str) -> None:
    assert code_prefix(Category(prefix=prefix)) == made
    assert CODE.fullmatch(f"{made}/000001")


def test_a_path_is_found_again_and_grows_below(url: str) -> None:
    database = Database(url)
    with database.writing() as session:
        first = ensure_category(session, PATH)
        again = ensure_category(session, PATH)
        loose = ensure_category(session, ("没有类的路径",))
        assert first is not None
        assert again is not None
        assert loose is None, "a file may call anything a category"
        assert first.id == again.id
        assert [len(first.prefix), first.level, first.path] == [6, 3, "/".join(PATH)]
        assert ensure_category(session, ()) is None
        deep = ensure_category(session, (*PATH, *"一二三四五六七八"))
        assert deep is not None
        assert deep.level == 11
        assert len(deep.prefix) <= 16
        session.commit()
    database.close()


def test_the_upper_levels_are_known_in_whatever_way_they_are_written(url: str) -> None:
    database = Database(url)
    with database.writing() as session:
        written = ("部门信息资源", "省（自治区、直辖市）及其下各级政务部门")
        other = ("3 部门信息资源类", "07.省(自治区、直辖市)及其下各级政务部门 ")
        first, again = ensure_category(session, written), ensure_category(session, other)
        assert first is not None
        assert again is not None
        assert (first.id, first.prefix) == (again.id, "307")
        own = ensure_category(session, ("部门信息资源", "市级部门"))
        assert own is not None
        assert own.prefix == "309", "the numbers of the guide stay free"
        session.commit()
    database.close()
