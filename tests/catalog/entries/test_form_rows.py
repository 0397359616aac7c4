"""Rows of the form without script: other providing units by name, parameters of an interface."""

import re
from html import unescape
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from auth import queries as auth_queries
from auth.services import create_unit
from auth.unit_data import UnitData
from catalog.entries.merging import THEIRS
from portal.kernel.access import SYSTEM
from portal.kernel.uow import unit_of_work
from tests.catalog.entries import making
from tests.portal.markup import faults
from tests.world import World

NEW = "/catalog/entries/new"
CIVIL, HEALTH = "济南市民政局", "济南市卫生健康委员会"
INTERFACE: dict[str, Any] = {
    "kind": "api",
    "name": "逐日水位接口",
    "inputs": [{"name": "day", "position": "query", "type": "date", "required": True}],
    "outputs": [{"name": "level", "description": "水位，米"}],
}


def _send(world: World, path: str, form: Any) -> TestResponse:
    sent = MultiDict(form)
    sent["_csrf"] = world.token("jinxian")
    return world.client("jinxian").post(path, data=sent)


def _pairs(document: dict[str, Any]) -> list[tuple[str, str]]:
    return list(making.as_form(document).items(multi=True))


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)
    assert found is not None, name
    return unescape(found[1])


def _unit(world: World, name: str) -> str:
    with world.runtime.database.reading() as session:
        return auth_queries.the_unit(session, name).id


def _saved(world: World, response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 303, response.get_data(as_text=True)
    entry_id = response.headers["Location"].rpartition("/")[2]
    body = world.client("jinxian").get(f"/api/v1/entries/{entry_id}").get_json()
    found: dict[str, Any] = body["document"]
    return found


def test_units_are_chosen_by_name_and_kept_by_id(office: World) -> None:
    page = office.client("jinxian").get(NEW).get_data(as_text=True)
    assert faults(page) == []
    assert f'<option value="{CIVIL}">' in page
    assert 'list="providers-options"' in page
    names = [("providers.0", CIVIL), ("providers.1", " "), ("providers.2", f"{HEALTH}（济南市）")]
    document = _saved(office, _send(office, NEW, [*_pairs(making.DOCUMENT), *names]))
    assert document["providers"] == [_unit(office, CIVIL), _unit(office, HEALTH)]


def test_a_name_given_twice_is_one_unit(office: World) -> None:
    names = [("providers.0", CIVIL), ("providers.1", CIVIL)]
    document = _saved(office, _send(office, NEW, [*_pairs(making.DOCUMENT), *names]))
    assert document["providers"] == [_unit(office, CIVIL)]


def test_a_name_that_is_not_known_is_told_at_its_row_and_stays(office: World) -> None:
    typed = [("providers.0", CIVIL), ("providers.1", "没有这个<局>"), ("providers.2", "民政")]
    response = _send(office, NEW, [*_pairs(making.DOCUMENT), *typed])
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert faults(page) == []
    for number, (name, words) in enumerate(typed):
        assert _value(page, name) == words, number
    assert 'href="#f-providers.0"' not in page
    assert 'href="#f-providers.1"' in page
    assert "没有叫“没有这个&lt;局&gt;”的单位" in page
    assert "名称里有这几个字的有：" in page
    assert "编号的格式不对" not in page
    assert "1 处错误" not in page
    assert "2 处错误" in page


def test_a_name_of_several_units_is_asked_for_with_its_region(office: World) -> None:
    with unit_of_work(office.runtime, SYSTEM) as uow:
        for region in ("370102", "370103"):
            create_unit(uow, UnitData(name="城管示例队", region_code=region, kind="institution"))
    response = _send(office, NEW, [*_pairs(making.DOCUMENT), ("providers.0", "城管示例队")])
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "有 2 个单位叫“城管示例队”：城管示例队（历下区）、城管示例队（市中区）" in page
    told = [*_pairs(making.DOCUMENT), ("providers.0", "城管示例队（市中区）")]
    assert len(_saved(office, _send(office, NEW, told))["providers"]) == 1


def test_the_own_unit_and_unknown_ids_are_refused(office: World) -> None:
    own = office.person("jinxian").unit_id
    with office.runtime.database.reading() as session:
        name = auth_queries.unit(session, str(own)).name
    response = _send(office, NEW, [*_pairs(making.DOCUMENT), ("providers.0", name)])
    assert response.status_code == 422
    assert "本单位已经是提供方" in response.get_data(as_text=True)
    nobody = "00000000-0000-4000-8000-000000000000"
    refused = office.client("jinxian").post(
        "/api/v1/entries",
        json={"document": {**making.DOCUMENT, "providers": [nobody]}},
        headers={"X-CSRF-Token": office.token("jinxian")},
    )
    assert refused.status_code == 422
    assert nobody in refused.get_json()["fields"]["providers.0"][0]


def test_rows_of_units_are_added_and_removed_without_script(office: World) -> None:
    typed = [*_pairs(making.DOCUMENT), ("providers.0", CIVIL), ("providers.1", "打了一")]
    more = _send(office, NEW, [*typed, ("_add", "providers")])
    page = more.get_data(as_text=True)
    assert more.status_code == 200
    assert [_value(page, f"providers.{n}") for n in range(3)] == [CIVIL, "打了一", ""]
    assert re.search(r'name="providers\.2"[^>]* autofocus', page)
    less = _send(office, NEW, [*typed, ("_remove", "providers.0")]).get_data(as_text=True)
    assert _value(less, "providers.0") == "打了一"
    assert 'name="providers.1"' not in less


def test_parameters_are_filled_in_added_and_removed_without_script(office: World) -> None:
    document = {**making.DOCUMENT, "resources": [INTERFACE]}
    more = _send(office, NEW, [*_pairs(document), ("_add", "resources.0.inputs")])
    page = more.get_data(as_text=True)
    assert faults(page) == []
    assert _value(page, "resources.0.inputs.0.name") == "day"
    assert re.search(r'name="resources\.0\.inputs\.1\.name" value=""[^>]* autofocus', page)
    opened = page[page.index('id="s-resources"') :]
    assert len(re.findall("<details [^>]*open>", opened)) == 2
    typed = [*_pairs(document), ("resources.0.inputs.1.name", "station")]
    typed += [("resources.0.inputs.1.required", "0"), ("_remove", "resources.0.outputs.0")]
    less = _send(office, NEW, typed).get_data(as_text=True)
    assert _value(less, "resources.0.inputs.1.name") == "station"
    assert 'name="resources.0.outputs.0.name"' not in less
    saved = _saved(office, _send(office, NEW, typed[:-1]))["resources"][0]
    assert saved["inputs"] == [INTERFACE["inputs"][0], {"name": "station", "required": False}]
    assert saved["outputs"] == INTERFACE["outputs"]


def test_a_parameter_without_a_name_is_told_at_its_place(office: World) -> None:
    document = {**making.DOCUMENT, "resources": [{"kind": "api", "name": "接口"}]}
    typed = [*_pairs(document), ("resources.0.outputs.0.description", "没有名")]
    response = _send(office, NEW, typed)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert faults(page) == []
    assert 'href="#f-resources.0.outputs.0.name"' in page
    assert 'id="f-resources.0.outputs.0.name"' in page
    assert "数据资源第 1 行“输出参数”第 1 行“参数名”" in page
    assert _value(page, "resources.0.outputs.0.description") == "没有名"
    opened = page[page.index('id="s-resources"') :]
    assert len(re.findall("<details [^>]*open>", opened)) == 2


def test_a_stale_edit_merges_units_and_parameters(office: World) -> None:
    civil, health = _unit(office, CIVIL), _unit(office, HEALTH)
    made = making.draft(office, resources=[INTERFACE])
    path = f"/catalog/entries/{made.id}/edit"
    page = office.client("jinxian").get(path).get_data(as_text=True)
    stale = [("_base", _value(page, "_base")), ("revision", _value(page, "revision"))]
    document = making.document_of(making.version_of(office, made))
    resource = document["resources"][0]
    theirs = {**resource, "inputs": [{"name": "theirs", "required": True}]}
    making.edited(office, made, providers=[civil], resources=[theirs])
    mine = {**document, "resources": [{**resource, "inputs": [{"name": "mine"}]}]}
    typed = [*_pairs(mine), ("providers.0", HEALTH), *stale]
    response = _send(office, path, typed)
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert faults(page) == []
    assert "2 项都改了" in page
    said = re.sub(r"</?(ins|del)>", "", page)
    for words in (CIVIL, HEALTH, "theirs（必填）", "mine"):
        assert words in said
    form = MultiDict(
        (name, unescape(value))
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    )
    key = next(name for name in re.findall(r'name="(keep\.[^"]+)"', page) if "resources" in name)
    form["keep.providers"], form[key] = "mine", THEIRS
    assert _send(office, path, form).status_code == 303
    saved = making.document_of(making.version_of(office, made))
    assert saved["providers"] == [health]
    assert saved["resources"][0]["inputs"] == [{"name": "theirs", "required": True}]
    assert saved["resources"][0]["outputs"] == INTERFACE["outputs"]


def test_review_shows_units_by_name_and_what_changed_of_parameters(office: World) -> None:
    civil = _unit(office, CIVIL)
    made = making.published(office, providers=[civil], resources=[INTERFACE])
    document = making.document_of(making.version_of(office, made))
    resource = {**document["resources"][0], "inputs": [{"name": "station", "required": True}]}
    second = making.edited(office, made, providers=[_unit(office, HEALTH)], resources=[resource])
    making.step(office, second, "submit", "jinxian")
    page = office.client("shuyu").get(f"/catalog/reviews/{second.version_id}").get_data(True)
    assert CIVIL in page
    assert HEALTH in page
    assert civil not in page
    assert "station（必填）" in re.sub(r"</?(ins|del)>", "", page)
    first = making.submitted(office, title="另一条", providers=[civil], resources=[INTERFACE])
    page = office.client("shuyu").get(f"/catalog/reviews/{first.version_id}").get_data(True)
    assert CIVIL in page
    assert civil not in page
    assert "level：水位，米" in page


HOSTILE = ("", "\x00", "x\x00\x0b\ufffe", "<script>", "0" * 5000, "..", "[]", "{}", "null", "1e400")
PLACES = (
    "_add",
    "_remove",
    "_base",
    "revision",
    "providers.0",
    "providers.x.name",
    "items.0",
    "items.0.id",
    "resources.0.inputs",
    "resources.0.inputs.0.name",
    "resources.0.inputs.0.name.0",
    "resources.99999.outputs.3.required",
)


@pytest.mark.parametrize("place", PLACES)
def test_whatever_is_sent_is_answered_with_a_sound_page(office: World, place: str) -> None:
    made = making.draft(office, resources=[INTERFACE])
    document = making.document_of(making.version_of(office, made))
    for value in (*HOSTILE, "providers", "resources.0.inputs", "items.0.inputs", '{"items":[1]}'):
        for path in (NEW, f"/catalog/entries/{made.id}/edit"):
            sent = [pair for pair in _pairs(document) if pair[0] != place]
            answer = _send(office, path, [*sent, (place, value)])
            assert answer.status_code in (200, 303, 409, 422), (path, value)
            if answer.status_code != 303:
                assert faults(answer.get_data(as_text=True)) == [], (path, value)


def test_control_characters_are_not_kept(office: World) -> None:
    document = {**making.DOCUMENT, "title": "泉\x00水\ufffe水位", "tags": ["\x0b", "水\x1f文"]}
    saved = _saved(office, _send(office, NEW, _pairs(document)))
    assert (saved["title"], saved["tags"]) == ("泉水水位", ["水文"])
    made = office.client("jinxian").post(
        "/api/v1/entries",
        data='{"document": {"title": "\\ud800泉\\u0000水"}}',
        content_type="application/json",
        headers={"X-CSRF-Token": office.token("jinxian")},
    )
    assert made.status_code == 201
    assert made.get_json()["document"]["title"] == "泉水"
