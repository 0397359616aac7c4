"""Every state × transition × persona against the table that people agreed on; nothing is lost."""

from typing import Any

import pytest

from catalog.entries.services.writing import confirm_entry, edit_entry
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel.access import Person
from portal.kernel.errors import Conflict, Invalid, NotFound, PortalError, Refused
from portal.kernel.transitions import available
from portal.kernel.uow import unit_of_work
from portal.kernel.workflow import Workflow
from tests.catalog.entries import making
from tests.world import World

TRANSPORT, DISTRICT = "own unit", "own region"
# Who may take a step on an entry of the transport bureau (city). District administrators reach
# their own district only; the administrator's role gives no right to change content.
MAY = {
    "submit": {"jinxian", "zhenzhu", "shuyu"},
    "publish": {"shuyu"},
    "return": {"shuyu"},
    "supersede": set(),
    "appear": set(),
    "suspend": {"shuyu"},
    "resume": {"shuyu"},
    "withdraw": {"shuyu"},
}
FROM = {
    "submit": {"draft", "returned"},
    "publish": {"bureau_review"},
    "return": {"bureau_review"},
    "supersede": {"published"},
    "appear": {"unpublished"},
    "suspend": {"published"},
    "resume": {"suspended"},
    "withdraw": {"published", "suspended"},
}
PERSONAS = [
    "baotu",
    "zhenzhu",
    "heihu",
    "wulong",
    "jinxian",
    "shuyu",
    "liuxu",
    "huanghua",
    "woniu",
    "zhuoying",
    "xiting",
    "manao",
    "wuyou",
    "shunjing",
    "pipa",
    "furong",
    "tengjiao",
    "xiaolu",
]


class Record:
    """A version or an entry in some state, of a unit."""

    def __init__(self, unit_id: str, region_code: str, state: str) -> None:
        self.unit_id, self.region_code = unit_id, region_code
        self.status = self.standing = state


def _offered(workflow: Workflow, record: Record, person: Person) -> set[str]:
    return {choice.key for choice in available(workflow, record, person)}


def test_the_table_names_every_transition_and_its_states() -> None:
    declared = {
        t.key: set(t.source) for w in (VERSION_WORKFLOW, STANDING_WORKFLOW) for t in w.transitions
    }
    assert declared == FROM
    assert set(MAY) == set(FROM)


@pytest.mark.parametrize("username", PERSONAS)
def test_every_cell_of_state_transition_and_persona(office: World, username: str) -> None:
    person = office.person(username)
    unit = str(office.person("jinxian").unit_id)
    for workflow in (VERSION_WORKFLOW, STANDING_WORKFLOW):
        for state in workflow.states:
            record = Record(unit, "370100", state.key)
            allowed = {
                t.key
                for t in workflow.transitions
                if username in MAY[t.key] and state.key in FROM[t.key]
            }
            assert _offered(workflow, record, person) == allowed, (workflow.key, state.key)


def test_a_district_administrator_decides_in_the_own_district_only(office: World) -> None:
    person = office.person("shunjing")
    region = next(a.region_code for a in person.assignments if a.region_code)
    inside, outside = (
        Record("u", str(region), "bureau_review"),
        Record("u", "370100", "bureau_review"),
    )
    assert _offered(VERSION_WORKFLOW, inside, person) == {"publish", "return"}
    assert _offered(VERSION_WORKFLOW, outside, person) == set()


VERSION_STATES: dict[str, list[tuple[str, str]]] = {
    "draft": [],
    "bureau_review": [("submit", "jinxian")],
    "returned": [("submit", "jinxian"), ("return", "shuyu")],
    "published": [("submit", "jinxian"), ("publish", "shuyu")],
}
STANDINGS: dict[str, list[tuple[str, str]]] = {
    "published": VERSION_STATES["published"],
    "suspended": [*VERSION_STATES["published"], ("suspend", "shuyu")],
    "withdrawn": [*VERSION_STATES["published"], ("withdraw", "shuyu")],
}


def _outcome(office: World, made: making.Made, key: str, username: str) -> type[PortalError] | None:
    try:
        making.step(office, made, key, username)
    except PortalError as error:
        return type(error)
    return None


@pytest.mark.parametrize("state", VERSION_STATES)
@pytest.mark.parametrize("key", ["submit", "publish", "return"])
def test_firing_on_a_version_follows_the_table(office: World, state: str, key: str) -> None:
    for username in ("xiaolu", "pipa", "shunjing", "jinxian", "shuyu"):
        made = making.draft(office)
        for step, who in VERSION_STATES[state]:
            making.step(office, made, step, who)
        right, there = username in MAY[key], state in FROM[key]
        expected = Conflict if not there else None if right else Refused
        if username not in ("jinxian", "shuyu"):
            expected = NotFound  # whoever may not know of the version does not learn its state
        assert _outcome(office, made, key, username) is expected, username


@pytest.mark.parametrize("state", STANDINGS)
@pytest.mark.parametrize("key", ["suspend", "resume", "withdraw"])
def test_firing_on_an_entry_follows_the_table(office: World, state: str, key: str) -> None:
    for username in ("jinxian", "pipa", "shuyu"):
        made = making.draft(office)
        for step, who in STANDINGS[state]:
            making.step(office, made, step, who)
        right, there = username in MAY[key], state in FROM[key]
        expected = Conflict if not there else None if right else Refused
        assert _outcome(office, made, key, username) is expected, username


@pytest.mark.parametrize("key", ["suspend", "withdraw"])
def test_decisions_on_an_entry_need_a_reason(office: World, key: str) -> None:
    made = making.published(office)
    with pytest.raises(Invalid):
        making.step(office, made, key, comment=" ")
    assert making.entry_of(office, made).standing == "published"


def test_a_sensitive_item_without_masking_is_not_submitted(office: World) -> None:
    made = making.draft(office, items=[{"name": "联系电话", "sensitive": True}])
    with pytest.raises(Refused, match="CAT-07"):
        making.step(office, made, "submit", "jinxian")


def test_ids_of_items_and_resources_stay_through_versions(office: World) -> None:
    made = making.published(office)
    first = making.document_of(making.version_of(office, made))
    items = [{"name": "新的一项"}, *reversed(first["items"])]
    second = making.edited(office, made, items=items, resources=first["resources"])
    document = making.document_of(making.version_of(office, second))
    assert [i["id"] for i in document["items"]][1:] == [i["id"] for i in reversed(first["items"])]
    assert document["resources"] == first["resources"]


def test_of_two_edits_of_one_revision_only_the_first_is_kept(office: World) -> None:
    made = making.draft(office)
    revision = making.version_of(office, made).revision
    making.edited(office, made, abstract="先到的")
    editor = office.person("jinxian")
    with pytest.raises(Conflict), unit_of_work(office.runtime, editor) as uow:
        edit_entry(
            uow, entry_id=made.id, document={**making.DOCUMENT, "title": "后到"}, revision=revision
        )
    assert making.document_of(making.version_of(office, made))["abstract"] == "先到的"


def test_an_edit_that_changes_nothing_makes_no_version(office: World) -> None:
    made = making.published(office)
    assert making.edited(office, made).version_id == made.version_id


@pytest.mark.parametrize(("username", "fields"), [("baotu", {}), ("pipa", {}), ("xiaolu", {})])
def test_only_the_own_unit_edits(office: World, username: str, fields: dict[str, Any]) -> None:
    made = making.published(office)
    with pytest.raises(Refused):
        making.edited(office, made, username, **fields)
    draft = making.draft(office)
    with pytest.raises(NotFound):  # of a draft a stranger learns nothing
        making.edited(office, draft, username, **fields)


def test_what_is_under_review_or_withdrawn_is_not_edited(office: World) -> None:
    waiting = making.submitted(office)
    with pytest.raises(Refused):
        making.edited(office, waiting, abstract="改")
    gone = making.published(office)
    making.step(office, gone, "withdraw")
    with pytest.raises(Refused):
        making.edited(office, gone, abstract="改")


def test_the_own_unit_confirms_what_has_no_fixed_cycle(office: World) -> None:
    daily = making.published(office)
    once = making.published(office, update_cycle="once")
    for made, username in ((daily, "jinxian"), (once, "baotu")):
        with pytest.raises(Refused), unit_of_work(office.runtime, office.person(username)) as uow:
            confirm_entry(uow, entry_id=made.id)
    with unit_of_work(office.runtime, office.person("jinxian")) as uow:
        confirm_entry(uow, entry_id=once.id)
    assert making.entry_of(office, once).confirmed_at is not None
