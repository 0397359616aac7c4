"""The description of the JSON API: valid, complete, and readable."""

import re

import pytest
from openapi_spec_validator import validate

from portal.pages.interface import GROUPS, groups
from portal.web.shell import LANGUAGE_COOKIE
from tests.portal.markup import faults
from tests.world import World

OPERATION = {"responses": {}, "parameters": []}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_document_is_valid_open_api(shared_world: World, language: str) -> None:
    client = shared_world.app.test_client()
    client.set_cookie(LANGUAGE_COOKIE, language, domain="localhost")
    response = client.get("/api/v1/openapi.json")
    document = response.get_json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert response.content_type == "application/json"


def test_the_document_has_every_route_of_the_api(shared_world: World) -> None:
    document = shared_world.client().get("/api/v1/openapi.json").get_json()
    described = {
        (path, method.upper()) for path, item in document["paths"].items() for method in item
    }
    for rule in shared_world.app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/") or rule.endpoint == "pages.open_api_document":
            continue
        path = "".join(
            "{" + words + "}" if dynamic else words for dynamic, words in rule._trace
        ).removeprefix("|")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert (path, method) in described


def page(world: World, address: str = "/help/api") -> str:
    response = world.client().get(address)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def group_pages(world: World) -> dict[str, str]:
    """The pages of the groups, by their address, as the overview leads to them."""
    found = set(re.findall(r'href="(/help/api/[a-z-]+)', page(world)))
    return {address: page(world, address) for address in found}


def test_the_overview_names_every_operation_and_leads_to_its_description(
    shared_world: World,
) -> None:
    document = shared_world.client().get("/api/v1/openapi.json").get_json()
    overview = page(shared_world)
    for path, item in document["paths"].items():
        assert f"<code>{path}</code>" in overview
        for operation in item.values():
            assert operation["summary"] in overview
    doors = re.findall(r'href="(/help/api/[a-z-]+)#([a-z0-9-]+)"', overview)
    assert len(doors) == sum(len(item) for item in document["paths"].values())
    found = group_pages(shared_world)
    assert [door for door in doors if f'id="{door[1]}"' not in found[door[0]]] == []


def test_every_structure_is_on_a_page_that_names_it(shared_world: World) -> None:
    document = shared_world.client().get("/api/v1/openapi.json").get_json()
    found = {"/help/api": page(shared_world), **group_pages(shared_world)}
    whole = "".join(found.values())
    for name in document["components"]["schemas"]:
        assert f'id="schema-{name}"' in whole
    for address, shown in found.items():
        names = set(re.findall(r'href="#(schema-[A-Za-z]+)"', shown))
        assert [name for name in names if f'id="{name}"' not in shown] == [], address


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_sound_and_short_enough_to_find_one_s_way(
    shared_world: World, language: str
) -> None:
    client = shared_world.app.test_client()
    client.set_cookie(LANGUAGE_COOKIE, language, domain="localhost")
    for address in ("/help/api", *group_pages(shared_world)):
        shown = client.get(address).get_data(as_text=True)
        assert faults(shown) == [], address
        assert shown.count("<table") <= 60, address


def test_a_group_that_nobody_named_is_shown_by_its_own_word() -> None:
    found = {"paths": {"/api/v1/pictures": {"get": {**OPERATION, "summary": "x"}}}}
    group = groups(found)[0]
    assert (group.key, group.label) == ("pictures", "pictures")


def test_a_group_that_is_none_is_not_found(shared_world: World) -> None:
    assert shared_world.client().get("/help/api/nonesuch").status_code == 404


def test_the_page_says_the_values_that_a_field_may_have(shared_world: World) -> None:
    shown = page(shared_world, "/help/api/entries")
    entry = shown[shown.index('id="schema-EntryDocument"') :]
    assert "<code>unconditional</code>" in entry
    assert '<a href="#schema-Item">Item</a> 的列表' in entry


def test_every_group_has_its_name(shared_world: World) -> None:
    document = shared_world.client().get("/api/v1/openapi.json").get_json()
    assert {group.key for group in groups(document)} == set(GROUPS)
