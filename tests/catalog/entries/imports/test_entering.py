"""Units that only a file names are entered some at a time, whole, once, and after a break."""

import pytest
from sqlalchemy import event, func, select

from auth.models import Unit
from catalog.entries.imports import entering
from catalog.entries.imports.entering import ENTERED_AT_ONCE, enter_units
from catalog.entries.imports.models import ImportBatch, ImportUnit
from catalog.entries.imports.queries import waiting
from portal.kernel.access import SYSTEM
from portal.kernel.errors import NotFound, Refused
from portal.kernel.uow import unit_of_work
from tests.catalog.entries.imports.office import Office
from tests.catalog.entries.imports.test_running import counts, file_of

MANY = 3 * ENTERED_AT_ONCE + 1
ZONE = "示例风景名胜区"


def looked_at(office: Office, *records: dict[str, str]) -> str:
    titled = ({"目录名称": f"表{n}", **record} for n, record in enumerate(records))
    batch_id, _outlook = office.examined(file_of(office, *titled))
    return batch_id


def many(office: Office) -> str:
    return looked_at(office, *({"提供部门": f"第{n}局"} for n in range(MANY)))


def known(office: Office) -> int:
    with office.reading() as session:
        return int(session.scalar(select(func.count()).select_from(Unit)) or 0)


def left(office: Office, batch_id: str) -> int:
    with office.reading() as session:
        return waiting(session, batch_id).units


def test_many_units_are_entered_in_short_transactions(office: Office) -> None:
    batch_id, before = many(office), known(office)
    commits: list[int] = []
    event.listen(
        office.runtime.database.engine, "commit", lambda _connection: commits.append(known(office))
    )
    assert enter_units(office.runtime, SYSTEM, batch_id) == MANY
    grown = [after - first for first, after in zip([before, *commits], commits, strict=False)]
    assert max(grown) <= ENTERED_AT_ONCE
    assert (known(office) - before, left(office, batch_id)) == (MANY, 0)


def test_a_break_leaves_whole_units_and_the_next_run_enters_the_rest(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id, before = many(office), known(office)
    whole, calls = entering.create_unit, []

    def breaks(*given: object, **more: object) -> object:
        calls.append(1)
        if len(calls) == ENTERED_AT_ONCE + 5:
            raise KeyboardInterrupt
        return whole(*given, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(entering, "create_unit", breaks)
        with pytest.raises(KeyboardInterrupt):
            enter_units(office.runtime, SYSTEM, batch_id)
    assert known(office) - before == ENTERED_AT_ONCE
    assert left(office, batch_id) == MANY - ENTERED_AT_ONCE
    assert enter_units(office.runtime, SYSTEM, batch_id) == MANY - ENTERED_AT_ONCE
    assert (known(office) - before, left(office, batch_id)) == (MANY, 0)
    office.job(batch_id)
    assert counts(office.batch(batch_id)) == (MANY, 0, 0, 0, 0)


def test_units_of_one_zone_get_one_code_before_and_after_a_break(office: Office) -> None:
    batch_id = looked_at(
        office,
        {"提供部门": "管委会甲局", "所属区县": ZONE},
        {"提供部门": "管委会乙局", "所属区县": ZONE},
    )
    with office.reading() as session:
        first, second = session.scalars(select(ImportUnit.id).order_by(ImportUnit.position))
    assert enter_units(office.runtime, SYSTEM, batch_id, [first]) == 1
    assert enter_units(office.runtime, SYSTEM, batch_id, [second]) == 1
    with office.reading() as session:
        codes = select(Unit.region_code).where(Unit.name.like("管委会%"))
        assert len(set(session.scalars(codes))) == 1


def test_a_unit_that_somebody_has_entered_meanwhile_is_meant_not_doubled(office: Office) -> None:
    batch_id = looked_at(office, {"提供部门": "某局"}, {"提供部门": "另一局"})
    other = looked_at(office, {"提供部门": "某局"})
    assert enter_units(office.runtime, SYSTEM, other) == 1
    assert enter_units(office.runtime, SYSTEM, batch_id) == 1
    assert left(office, batch_id) == 0


def test_two_names_with_one_credit_code_are_one_unit(office: Office) -> None:
    code = "11370100004188888K"
    batch_id = looked_at(
        office,
        {"提供部门": "某局", "统一社会信用代码": code},
        {"提供部门": "某局（新）", "统一社会信用代码": code},
    )
    before = known(office)
    enter_units(office.runtime, SYSTEM, batch_id)
    assert (known(office) - before, left(office, batch_id)) == (1, 0)


def test_who_may_not_enter_units_of_a_region_enters_none(office: Office) -> None:
    editor = office.person("editor")
    path = file_of(office, {"提供部门": "第一局"})
    batch_id, _outlook = office.examined(path, editor)
    with unit_of_work(office.runtime, SYSTEM) as uow:
        uow.lock(ImportBatch, batch_id).created_by = editor.id
        uow.audit("test.changed", "import_batch", batch_id)
    before = known(office)
    with pytest.raises(Refused):
        enter_units(office.runtime, editor, batch_id)
    assert known(office) == before


def test_a_named_unit_that_is_not_there_is_not_found(office: Office) -> None:
    batch_id, other = looked_at(office, {"提供部门": "某局"}), looked_at(office, {"提供部门": "丙"})
    with office.reading() as session:
        of_other = session.scalar(select(ImportUnit.id).where(ImportUnit.batch_id == other))
    with pytest.raises(NotFound):
        enter_units(office.runtime, SYSTEM, batch_id, [str(of_other)])


def test_a_unit_chosen_meanwhile_is_left_as_chosen(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = looked_at(office, {"提供部门": "某局"})
    whole = entering.unit_index

    def chosen(session: object) -> object:
        with unit_of_work(office.runtime, SYSTEM) as uow:
            row = uow.session.scalars(select(ImportUnit)).one()
            row.unit_id = office.units["济南市教育局"]
        return whole(session)  # type: ignore[arg-type]

    monkeypatch.setattr(entering, "unit_index", chosen)
    assert enter_units(office.runtime, SYSTEM, batch_id) == 0
    with office.reading() as session:
        assert session.scalar(select(ImportUnit.unit_id)) == office.units["济南市教育局"]
