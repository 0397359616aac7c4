"""What the features declare, as JSON: complete, in both languages, for everybody."""

from auth.roles import ROLES
from portal.web.shell import LANGUAGE_COOKIE
from tests.portal.pages.api.asking import get
from tests.world import NOBODY, World


def test_every_workflow_is_told_with_its_states_and_steps(shared_world: World) -> None:
    told = {w["key"]: w for w in get(shared_world, "/rules/workflows", NOBODY)["workflows"]}
    declared = {w.key: w for f in shared_world.runtime.features for w in f.workflows}
    assert told.keys() == declared.keys()
    for key, workflow in declared.items():
        assert [s["key"] for s in told[key]["states"]] == [s.key for s in workflow.states]
        assert [t["key"] for t in told[key]["transitions"]] == [t.key for t in workflow.transitions]
    by_key = {t["key"]: t for t in told["entry_version"]["transitions"]}
    assert by_key["return"]["needs_comment"]
    assert by_key["submit"]["source"] == ["draft", "returned"]
    assert by_key["supersede"]["permission"] is None


def test_every_permission_is_told_with_the_roles_that_have_it(shared_world: World) -> None:
    told = get(shared_world, "/rules/permissions", NOBODY)
    assert [role["key"] for role in told["roles"]] == [role.key for role in ROLES]
    declared = {p.key: p for f in shared_world.runtime.features for p in f.permissions}
    assert {p["key"]: p["grants"] for p in told["permissions"]} == {
        key: {role: scope.value for role, scope in p.grants.items()} for key, p in declared.items()
    }
    assert ["administrator", "auditor"] in told["incompatible"]


def test_every_deadline_is_told_with_its_basis_and_ladder(shared_world: World) -> None:
    told = get(shared_world, "/rules/deadlines", NOBODY)
    declared = [d.code for f in shared_world.runtime.features for d in f.deadlines]
    assert [d["code"] for d in told["deadlines"]] == declared
    review = told["deadlines"][0]
    assert (review["days"], review["working"]) == (2, True)
    assert "809" in review["basis"]
    assert [(rung["days"], rung["role"]) for rung in review["escalation"]] == [
        (-2, None),
        (0, None),
        (2, "reviewer"),
    ]
    assert told["calendar_years"]


def test_every_code_list_is_told_with_its_values(shared_world: World) -> None:
    told = get(shared_world, "/rules/code-lists", NOBODY)["code_lists"]
    declared = [c for f in shared_world.runtime.features for c in f.code_lists]
    assert [c["key"] for c in told] == [c.key for c in declared]
    for each, code_list in zip(told, declared, strict=True):
        assert [v["key"] for v in each["values"]] == list(code_list.values)


def test_the_labels_are_in_the_language_of_the_asker(shared_world: World) -> None:
    client = shared_world.app.test_client()
    client.set_cookie(LANGUAGE_COOKIE, "en", domain="localhost")
    for path in ("workflows", "permissions", "deadlines"):
        text = client.get(f"/api/v1/rules/{path}").get_data(as_text=True)
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in text), path
