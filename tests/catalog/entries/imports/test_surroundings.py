"""What the database knows of some drafts is found by its indexes, however much it holds."""

from typing import Any

import pytest
from sqlalchemy import event

from catalog.entries.imports import surroundings
from tests.catalog.entries.imports.office import Office
from tests.catalog.entries.imports.test_running import counts, file_of


@pytest.mark.parametrize(
    "by", [("unit_id", "title_norm"), ("unit_id", "source_key"), ("region_code", "code")]
)
def test_pairs_are_found_without_reading_the_whole_table(
    office: Office, by: tuple[str, str]
) -> None:
    if not office.runtime.database.is_sqlite:
        pytest.skip("PostgreSQL plans by the size of the table")
    said: list[tuple[str, Any]] = []

    def listen(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        said.append((statement, values))

    event.listen(office.runtime.database.engine, "before_cursor_execute", listen)
    with office.reading() as session:
        surroundings._find(session, {("a", "b"), ("c", "d")}, by=by)
        statement, values = next(pair for pair in said if "sought" in pair[0])
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        words = [row[3] for row in plan]
    assert any(word.startswith("SEARCH e USING INDEX") for word in words), words
    assert not any(word.startswith("SCAN e") for word in words), words


def test_signs_of_json_in_titles_and_codes_are_only_signs(office: Office) -> None:
    hostile = {"目录名称": '"],["x\\', "cata_id": "k\"'1"}
    office.bring_in(file_of(office, hostile))
    assert counts(office.bring_in(file_of(office, hostile))) == (0, 0, 1, 0, 0)
    again = file_of(office, {**hostile, "更新频率": "每年"}, name="b.json")
    assert counts(office.bring_in(again)) == (0, 1, 0, 0, 0)


def test_a_code_of_another_region_is_free_in_this_one(office: Office) -> None:
    code = {"信息资源代码": "3070120003/000027"}
    office.bring_in(file_of(office, code))
    district = {**code, "提供部门": "历下区教育局", "所属区县": "历下区"}
    office.bring_in(file_of(office, district))
    assert [entry.code for entry in office.entries()] == ["3070120003/000027"] * 2
