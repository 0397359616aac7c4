"""The pages of the import, from sending a file to its report."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from catalog.entries.imports.models import ImportBatch, ImportUnit
from portal.kernel.access import Actor
from tests.catalog.entries.imports.office import Office
from tests.catalog.entries.imports.test_running import counts, file_of
from tests.catalog.entries.imports.visitors import Pages, pages_of


def sent(pages: Pages, path: Path) -> str:
    with path.open("rb") as stream:
        response = pages.post("/new", file=(BytesIO(stream.read()), path.name), region="370100")
    return str(response.headers["Location"].rsplit("/", 1)[1])


def examined(office: Office, pages: Pages, path: Path, actor: Actor) -> str:
    from catalog.entries.imports.jobs import examine_batch
    from tests.catalog.entries.imports.office import Context

    batch_id = sent(pages, path)
    examine_batch(Context(office.runtime, batch_id, actor))
    return batch_id


def test_a_file_is_sent_looked_at_confirmed_and_imported(office: Office, app: Flask) -> None:
    editor = office.person("editor")
    pages = pages_of(app, editor)
    path = file_of(office, {}, {"目录名称": "乙", "更新频率": "随缘"})
    batch_id = sent(pages, path)
    assert "正在读取" in pages.get(f"/{batch_id}")
    from catalog.entries.imports.jobs import examine_batch
    from tests.catalog.entries.imports.office import Context

    examine_batch(Context(office.runtime, batch_id, editor))
    page = pages.get(f"/{batch_id}")
    assert "确认导入" in page
    assert "更新频率" in page
    assert office.entries() == []
    pages.post(f"/{batch_id}/start")
    assert "正在导入" in pages.get(f"/{batch_id}")
    office.job(batch_id, editor)
    assert counts(office.batch(batch_id)) == (2, 0, 0, 0, 0)
    assert "再次导入" in pages.get(f"/{batch_id}")
    assert "停车场信息" in pages.get(f"/{batch_id}/rows?outcome=new")
    assert "随缘" in pages.get(f"/{batch_id}/problems")
    assert "随缘" in pages.get(f"/{batch_id}/problems.csv")
    assert "a.json" in pages.get("")
    response = pages.client.get(f"/catalog/imports/{batch_id}/returned")
    sheet = openpyxl.load_workbook(BytesIO(response.data)).worksheets[0]
    assert "更新频率" in str(sheet.cell(3, sheet.max_column).value)


def test_the_fragment_of_a_run_that_is_over_asks_for_the_whole_page(
    office: Office, app: Flask
) -> None:
    editor = office.person("editor")
    pages = pages_of(app, editor)
    batch_id = sent(pages, file_of(office, {}))
    fragment = pages.get(f"/{batch_id}", **{"HX-Request": "true"})
    assert "hx-get" in fragment
    assert "<html" not in fragment
    office.job(batch_id, editor)
    response = pages.client.get(f"/catalog/imports/{batch_id}", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (
        204,
        f"/catalog/imports/{batch_id}",
    )


def test_another_mapping_reads_the_file_again(office: Office, app: Flask) -> None:
    editor = office.person("editor")
    pages = pages_of(app, editor)
    batch_id = examined(office, pages, file_of(office, {"简注": "说明文字"}), editor)
    place = office.batch(batch_id).columns.index("简注")
    pages.post(f"/{batch_id}/mapping", **{f"column.{place}": "abstract", "column.0": "title"})
    assert office.batch(batch_id).overrides == {"简注": "abstract"}
    assert office.batch(batch_id).stage == "examining"


def test_units_are_settled_on_the_page(office: Office, app: Flask) -> None:
    reviewer = office.person("reviewer")
    pages = pages_of(app, reviewer)
    batch_id = examined(office, pages, file_of(office, {"提供部门": "市容园林局"}), reviewer)
    assert "市容园林局" in pages.get(f"/{batch_id}")
    with office.reading() as session:
        row = session.scalars(select(ImportUnit)).one()
    pages.post(f"/{batch_id}/units", **{f"unit.{row.id}": office.units["济南市城市管理局"]})
    assert "待确认的单位" not in pages.get(f"/{batch_id}")
    office.job(batch_id, reviewer)
    assert counts(office.batch(batch_id)) == (1, 0, 0, 0, 0)


UNKNOWN = ({}, {"目录名称": "乙", "提供部门": "某局"}, {"目录名称": "丙", "提供部门": "某局"})


def plain(page: str) -> str:
    """The words of a page without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_preview_tells_what_waits_for_units_to_be_confirmed(office: Office, app: Flask) -> None:
    reviewer = office.person("reviewer")
    pages = pages_of(app, reviewer)
    batch_id = examined(office, pages, file_of(office, *UNKNOWN), reviewer)
    page = plain(pages.get(f"/{batch_id}"))
    assert "文件共 3 行。确认导入后将是：" in page
    assert "新增 3 条" in page
    assert "其中 2 条属于待确认的 1 个单位" in page
    pages.post(f"/{batch_id}/start")
    office.job(batch_id, reviewer)
    page = plain(pages.get(f"/{batch_id}"))
    assert "文件共 3 行。结果如下：" in page
    assert "新增 1 条" in page
    assert "拒收 2 条" in page
    assert "2 条属于没有确认的 1 个单位" in page


def test_an_unfit_entry_of_an_unknown_unit_is_told_as_refused(office: Office) -> None:
    unfit = {"目录名称": "乙", "提供部门": "某局", "items": [{"name": "名" * 5000}]}
    _batch_id, outlook = office.examined(file_of(office, {}, unfit))
    own = {**unfit, "提供部门": "济南市教育局"}
    assert outlook.counts == office.examined(file_of(office, {}, own))[1].counts


def test_merged_rows_are_told_beside_the_figures(office: Office, app: Flask) -> None:
    editor = office.person("editor")
    pages = pages_of(app, editor)
    batch = office.bring_in(file_of(office, {}, {"数据格式": "csv"}), editor)
    page = plain(pages.get(f"/{batch.id}"))
    assert "文件共 2 行，其中 1 行与别的行合为一条。结果如下：" in page


def test_the_refused_rows_are_listed_with_their_reasons(office: Office, app: Flask) -> None:
    editor = office.person("editor")
    pages = pages_of(app, editor)
    records = ({"更新频率": "随缘"}, {"目录名称": "", "提供部门": ""}, {"提供部门": "某局"})
    batch = office.bring_in(file_of(office, *records), editor)
    every, refused = (
        pages.get(f"/{batch.id}/problems"),
        pages.get(f"/{batch.id}/problems?refused=1"),
    )
    assert "随缘" in every
    assert "随缘" not in refused
    assert "某局" in refused
    assert f"/catalog/imports/{batch.id}/problems?refused=1" in pages.get(f"/{batch.id}")
    fine = office.bring_in(file_of(office, {"更新频率": "随缘"}, name="b.json"), editor)
    assert "没有拒收的行" in pages.get(f"/{fine.id}/problems?refused=1")


def test_what_a_preview_refuses_is_among_its_problems(office: Office, app: Flask) -> None:
    stranger = office.person("editor", "济南市公安局")
    pages = pages_of(app, stranger)
    batch_id = examined(office, pages, file_of(office, {}), stranger)
    assert "拒收 1 条" in plain(pages.get(f"/{batch_id}"))
    assert "您不能为“济南市城市管理局”导入目录" in pages.get(f"/{batch_id}/problems?refused=1")
    office.job(batch_id, stranger)
    assert len(office.problems(batch_id)) == 1


def test_the_list_of_problems_streams_in_the_language_of_who_asks(
    office: Office, app: Flask
) -> None:
    editor = office.person("editor")
    pages = pages_of(app, editor)
    records = ({"目录名称": f"表{n}", "更新频率": "随缘"} for n in range(700))
    batch = office.bring_in(file_of(office, *records), editor)
    path = f"/catalog/imports/{batch.id}/problems.csv"
    with pages.client.get(path, buffered=False) as response:
        assert response.is_streamed
        lines = response.get_data().decode("utf-8-sig").splitlines()
    assert len(lines) == 701
    assert lines[0] == "行,列,值,原因"


def test_who_may_not_manage_units_enters_none(office: Office, app: Flask) -> None:
    editor = office.person("editor")
    pages = pages_of(app, editor)
    batch_id = examined(office, pages, file_of(office, {"提供部门": "某局"}), editor)
    pages.post(f"/{batch_id}/units", 403, step="enter")


def test_a_batch_is_not_found_by_other_units(office: Office, app: Flask) -> None:
    editor, other = office.person("editor"), office.person("editor", "济南市教育局")
    batch_id = sent(pages_of(app, editor), file_of(office, {}))
    pages = pages_of(app, other)
    for path in ("", "/rows", "/problems", "/problems.csv", "/missing", "/returned"):
        pages.get(f"/{batch_id}{path}", 404)
    for step in ("start", "stop", "mapping", "units"):
        pages.post(f"/{batch_id}/{step}", 404)
    assert "a.json" not in pages.get("")


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({}, "请选择要导入的文件"),
        ({"file": b""}, "空的"),
        ({"file": b"a,b", "region": "济南"}, "6 位数字"),
    ],
)
def test_a_wrong_form_comes_back_with_its_errors(
    office: Office, app: Flask, values: dict[str, Any], word: str
) -> None:
    pages = pages_of(app, office.person("editor"))
    if "file" in values:
        values = {**values, "file": (BytesIO(values["file"]), "a.csv")}
    assert word in pages.post("/new", 422, **values).get_data(as_text=True)


def test_an_import_can_be_stopped_before_it_begins(office: Office, app: Flask) -> None:
    pages = pages_of(app, office.person("editor"))
    batch_id = sent(pages, file_of(office, {}))
    pages.post(f"/{batch_id}/stop")
    assert office.batch(batch_id).stage == "cancelled"
    assert "已停止" in pages.get(f"/{batch_id}")
    pages.post(f"/{batch_id}/stop", 409)


def test_the_blank_form_and_empty_lists_are_served(office: Office, app: Flask) -> None:
    pages = pages_of(app, office.person("editor"))
    assert "还没有导入过" in pages.get("")
    response = pages.client.get("/catalog/imports/form.xlsx")
    assert openpyxl.load_workbook(BytesIO(response.data)).sheetnames[1] == "字典"


def test_lists_send_the_same_number_of_statements_for_few_and_many(
    office: Office, app: Flask
) -> None:
    from sqlalchemy import event

    editor = office.person("editor")
    pages = pages_of(app, editor)
    found: list[str] = []

    def statements(path: str) -> int:
        found.clear()
        pages.get(path)
        return len([s for s in found if not s.startswith("BEGIN")])

    event.listen(
        office.runtime.database.engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_rest: found.append(statement),
    )
    few = file_of(office, {}, name="few.json")
    many = file_of(office, *({"目录名称": f"表{n}"} for n in range(60)), name="many.json")
    one, two = office.bring_in(few, editor).id, office.bring_in(many, editor).id
    for path in ("", "/rows", "/problems", "/missing"):
        assert statements(f"/{one}{path}") == statements(f"/{two}{path}")
    before = statements("")
    for number in range(5):
        office.bring_in(file_of(office, {}, name=f"{number}.json"), editor)
    assert statements("") == before
    with office.reading() as session:
        assert len(session.scalars(select(ImportBatch)).all()) == 7


def test_the_mapping_shows_values_and_what_they_were_read_as(office: Office, app: Flask) -> None:
    editor = office.person("editor")
    pages = pages_of(app, editor)
    path = file_of(office, {"摘要": "城区公共停车场"}, {"目录名称": "乙", "更新频率": "随缘"})
    page = pages.get(f"/{examined(office, pages, path, editor)}")
    shown = re.findall(r"<td[^>]*data-th=\"列中的值\"[^>]*>(.*?)</td>", page, re.DOTALL)
    said = [" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in shown]
    assert said == [
        "停车场信息；乙",
        "济南市城市管理局",
        "每月；随缘 → 其他",
        "无条件开放",
        "xls",
        "名称|泊位",
        "城区公共停车场",
    ]


def test_the_results_show_what_no_field_has(office: Office, app: Flask) -> None:
    pages = pages_of(app, editor := office.person("editor"))
    batch = office.bring_in(file_of(office, {"更新时间": "昨天"}), editor)
    assert "原文：数据最近更新 昨天" in pages.get(f"/{batch.id}/rows")
