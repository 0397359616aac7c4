"""The category of the form: a path, picked from the tree or written down, in one field."""

import re
from html import unescape

from werkzeug.datastructures import MultiDict

from catalog.entries import forms
from catalog.entries.queries import categories
from catalog.entries.vocabulary import CLASSES, GROUPS
from tests.catalog.entries import making
from tests.guards.test_statements import asked
from tests.world import NOBODY, World

PATHS = "/catalog/categories/paths"
DEEP = ["主题信息资源", "城乡建设", "园林绿化", "行道树与绿道"]


def _options(world: World, path: str) -> list[str]:
    page = world.client("jinxian").get(path).get_data(as_text=True)
    found = page[page.index('id="category-options"') :] if "<datalist" in page else page
    found = found.partition("</datalist>")[0]
    return [unescape(value) for value in re.findall(r'<option value="([^"]*)">', found)]


def test_the_form_offers_classes_and_groups_without_script(office: World) -> None:
    making.published(office, category=DEEP)
    offered = _options(office, "/catalog/entries/new")
    for name in CLASSES:
        assert name in offered
        assert {f"{name}/{group}" for group in GROUPS[name]} <= set(offered)
    assert len(offered) == len(set(offered)) < 100
    assert "/".join(DEEP) not in offered


def test_an_empty_portal_offers_the_classes_of_the_guide(empty_world: World) -> None:
    with empty_world.runtime.database.reading() as session:
        assert categories.upper_paths(session)[0] == "基础信息资源"


def test_deeper_paths_are_looked_up_by_what_was_typed(office: World) -> None:
    making.published(office, category=DEEP)
    whole = "/".join(DEEP)
    for typed in ("行道树", "城乡建设/行道", "绿化 绿道", whole):
        assert whole in _options(office, f"{PATHS}?category={typed}"), typed
    assert _options(office, f"{PATHS}?category=没有这样的分类") == []
    assert _options(office, f"{PATHS}?category=") == _options(office, "/catalog/entries/new")


def test_hostile_text_finds_nothing_and_breaks_nothing(office: World) -> None:
    for typed in ("%", "_", "\0", "/" * 999, "甲" * 400, "' OR 1=1 --", "a " * 400):
        client = office.client("jinxian")
        assert client.get(PATHS, query_string={"category": typed}).status_code == 200, typed
    assert _options(office, f"{PATHS}?category=%25") == []


def test_choices_are_bounded_and_cost_one_statement(office: World) -> None:
    with (
        office.runtime.database.reading() as session,
        asked(office.runtime.database.engine) as said,
    ):
        assert len(categories.paths_like(session, "资源")) == categories.PATHS_SHOWN
        categories.upper_paths(session)
    assert len(said) == 2


def test_only_those_who_edit_are_given_choices(office: World) -> None:
    assert office.client(NOBODY).get(PATHS).status_code in (303, 401)
    assert office.client("pipa").get(PATHS).status_code == 403


def test_a_path_is_read_by_its_separator_or_by_lines() -> None:
    for typed in (
        "主题信息资源/城乡建设 / 园林绿化",
        "主题信息资源\r\n城乡建设\r\n园林绿化",
        "/主题信息资源//城乡建设/园林绿化/",
    ):
        document = forms.document_of(MultiDict({"category": typed}))
        assert document["category"] == ["主题信息资源", "城乡建设", "园林绿化"], typed
    assert forms.document_of(MultiDict({"category": " / "}))["category"] == []


def test_a_name_that_holds_the_separator_stays_one_level() -> None:
    known = {"category": ["主题信息资源", "水/气"]}
    shown = forms.values_of(known)["category"]
    assert shown == "主题信息资源/水／气"
    assert forms.document_of(MultiDict({"category": shown}), known)["category"] == known["category"]
    longer = forms.document_of(MultiDict({"category": f"{shown}/监测"}), known)
    assert longer["category"] == ["主题信息资源", "水／气", "监测"]


def test_the_chosen_path_becomes_the_place_in_the_tree(office: World) -> None:
    typed = making.as_form({**making.DOCUMENT, "category": DEEP})
    assert typed["category"] == "/".join(DEEP)
    typed["_csrf"] = office.token("jinxian")
    answer = office.client("jinxian").post("/catalog/entries/new", data=typed)
    page = office.client("jinxian").get(answer.headers["Location"]).get_data(as_text=True)
    assert all(name in page for name in DEEP)


def test_an_unknown_class_is_refused_at_the_field_with_what_was_typed(office: World) -> None:
    typed = making.as_form({**making.DOCUMENT, "category": ["部门资源", "市级部门"]})
    typed["_csrf"] = office.token("jinxian")
    answer = office.client("jinxian").post("/catalog/entries/new", data=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#f-category"' in page
    assert 'value="部门资源/市级部门"' in page
