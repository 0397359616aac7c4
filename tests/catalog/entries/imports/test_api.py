"""Imports by the API: the same as by the pages, refused alike, and as its description says."""

import json
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from sqlalchemy import event
from werkzeug.test import TestResponse

from catalog.entries.imports.entering import enter_units
from catalog.entries.imports.jobs import examine_batch
from catalog.entries.imports.models import ImportBatch
from portal.kernel.access import SYSTEM, Actor
from portal.web.api import open_api
from tests.catalog.entries.imports.office import Context, Office
from tests.catalog.entries.imports.test_running import RECORD, counts, file_of
from tests.catalog.entries.imports.visitors import TOKEN, pages_of

BASE = "/api/v1/imports"
ONE = f"{BASE}/{{batch_id}}"
NOWHERE = "00000000-0000-4000-8000-000000000000"  # written out: both workers of a run name one test


class Api:
    """The API as one person has it; every good answer is held against its description."""

    def __init__(self, office: Office, app: Flask, person: Actor) -> None:
        self.office, self.person = office, person
        self.client = pages_of(app, person).client
        self.described = open_api(app, title="t", version="1")

    def ask(
        self, method: str, path: str, body: Any = None, *, status: int = 200, **values: Any
    ) -> Any:
        headers = {"X-CSRF-Token": TOKEN, **values.pop("headers", {})}
        if body is not None:
            values["json"] = body
        response = self.client.open(f"{BASE}{path}", method=method, headers=headers, **values)
        assert response.status_code == status, response.get_data(as_text=True)[:1000]
        self._as_described(response, method, path)
        return response.get_json()

    def _as_described(self, response: TestResponse, method: str, path: str) -> None:
        parts = path.partition("?")[0].strip("/").split("/")
        named = ["{batch_id}" if len(part) == 36 else part for part in parts if part]
        operation = self.described["paths"]["/".join([BASE, *named])][method.lower()]
        responses = operation["responses"]
        status = str(response.status_code)
        content = (responses[status] if status in responses else responses["default"])["content"]
        kind, said = next(iter(content.items()))
        assert response.content_type.startswith(kind)
        whole = {**said["schema"], "components": self.described["components"]}
        OAS31Validator(whole).validate(response.get_json())

    def send(self, *records: dict[str, Any]) -> str:
        content = json.dumps([{**RECORD, **record} for record in records]).encode()
        made = self.ask("POST", "?name=a.json", status=201, data=content)
        return str(made["id"])

    def examined(self, *records: dict[str, Any]) -> str:
        batch_id = self.send(*records)
        self.examine(batch_id)
        return batch_id

    def examine(self, batch_id: str) -> None:
        examine_batch(Context(self.office.runtime, batch_id, self.person))


def test_the_whole_way_of_a_file(office: Office, app: Flask) -> None:
    api = Api(office, app, office.person("editor"))
    batch_id = api.send({}, {"目录名称": "乙", "更新频率": "随缘"})
    sent = api.ask("GET", f"/{batch_id}")
    assert (sent["stage"], sent["actions"], sent["expected"]) == ("examining", ["stop"], None)
    api.examine(batch_id)
    seen = api.ask("GET", f"/{batch_id}")
    assert (seen["stage"], seen["actions"]) == ("examined", ["mapping", "units", "start"])
    assert seen["expected"]["new"] == seen["expected"]["read"] == 2
    assert {"source": "目录名称", "field": "title", "confidence": 1.0} in seen["columns"]
    assert api.ask("POST", f"/{batch_id}/start", {})["stage"] == "importing"
    office.job(batch_id, api.person)
    done = api.ask("GET", f"/{batch_id}")
    assert (done["stage"], done["counts"]["new"], done["problems"]) == ("done", 2, 1)
    rows = api.ask("GET", f"/{batch_id}/rows?outcome=new&size=1&page=2")
    assert (rows["total"], [row["title"] for row in rows["rows"]]) == (2, ["乙"])
    assert api.ask("GET", f"/{batch_id}/problems?refused=true")["total"] == 0
    (problem,) = api.ask("GET", f"/{batch_id}/problems")["problems"]
    assert (problem["row"], problem["column"], problem["value"]) == (2, "更新频率", "随缘")
    for link in done["links"].values():
        assert api.client.get(link).status_code == 200
    listed = api.ask("GET", "")
    assert [row["id"] for row in listed["imports"]] == [batch_id]


def test_a_file_may_be_a_part_of_a_form(office: Office, app: Flask) -> None:
    api = Api(office, app, office.person("editor"))
    content = BytesIO(json.dumps([RECORD]).encode())
    made = api.ask(
        "POST",
        "?region=370100",
        status=201,
        data={"file": (content, "目录.json")},
        content_type="multipart/form-data",
    )
    assert (made["file_name"], made["region_code"]) == ("目录.json", "370100")


def test_the_region_of_a_file_opens_it_to_no_stranger(office: Office, app: Flask) -> None:
    api = Api(office, app, office.person("editor"))
    sent = {"data": {"file": (BytesIO(b"[]"), "a.json")}, "content_type": "multipart/form-data"}
    assert "region" in api.ask("POST", "?region=370102", status=422, **sent)["fields"]


@pytest.mark.parametrize(
    ("query", "values", "field"),
    [
        ("", {"data": b"a,b"}, "name"),
        ("?name=a.csv", {"data": b""}, None),
        ("?name=a.csv&region=37", {"data": b"a"}, "region"),
        ("?name=a.csv&unit=nobody", {"data": b"a"}, "unit"),
        (f"?name=a.csv&unit={NOWHERE}", {"data": b"a"}, "unit"),
        ("?name=a.csv&colour=red", {"data": b"a"}, "colour"),
        ("", {"data": {"name": "a.csv"}}, None),
    ],
)
def test_a_wrong_sending_is_refused_where_it_is_wrong(
    office: Office, app: Flask, query: str, values: dict[str, Any], field: str | None
) -> None:
    api = Api(office, app, office.person("editor"))
    refused = api.ask("POST", query, status=422, **values)
    assert field is None or field in refused["fields"]
    assert api.ask("GET", "")["total"] == 0


def test_a_form_without_the_file_is_refused(office: Office, app: Flask) -> None:
    api = Api(office, app, office.person("editor"))
    for name in ("other", "file"):
        part = (BytesIO(b"a"), "a.csv" if name == "other" else "")
        refused = api.ask("POST", "", status=422, data={name: part})
        assert "file" in refused["fields"]


def test_a_file_that_is_too_large_is_refused(
    office: Office, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(office.runtime.settings, "upload_bytes", 1000)
    api = Api(office, app, office.person("editor"))
    api.ask("POST", "?name=a.csv", status=422, data=b"x" * 1001)


def test_nothing_is_changed_without_the_token(office: Office, app: Flask) -> None:
    api = Api(office, app, office.person("editor"))
    batch_id = api.examined({})
    for method, path in (
        ("POST", "?name=a.csv"),
        ("PUT", f"/{batch_id}/mapping"),
        ("POST", f"/{batch_id}/units"),
        ("POST", f"/{batch_id}/start"),
        ("POST", f"/{batch_id}/stop"),
    ):
        api.ask(method, path, {}, status=403, headers={"X-CSRF-Token": "another"})
    assert api.ask("GET", f"/{batch_id}")["stage"] == "examined"


def test_who_may_not_import_gets_nothing(office: Office, app: Flask) -> None:
    auditor = Api(office, app, office.person("auditor"))
    auditor.ask("GET", "", status=403)
    auditor.ask("POST", "?name=a.csv", status=403, data=b"a")
    nobody = app.test_client().get(BASE)
    assert nobody.status_code == 401


def test_a_batch_is_not_found_by_other_units(office: Office, app: Flask) -> None:
    batch_id = Api(office, app, office.person("editor")).examined({})
    other = Api(office, app, office.person("editor", "济南市教育局"))
    for path in ("", "/units", "/rows", "/problems", "/missing"):
        other.ask("GET", f"/{batch_id}{path}", status=404)
    other.ask("PUT", f"/{batch_id}/mapping", {"columns": {}}, status=404)
    other.ask("POST", f"/{batch_id}/units", {}, status=404)
    other.ask("POST", f"/{batch_id}/start", {}, status=404)
    other.ask("POST", f"/{batch_id}/stop", status=404)
    assert other.ask("GET", "")["total"] == 0


def test_another_mapping_reads_the_file_again(office: Office, app: Flask) -> None:
    api = Api(office, app, office.person("editor"))
    batch_id = api.examined({"简注": "说明文字"})
    body = {"columns": {"简注": "abstract", "数据格式": ""}}
    assert api.ask("PUT", f"/{batch_id}/mapping", body)["stage"] == "examining"
    api.examine(batch_id)
    columns = {c["source"]: c["field"] for c in api.ask("GET", f"/{batch_id}")["columns"]}
    assert (columns["简注"], columns["数据格式"], columns["目录名称"]) == (
        "abstract",
        None,
        "title",
    )


@pytest.mark.parametrize("columns", [{"没有这列": "title"}, {"目录名称": "no_such"}, {"": "title"}])
def test_a_mapping_to_what_is_not_there_is_refused_at_once(
    office: Office, app: Flask, columns: dict[str, str]
) -> None:
    api = Api(office, app, office.person("editor"))
    batch_id = api.examined({})
    api.ask("PUT", f"/{batch_id}/mapping", {"columns": columns}, status=422)
    assert api.ask("GET", f"/{batch_id}")["stage"] == "examined"


def test_the_fields_of_a_mapping_are_listed(office: Office, app: Flask) -> None:
    api = Api(office, app, office.person("editor"))
    found = {row["name"]: row["label"] for row in api.ask("GET", "/fields")["fields"]}
    assert found["unit"] == "提供单位"
    assert "items.name" in found


def test_a_file_whose_title_is_not_found_can_be_told_which_column_it_is(
    office: Office, app: Flask
) -> None:
    api = Api(office, app, office.person("editor"))
    content = "甲列,提供部门\n停车场,济南市城市管理局\n公厕,济南市城市管理局\n".encode()
    batch_id = api.ask("POST", "?name=a.csv", status=201, data=content)["id"]
    with pytest.raises(Exception, match="没有找到目录名称"):
        api.examine(batch_id)
    failed = api.ask("GET", f"/{batch_id}")
    assert (failed["stage"], failed["actions"]) == ("failed", ["mapping", "units", "start"])
    assert [column["source"] for column in failed["columns"]] == ["甲列", "提供部门"]
    assert "甲列" in pages_of(app, api.person).get(f"/{batch_id}")
    api.ask("PUT", f"/{batch_id}/mapping", {"columns": {"甲列": "title"}})
    api.examine(batch_id)
    assert api.ask("GET", f"/{batch_id}")["expected"]["new"] == 2


def test_what_waits_for_units_is_counted(office: Office, app: Flask) -> None:
    bureau = Api(office, app, office.person("reviewer"))
    batch_id = bureau.examined({"目录名称": "甲", "提供部门": "某局"}, {"提供部门": "某局"}, {})
    told = bureau.ask("GET", f"/{batch_id}")
    assert (told["expected"]["new"], told["waiting"]) == (3, {"units": 1, "records": 2})
    enter_units(office.runtime, SYSTEM, batch_id)
    told = bureau.ask("GET", f"/{batch_id}")
    assert (told["waiting"], told["unknown_units"]) == ({"units": 0, "records": 0}, 0)


def test_units_are_chosen_and_entered(office: Office, app: Flask) -> None:
    bureau = Api(office, app, office.person("reviewer"))
    batch_id = bureau.examined({"提供部门": "市容园林局"}, {"提供部门": "某局"})
    waiting = bureau.ask("GET", f"/{batch_id}/units")
    assert (waiting["waiting"], len(waiting["units"])) == (2, 2)
    ids = {row["name"]: row["id"] for row in waiting["units"]}
    unit_id = office.units["济南市城市管理局"]
    body = {"choices": {ids["市容园林局"]: unit_id}}
    assert bureau.ask("POST", f"/{batch_id}/units", body)["unknown_units"] == 1
    (known,) = bureau.ask("GET", f"/{batch_id}/units?waiting=false")["units"]
    assert (known["name"], known["unit_id"]) == ("市容园林局", unit_id)
    editor = Api(office, app, office.person("editor"))
    own = editor.examined({"提供部门": "某局"})
    (row,) = editor.ask("GET", f"/{own}/units")["units"]
    editor.ask("POST", f"/{own}/units", {"enter": [row["id"]]}, status=403)
    entered = bureau.ask("POST", f"/{batch_id}/units", {"enter": [ids["某局"]]})
    assert entered["unknown_units"] == 0
    administrator = Api(office, app, office.person("administrator"))
    administrator.ask("GET", f"/{batch_id}", status=403)


@pytest.mark.parametrize("body", [{"enter": [NOWHERE]}, {"choices": {NOWHERE: NOWHERE}}])
def test_units_that_the_file_does_not_name_are_not_found(
    office: Office, app: Flask, body: dict[str, Any]
) -> None:
    bureau = Api(office, app, office.person("reviewer"))
    bureau.ask("POST", f"/{bureau.examined({})}/units", body, status=404)


def test_only_who_may_publish_publishes_by_importing(office: Office, app: Flask) -> None:
    editor = Api(office, app, office.person("editor"))
    batch_id = editor.examined({})
    editor.ask("POST", f"/{batch_id}/start", {"publish": True}, status=403)
    bureau = Api(office, app, office.person("reviewer"))
    assert bureau.ask("POST", f"/{batch_id}/start", {"publish": True})["publish"] is True
    office.job(batch_id, bureau.person)
    assert office.batch(batch_id).published_count == 1


def test_a_running_import_is_stopped_once_and_not_started_twice(office: Office, app: Flask) -> None:
    api = Api(office, app, office.person("editor"))
    batch_id = api.examined({})
    api.ask("POST", f"/{batch_id}/start", {})
    api.ask("POST", f"/{batch_id}/start", {}, status=409)
    api.ask("PUT", f"/{batch_id}/mapping", {"columns": {}}, status=409)
    assert api.ask("POST", f"/{batch_id}/stop")["stage"] == "cancelled"
    api.ask("POST", f"/{batch_id}/stop", status=409)


def test_what_a_newer_file_lacks_is_listed(office: Office, app: Flask) -> None:
    api = Api(office, app, office.person("editor"))
    office.bring_in(file_of(office, {"目录名称": "甲"}, {"目录名称": "乙"}), api.person)
    batch = office.bring_in(file_of(office, {"目录名称": "甲"}), api.person)
    assert counts(batch) == (0, 0, 1, 0, 0)
    missing = api.ask("GET", f"/{batch.id}/missing")
    assert (missing["total"], missing["entries"][0]["title"]) == (1, "乙")


@pytest.mark.parametrize("query", ["page=0", "page=x", "size=101", "size=0", "page=10001"])
def test_pages_are_bounded(office: Office, app: Flask, query: str) -> None:
    api = Api(office, app, office.person("editor"))
    batch_id = api.examined({})
    for path in ("/rows", "/problems", "/missing"):
        api.ask("GET", f"/{batch_id}{path}?{query}", status=422)
    api.ask("GET", f"/{batch_id}/rows?outcome=merged", status=422)


def test_the_database_is_asked_as_often_for_many_rows_as_for_few(
    office: Office, app: Flask
) -> None:
    api = Api(office, app, office.person("editor"))
    few = office.bring_in(file_of(office, {}, name="few.json"), api.person)
    records = [{"目录名称": f"表{n}", "更新频率": "随缘"} for n in range(60)]
    many = office.bring_in(file_of(office, *records, name="many.json"), api.person)
    said: list[str] = []
    event.listen(
        office.runtime.database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: said.append(statement),
    )
    for path in ("", "/units", "/rows", "/problems", "/missing"):
        counted = []
        for batch in (few, many):
            said.clear()
            api.ask("GET", f"/{batch.id}{path}")
            counted.append(len(said))
        assert counted[0] == counted[1], path


SECRET = json.dumps("绝不外传")[1:-1]


def test_a_secret_row_is_only_a_number(office: Office, app: Flask) -> None:
    api = Api(office, app, office.person("editor"))
    batch_id = api.examined({"目录名称": "绝不外传", "是否涉密": "是"}, {"是否涉密": "否"})
    api.ask("POST", f"/{batch_id}/start", {}, status=403)
    with office.reading() as session:
        assert session.get_one(ImportBatch, batch_id).file_id is None, "the sent file is gone"
    folder = office.runtime.settings.file_folder
    found = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert not [words for words in ("绝不外传", SECRET) if words.encode() in found]
    (problem,) = api.ask("GET", f"/{batch_id}/problems")["problems"]
    assert (problem["row"], problem["secret"], problem["refused"]) == (1, True, True)
    whole = [api.ask("GET", f"/{batch_id}{path}") for path in ("", "/rows", "/problems")]
    assert "绝不外传" not in json.dumps(whole, ensure_ascii=False)


def test_the_description_is_valid(office: Office, app: Flask) -> None:
    described = Api(office, app, office.person("editor")).described
    validate(described)
    paths = {path for path in described["paths"] if path.startswith(BASE)}
    assert f"{ONE}/missing" in paths
    assert len(paths) == 10
