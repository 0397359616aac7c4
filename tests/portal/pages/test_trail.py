"""The trail: read by the auditor alone, newest first, narrowed and paged, no word of drafts."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.audit import AuditRow
from portal.kernel.uow import unit_of_work
from portal.pages.queries.trail import ACTS_SHOWN
from portal.pages.trail import ACTIONS, KINDS
from tests.world import World

ROOT = Path(__file__).resolve().parents[3]
AUDITOR, ADMINISTRATOR, EDITOR = "wuyou", "pipa", "jinxian"
TRAIL, API = "/operations/trail", "/api/v1/operations/trail"


def page(world: World, query: str = "") -> str:
    response = world.client(AUDITOR).get(f"{TRAIL}{query}")
    assert response.status_code == 200
    return response.get_data(as_text=True)


def acts(world: World, **asked: str) -> list[dict[str, object]]:
    response = world.client(AUDITOR).get(API, query_string=asked)
    assert response.status_code == 200
    found: list[dict[str, object]] = response.get_json()["acts"]
    return found


def note(world: World, action: str, kind: str, record: str, **detail: object) -> None:
    with unit_of_work(world.runtime, SYSTEM) as uow:
        uow.audit(action, kind, record, detail)


@pytest.mark.parametrize("who", [ADMINISTRATOR, EDITOR, "shuyu", "manao", "xiaolu"])
def test_nobody_but_the_auditor_reads_the_trail(shared_world: World, who: str) -> None:
    for address in (TRAIL, API):
        assert shared_world.client(who).get(address).status_code == 403
    assert "操作记录" not in shared_world.client(who).get("/help").get_data(as_text=True)


def test_the_auditor_finds_it_in_the_navigation_and_is_told_of_it(shared_world: World) -> None:
    assert f'href="{TRAIL}"' in shared_world.client(AUDITOR).get("/help").get_data(as_text=True)
    assert "查看操作记录" in shared_world.client(AUDITOR).get("/account").get_data(as_text=True)


def test_an_act_is_told_in_words_with_who_and_what(world: World) -> None:
    person = world.person(EDITOR)
    note(world, "role.grant", "user", str(person.id), role="auditor", unit=person.unit_id)
    newest = acts(world, kind="user", record=str(person.id))[0]
    assert (newest["code"], newest["action"], newest["who"]) == ("role.grant", "授予角色", "系统")
    assert newest["name"] == person.name
    assert newest["details"] == [
        {"label": "角色", "value": "安全审计员"},
        {"label": "单位", "value": "济南市交通运输局"},
    ]
    assert person.name in page(world)


def test_steps_of_a_workflow_are_called_as_the_workflow_calls_them(world: World) -> None:
    note(world, "entry_standing.suspend", "entry", "x", **{"from": "published"})
    newest = acts(world, record="x")[0]
    assert "暂停" in str(newest["action"])
    assert newest["details"] == [{"label": "原为", "value": "已发布"}]


def test_titles_and_file_names_are_not_told(world: World) -> None:
    note(world, "entry.created", "entry", "x", title="尚未公开的标题")
    note(world, "import.sent", "import_batch", "y", file="机密.xlsx", size=5)
    shown = page(world)
    assert "尚未公开的标题" not in shown
    assert "机密" not in shown
    assert acts(world, record="y")[0]["details"] == [{"label": "字节数", "value": "5"}]


def test_the_trail_is_narrowed_by_kind_record_person_and_days(world: World) -> None:
    note(world, "unit.change", "unit", "one")
    note(world, "unit.change", "unit", "two")
    person = world.person(EDITOR)
    with unit_of_work(world.runtime, person) as uow:
        uow.audit("entry.edited", "entry", "three")
    assert {act["kind"] for act in acts(world, kind="unit")} == {"unit"}
    assert [act["record"] for act in acts(world, record="one")] == ["one"]
    by_name, by_account = acts(world, who=person.name), acts(world, who=EDITOR)
    assert by_name == by_account
    assert {act["who"] for act in by_name} == {person.name}
    today = clock.today()
    tomorrow = str(today + timedelta(days=1))
    assert acts(world, since=str(today), until=str(today), kind="unit")
    assert acts(world, since=tomorrow) == []
    assert "没有符合条件的操作" in page(world, f"?since={tomorrow}")


def test_pages_of_the_trail_hold_every_act_once(world: World) -> None:
    for number in range(ACTS_SHOWN + 7):
        note(world, "unit.change", "unit", f"unit-{number}")
    first = page(world, "?kind=unit&who=system")
    found = re.search(r'href="(/operations/trail\?[^"]*before=[0-9]+)"', first)
    assert found is not None
    rest = page(world, found[1].removeprefix(TRAIL).replace("&amp;", "&"))
    assert "回到最新" in rest
    told = re.findall(r"unit-[0-9]+</code>", first + rest)
    assert len(set(told)) == len(told) == ACTS_SHOWN + 7


@pytest.mark.parametrize(
    "query",
    [
        "?kind=nonesuch",
        "?before=0",
        "?before=x",
        "?before=" + "9" * 40,
        "?since=0001-01-01&until=9999-12-31",
        "?since=yesterday&until=2027-13-01",
        "?record=%00&who=%00",
        "?who=" + "x" * 5_000,
        "?record=%3Cscript%3E",
    ],
)
def test_addresses_of_nonsense_show_a_page(shared_world: World, query: str) -> None:
    assert "<script>" not in page(shared_world, query).partition("<main")[2]


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31"])
def test_the_farthest_days_are_answered(shared_world: World, query: str) -> None:
    assert shared_world.client(AUDITOR).get(f"{API}?{query}").status_code == 200


@pytest.mark.parametrize("query", ["kind=nonesuch", "since=x", "before=0", "more=1"])
def test_what_the_api_does_not_know_is_refused(shared_world: World, query: str) -> None:
    assert shared_world.client(AUDITOR).get(f"{API}?{query}").status_code == 422


def test_the_trail_takes_the_same_statements_for_few_and_for_many_acts(world: World) -> None:
    counts = []
    statements: list[str] = []
    event.listen(
        world.runtime.database.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_rest: statements.append(statement),
    )
    for number in (1, 40):
        with world.runtime.database.writing() as session:
            session.query(AuditRow).delete()
            session.commit()
        for each in range(number):
            note(world, "role.grant", "user", f"user-{each}", role="auditor", unit=f"unit-{each}")
        page(world)
        statements.clear()
        page(world)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_every_act_that_is_noted_has_its_words() -> None:
    """The trail is read by people: an act without words would be shown as its name in the code."""
    noted = {
        node.args[0].value
        for package in ("portal", "auth", "catalog", "governance", "search")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "audit"
        for node in [node]
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    assert noted
    assert noted - set(ACTIONS) == set()


def test_every_kind_of_record_has_its_name(shared_world: World) -> None:
    with shared_world.runtime.database.reading() as session:
        kinds = {kind for (kind,) in session.query(AuditRow.subject_kind).distinct()}
    kinds |= {w.subject_kind for f in shared_world.runtime.features for w in f.workflows}
    assert kinds <= set(KINDS)
