"""An invented city for the tests of units: who is where, who may what, entries of every kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from auth.services import add_former_name, create_unit
from auth.unit_data import UnitData
from catalog.departments.models import Representative
from catalog.departments.rules import Appointment
from catalog.departments.services import record_representative
from catalog.entries.models import Entry
from portal.kernel import clock
from portal.kernel.access import NOBODY, SYSTEM, Assignment, Person
from portal.kernel.db import new_id
from portal.kernel.runtime import Runtime
from portal.kernel.transitions import TransitionRow
from portal.kernel.uow import unit_of_work

NOW = datetime(2022, 11, 8, 2, 0, tzinfo=UTC)
WATER, OLD_WATER, BUREAU = "示例市城乡水务局", "示例市水利局", "示例市大数据局"
DISTRICT, DISTRICT_WATER, FIRM = "示例区人民政府", "示例区水务局", "示例科技公司"
UNITS: tuple[tuple[str, str, str, str | None], ...] = (
    (BUREAU, "370100", "government", None),
    (WATER, "370100", "government", None),
    (DISTRICT, "370102", "district", None),
    (DISTRICT_WATER, "370102", "government", DISTRICT),
    (FIRM, "370102", "enterprise", None),
)


@dataclass(frozen=True, slots=True)
class City:
    """Ids by name, and people by what they are."""

    runtime: Runtime
    units: dict[str, str]
    people: dict[str, Person] = field(default_factory=dict)

    def appoint(self, unit: str, **changes: Any) -> Representative:
        """A representative of the unit, recorded by the product itself."""
        replaces = changes.pop("replaces", None)
        with unit_of_work(self.runtime, SYSTEM) as uow:
            return record_representative(
                uow,
                unit_id=self.units[unit],
                appointment=appointment(**changes),
                replaces=replaces,
            )

    def publish(self, unit: str, number: int = 1, **changes: Any) -> list[str]:
        """Published entries as the tables hold them; gives their ids."""
        rows = [
            entry_values(self.units[unit], f"{changes.get('title', '目录')} {n}", changes)
            for n in range(number)
        ]
        with self.runtime.database.engine.begin() as connection:
            connection.execute(insert(Entry), rows)
            connection.execute(insert(TransitionRow), _step(rows[-1]["id"]))
        return [row["id"] for row in rows]

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.runtime.database.reading() as session:
            yield session

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """The statements sent inside the block."""
        engine, found = self.runtime.database.engine, []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith("BEGIN"):
                found.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield found
        finally:
            event.remove(engine, "before_cursor_execute", note)


def appointment(**changes: Any) -> Appointment:
    values: dict[str, Any] = {
        "name": "示例·漱玉",
        "post": "副局长",
        "office_phone": "0531-00000000",
        "appointing_document": "示例文号〔2021〕1号",
        "term_from": date(2021, 7, 1),
    }
    return Appointment(**{**values, **changes})


def entry_values(unit_id: str, title: str, changes: dict[str, Any]) -> dict[str, Any]:
    moment = clock.now()
    values = {
        "id": new_id(),
        "unit_id": unit_id,
        "region_code": "370100",
        "standing": "published",
        "title_norm": title,
        "title_key": title,
        "open_type": "unconditional",
        "share_type": "unconditional",
        "update_cycle": "monthly",
        "formats": ["csv"],
        "themes": [],
        "item_count": 1,
        "resource_count": 1,
        "data_updated_at": moment,
        "soon_at": moment + timedelta(days=20),
        "overdue_at": moment + timedelta(days=30),
        "metadata_changed_at": moment,
        "last_number": 1,
        "created_at": moment,
        "revision": 1,
    }
    return {**values, **changes, "title": title}


def _step(entry_id: str) -> dict[str, Any]:
    """What publishing leaves in the log of transitions."""
    return {
        "at": clock.now(),
        "workflow": "entry_standing",
        "subject_kind": "entry",
        "subject_id": entry_id,
        "transition": "appear",
        "from_state": "unpublished",
        "to_state": "published",
        "actor_name": "system",
        "comment": "",
    }


def build(runtime: Runtime) -> City:
    units: dict[str, str] = {}
    with unit_of_work(runtime, SYSTEM) as uow:
        for position, (name, region, kind, parent) in enumerate(UNITS):
            data = UnitData(
                name,
                region,
                kind,
                parent_id=units.get(parent or ""),
                position=position,
                duty=f"{name}的职责。",
                office_phone="0531-00000001",
                valid_from=date(2019, 1, 1),
            )
            unit = create_unit(uow, data)
            units[name] = unit.id
            if name == WATER:
                add_former_name(uow, unit, name=OLD_WATER, valid_to=date(2018, 12, 31))
    people = {
        "reviewer": _person("reviewer", units[BUREAU], "370100"),
        "editor": _person("editor", units[WATER], "370100"),
        "other": _person("editor", units[BUREAU], "370100"),
        "district": _person("district_administrator", units[DISTRICT], "370102"),
        "administrator": _person("administrator", units[BUREAU], "370100"),
        "enterprise": _person("enterprise", units[FIRM], "370102", government=False),
        "nobody": NOBODY,
    }
    return City(runtime, units, people)


def _person(role: str, unit_id: str, region: str, *, government: bool = True) -> Person:
    return Person(
        id=new_id(),
        name=f"示例·{role}",
        unit_id=unit_id,
        assignments=(Assignment(role, unit_id, region),),
        is_government=government,
        username=role,
    )
