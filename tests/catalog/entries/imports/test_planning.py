"""Which entry a row means: matched, versioned, kept apart, refused."""

import json

import pytest
from sqlalchemy import select

from auth.models import Unit
from catalog.entries.imports import regions
from catalog.entries.imports.entering import enter_units
from catalog.entries.imports.models import ImportRow
from catalog.entries.imports.queries import units_of, waiting
from catalog.entries.imports.services import BatchOptions, choose_units, send_file
from catalog.entries.services.review import move_version
from catalog.entries.services.writing import create_entry, edit_entry
from portal.kernel.access import SYSTEM
from portal.kernel.errors import Invalid, Refused
from portal.kernel.uow import unit_of_work
from tests.catalog.entries.imports.office import Office
from tests.catalog.entries.imports.test_running import counts, file_of, named, publish


def test_a_file_becomes_drafts_of_its_units(office: Office) -> None:
    batch = office.bring_in(file_of(office, {}, {"提供部门": "济南市教育局"}))
    assert counts(batch) == (2, 0, 0, 0, 0)
    assert batch.stage == "done"
    entries = office.entries()
    assert {e.unit_id for e in entries} == {
        office.units["济南市城市管理局"],
        office.units["济南市教育局"],
    }
    assert all(e.standing == "unpublished" and e.batch_id == batch.id for e in entries)
    (version,) = office.versions(entries[0].id)
    document = json.loads(version.document)
    assert (version.status, version.batch_id, version.number) == ("draft", batch.id, 1)
    assert [item["name"] for item in document["items"]] == ["名称", "泊位"]
    assert all(item["id"] for item in document["items"])


def test_the_same_file_again_changes_nothing(office: Office) -> None:
    path = file_of(office, *named("甲", "乙", "丙"), {"目录名称": "甲", "更新频率": "每年"})
    first = office.bring_in(path)
    before = [(e.id, e.revision, e.metadata_changed_at) for e in office.entries()]
    second = office.bring_in(path)
    assert counts(first) == (4, 0, 0, 0, 0)
    assert counts(second) == (0, 0, 4, 0, 0)
    assert [(e.id, e.revision, e.metadata_changed_at) for e in office.entries()] == before


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2023.1-2 月公交客流", "2023.12 月公交客流", False),
        ("附表11.2 货运量", "附表1.12 货运量", False),
        ("C++ 培训", "C 培训", False),
        ("停车场　信息（新）", "停车场信息(新)", True),
    ],
)
def test_a_title_with_other_signs_is_another_entry(
    office: Office, one: str, other: str, same: bool
) -> None:
    office.bring_in(file_of(office, {"目录名称": one, "摘要": "一"}))
    batch = office.bring_in(file_of(office, {"目录名称": other, "摘要": "二"}))
    assert counts(batch)[:2] == ((0, 1) if same else (1, 0))
    said = "".join(office.problems(batch.id))
    assert (f"只差标点的目录《{one}》" in said) is not same
    again = office.bring_in(file_of(office, {"目录名称": one, "摘要": "一"}))
    assert counts(again)[:2] == ((0, 1) if same else (0, 0)), "its own entry says what it said"


def test_a_changed_row_makes_a_new_version_and_items_keep_their_ids(office: Office) -> None:
    office.bring_in(file_of(office, *named("甲", "乙")))
    entry = office.entries()[1]
    publish(office, entry)
    changed = {"目录名称": entry.title, "更新频率": "每年", "cata_items": "泊位|名称|地址"}
    batch = office.bring_in(file_of(office, changed, *named("乙")))
    assert counts(batch) == (0, 1, 1, 0, 0)
    old, new = office.versions(entry.id)
    assert (old.status, new.status, new.batch_id) == ("published", "draft", batch.id)
    before, after = json.loads(old.document), json.loads(new.document)
    assert after["update_cycle"] == "yearly"
    ids = {item["name"]: item["id"] for item in before["items"]}
    assert {i["name"]: i["id"] for i in after["items"] if i["name"] in ids} == ids


def test_what_people_changed_in_the_portal_stays_when_the_file_did_not(office: Office) -> None:
    path = file_of(office, {})
    office.bring_in(path)
    (entry,) = office.entries()
    (version,) = office.versions(entry.id)
    document = {**json.loads(version.document), "abstract": "手工补充"}
    with unit_of_work(office.runtime, SYSTEM) as uow:
        edit_entry(uow, entry_id=entry.id, document=document, revision=version.revision)
    assert counts(office.bring_in(path)) == (0, 0, 1, 0, 0)
    batch = office.bring_in(file_of(office, {"更新频率": "每年"}))
    assert counts(batch) == (0, 1, 0, 0, 0)
    (version,) = office.versions(entry.id)
    assert json.loads(version.document)["abstract"] == "手工补充"


def test_an_entry_made_by_hand_is_found_by_unit_and_title(office: Office) -> None:
    unit_id = office.units["济南市城市管理局"]
    with unit_of_work(office.runtime, SYSTEM) as uow:
        create_entry(uow, unit_id=unit_id, region_code="370100", document={"title": "停车场 信息"})
    batch = office.bring_in(file_of(office, {}))
    assert counts(batch) == (0, 1, 0, 0, 0)
    assert len(office.entries()) == 1


def test_an_entry_of_another_unit_is_never_taken(office: Office) -> None:
    office.bring_in(file_of(office, {"提供部门": "历下区教育局", "所属区县": "历下区"}))
    batch = office.bring_in(file_of(office, {"提供部门": "市中区教育局", "所属区县": "市中区"}))
    assert counts(batch) == (1, 0, 0, 0, 0)
    assert len(office.entries()) == 2


def test_the_own_key_finds_an_entry_whose_title_changed(office: Office) -> None:
    office.bring_in(file_of(office, {"cata_id": "k1"}))
    batch = office.bring_in(file_of(office, {"cata_id": "k1", "目录名称": "公共停车场"}))
    assert counts(batch) == (0, 1, 0, 0, 0)
    assert [entry.title for entry in office.entries()] == ["公共停车场"]


def test_possible_doubles_are_both_kept_and_marked(office: Office) -> None:
    batch = office.bring_in(file_of(office, {}, {"更新频率": "每年"}))
    assert counts(batch) == (2, 0, 0, 0, 0)
    assert any("可能重复" in problem for problem in office.problems(batch.id))
    with office.reading() as session:
        rows = session.scalars(select(ImportRow).order_by(ImportRow.seq)).all()
    assert [row.doubles for row in rows] == [["2"], ["1"]]


def test_a_code_of_the_guide_is_kept_when_it_is_free(office: Office) -> None:
    code = {"信息资源代码": "3070120003/000027"}
    office.bring_in(file_of(office, code))
    other = {**code, "目录名称": "另一个", "提供部门": "济南市教育局"}
    office.bring_in(file_of(office, other, name="b.json"))
    first, second = sorted(office.entries(), key=lambda entry: entry.code is None)
    assert (first.code, second.code) == ("3070120003/000027", None)
    document = json.loads(office.versions(second.id)[0].document)
    assert document["source_code"] == "3070120003/000027"


def test_units_are_found_by_code_former_name_and_district(office: Office) -> None:
    batch = office.bring_in(
        file_of(
            office,
            {"目录名称": "甲", "提供部门": "写错的名字", "资源提供方代码": "11370100004188946Y"},
            {"目录名称": "乙", "提供部门": "济南市市容局"},
            {"目录名称": "丙", "提供部门": "市教育局"},
            {"目录名称": "丙二", "提供部门": "教育局"},
            {"目录名称": "丁", "提供部门": "区教育局", "所属区县": "历下区"},
            {"目录名称": "戊", "提供部门": "历下区教育局"},
        )
    )
    assert counts(batch) == (6, 0, 0, 0, 0)
    by_title = {entry.title: entry.unit_id for entry in office.entries()}
    unit = office.units
    assert by_title == {
        "甲": unit["济南市城市管理局"],
        "乙": unit["济南市城市管理局"],
        "丙": unit["济南市教育局"],
        "丙二": unit["济南市教育局"],
        "丁": unit["历下区教育局"],
        "戊": unit["历下区教育局"],
    }


def test_an_unknown_unit_is_refused_and_never_guessed(office: Office) -> None:
    batch = office.bring_in(
        file_of(
            office,
            {"提供部门": "区教育局"},
            {"提供部门": "某局"},
            {"提供部门": "历下区教育局", "所属区县": "市中区"},
            {"提供部门": "区教育局", "所属区县": "余杭区"},
        )
    )
    assert counts(batch) == (0, 0, 0, 0, 4)
    told = office.problems(batch.id)
    assert ["区教育局" in told[0], "某局" in told[1], "余杭区" in told[3]] == [True] * 3


def test_a_missing_row_is_reported_and_nothing_is_withdrawn(office: Office) -> None:
    office.bring_in(file_of(office, *named("甲", "乙", "丙")))
    batch = office.bring_in(file_of(office, *named("甲", "乙")))
    assert batch.missing_count == 1
    assert len(office.entries()) == 3


def test_only_earlier_files_of_the_same_kind_tell_what_is_missing(office: Office) -> None:
    first = office.bring_in(file_of(office, *named("甲", "乙", "丙")))
    other = office.bring_in(file_of(office, {"目录名称": "丁", "关键字": "别的来源"}))
    again = office.bring_in(file_of(office, *named("甲", "乙", "丙")))
    assert [batch.missing_count for batch in (first, other, again)] == [0, 0, 0]


def test_a_file_of_a_region_that_does_not_exist_is_refused(office: Office) -> None:
    with pytest.raises(Invalid, match="999999"):
        office.bring_in(file_of(office, {}), region_code="999999")


def test_an_editor_imports_for_the_own_unit_only(office: Office) -> None:
    editor = office.person("editor", "济南市教育局")
    batch = office.bring_in(file_of(office, {}, {"提供部门": "济南市教育局"}), editor)
    assert counts(batch) == (1, 0, 0, 0, 1)
    assert "城市管理局" in office.problems(batch.id)[0]


def test_who_may_import_for_nobody_is_refused(office: Office) -> None:
    auditor = office.person("auditor")
    with pytest.raises(Refused):
        office.send(file_of(office, {}), auditor)


def test_rows_without_a_unit_get_the_unit_given(office: Office) -> None:
    path = file_of(office, {"提供部门": ""})
    batch = office.bring_in(path, default_unit_id=office.units["济南市公安局"])
    assert counts(batch) == (1, 0, 0, 0, 0)
    assert office.entries()[0].unit_id == office.units["济南市公安局"]


def test_an_entry_in_review_is_left_alone(office: Office) -> None:
    office.bring_in(file_of(office, {}))
    (entry,) = office.entries()
    with unit_of_work(office.runtime, SYSTEM) as uow:
        move_version(uow, version_id=str(entry.open_version_id), key="submit")
    batch = office.bring_in(file_of(office, {"更新频率": "每年"}))
    assert counts(batch) == (0, 0, 0, 0, 1)
    assert "正在审核" in office.problems(batch.id)[0]


def test_two_spellings_of_one_unit_are_two_rows_and_told_as_doubles(office: Office) -> None:
    path = file_of(
        office, {"提供部门": "市教育局"}, {"提供部门": "济南市教育局", "更新频率": "每年"}
    )
    batch = office.bring_in(path)
    assert counts(batch) == (2, 0, 0, 0, 0)
    assert any("已有同名目录" in problem for problem in office.problems(batch.id))
    assert counts(office.bring_in(path)) == (0, 0, 2, 0, 0)


def test_units_are_entered_or_chosen_and_the_import_goes_on(office: Office) -> None:
    path = file_of(office, {"提供部门": "某局"}, {"提供部门": "市容园林局"})
    batch_id, _outlook = office.examined(path)
    with office.reading() as session:
        first, second = units_of(session, batch_id, unknown=True)
    with unit_of_work(office.runtime, SYSTEM) as uow:
        choose_units(uow, batch_id, {second.id: office.units["济南市城市管理局"]})
    assert enter_units(office.runtime, SYSTEM, batch_id) == 1
    office.job(batch_id)
    assert counts(office.batch(batch_id)) == (2, 0, 0, 0, 0)
    with office.reading() as session:
        assert waiting(session, batch_id).units == 0
        assert session.scalar(select(Unit.region_code).where(Unit.name == first.name)) == "370100"


def test_a_zone_that_only_files_name_gets_a_code_and_keeps_it(office: Office) -> None:
    path = file_of(
        office,
        {"提供部门": "管委会办公室", "所属区县": "示例风景名胜区"},
        {"提供部门": "区府办", "所属区县": "余杭区"},
    )
    batch_id, _outlook = office.examined(path)
    assert enter_units(office.runtime, SYSTEM, batch_id) == 1
    office.job(batch_id)
    assert counts(office.batch(batch_id)) == (1, 0, 0, 0, 1)
    assert office.entries()[0].region_code == "370174"
    again = office.bring_in(path)
    assert counts(again) == (0, 0, 1, 0, 1)


def test_a_unit_that_was_chosen_once_is_not_asked_for_again(office: Office) -> None:
    path = file_of(office, {"提供部门": "市容园林局"})
    editor = office.person("editor")
    batch_id, _outlook = office.examined(path, editor)
    with office.reading() as session:
        (row,) = units_of(session, batch_id, unknown=True)
    with unit_of_work(office.runtime, editor) as uow:
        choose_units(uow, batch_id, {row.id: office.units["济南市城市管理局"]})
    second, _outlook = office.examined(path, editor)
    assert office.problems(second) == []
    other = office.person("editor", "济南市教育局")
    third, _outlook = office.examined(path, other)
    assert len(office.problems(third)) == 1


CODE, OTHER_CODE = "11370100004188946Y", "11370100MB2849537D"


def test_a_name_and_a_code_that_disagree_are_reported_and_the_code_wins(office: Office) -> None:
    wrong = {"提供部门": "济南市教育局", "资源提供方代码": CODE}
    path = file_of(office, wrong, {**wrong, "目录名称": "乙"})
    batch_id, _outlook = office.examined(path)
    assert len(office.problems(batch_id)) == 1
    batch = office.bring_in(path)
    (said,) = office.problems(batch.id)
    assert said.startswith("1 单位“济南市教育局”")
    assert "济南市城市管理局" in said
    assert {e.unit_id for e in office.entries()} == {office.units["济南市城市管理局"]}


@pytest.mark.parametrize("name", ["济南市城市管理局", "市城市管理局", "济南市市容局"])
def test_any_name_of_the_unit_agrees_with_its_code(office: Office, name: str) -> None:
    batch = office.bring_in(file_of(office, {"提供部门": name, "资源提供方代码": CODE}))
    assert office.problems(batch.id) == []


def test_a_code_that_is_not_the_units_own_is_reported(office: Office) -> None:
    batch = office.bring_in(
        file_of(office, {"提供部门": "济南市城市管理局", "资源提供方代码": OTHER_CODE})
    )
    (said,) = office.problems(batch.id)
    assert (CODE in said, OTHER_CODE in said, "已按名称" in said) == (True, True, True)


def test_a_second_name_that_the_unit_does_not_bear_is_kept_as_a_topic(office: Office) -> None:
    path = file_of(
        office,
        {"目录名称": "甲", "资源目录": "济南市大数据管理局", "主题": "交通"},
        {"目录名称": "乙", "资源目录": "济南市城市管理局"},
        {"目录名称": "丙", "资源目录": "济南市市容局"},
    )
    office.bring_in(path)
    found = {
        e.title: json.loads(office.versions(e.id)[0].document).get("source_topics")
        for e in office.entries()
    }
    assert found == {"甲": ["济南市大数据管理局", "交通"], "乙": None, "丙": None}
    assert counts(office.bring_in(path)) == (0, 0, 3, 0, 0)
    changed = file_of(office, {"目录名称": "甲", "资源目录": "济南市数据局", "主题": "交通"})
    assert counts(office.bring_in(changed)) == (0, 1, 0, 0, 0)


def test_the_returned_file_is_of_the_same_kind_as_the_one_sent(office: Office) -> None:
    office.bring_in(file_of(office, *named("甲", "乙")))
    batch = office.bring_in(file_of(office, {"目录名称": "甲", "导入问题": "请核对"}))
    assert batch.missing_count == 1


@pytest.mark.parametrize("code", ["999999", "379999", "37010", "３７０１００", ""])
def test_a_region_that_does_not_exist_is_refused_before_the_file_is_kept(
    office: Office, code: str
) -> None:
    folder = office.runtime.settings.file_folder
    actor, options = office.person("reviewer"), BatchOptions(region_code=code)
    with (
        file_of(office, {}).open("rb") as stream,
        pytest.raises(Invalid, match="没有行政区划代码"),
    ):
        send_file(office.runtime, actor, name="a.json", stream=stream, options=options)
    assert not [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("code", ["370100", "370102", "330100", "310000", "370174"])
def test_a_region_of_any_city_is_known(code: str) -> None:
    assert regions.is_known(code)


def test_who_may_not_enter_units_is_told_who_may(office: Office) -> None:
    path = file_of(office, {"提供部门": "某局"})
    for role, words in (("editor", "审核人确认新建"), ("reviewer", "请确认新建")):
        batch_id, _outlook = office.examined(path, office.person(role))
        (said,) = office.problems(batch_id)
        assert words in said
