"""The description of the JSON API: valid, complete, and readable."""

import pytest
from openapi_spec_validator import validate

from portal.web.shell import LANGUAGE_COOKIE
from tests.world import World


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


def test_the_page_names_every_operation_and_every_structure(shared_world: World) -> None:
    document = shared_world.client().get("/api/v1/openapi.json").get_json()
    shown = shared_world.client().get("/help/api").get_data(as_text=True)
    for path, item in document["paths"].items():
        assert f"<code>{path}</code>" in shown
        for operation in item.values():
            assert operation["summary"] in shown
    for name in document["components"]["schemas"]:
        assert f'id="schema-{name}"' in shown


def test_the_page_says_the_values_that_a_field_may_have(shared_world: World) -> None:
    shown = shared_world.client().get("/help/api").get_data(as_text=True)
    entry = shown[shown.index('id="schema-EntryDocument"') :]
    assert "<code>unconditional</code>" in entry
    assert '<a href="#schema-Item">Item</a> 的列表' in entry
