"""The help says everything that the features declare, and nothing else."""

import pytest

from auth.permissions import UNITS_REGISTER
from auth.roles import ROLES
from catalog.entries.permissions import SEE_ALL
from portal.kernel import text
from portal.kernel.access import SCOPE_LABELS
from portal.pages import declared
from portal.web.access import access_of
from portal.web.shell import LANGUAGE_COOKIE
from tests.world import World

PAGES = (
    "",
    "/workflows",
    "/permissions",
    "/deadlines",
    "/codes",
    "/api",
    "/accessibility",
    "/privacy",
)


def page(world: World, address: str, who: str = "nobody") -> str:
    response = world.client(who).get(f"/help{address}")
    assert response.status_code == 200
    return response.get_data(as_text=True)


def declarations(world: World, name: str) -> list[object]:
    return [each for feature in world.runtime.features for each in getattr(feature, name)]


def test_every_workflow_with_its_states_and_steps_is_on_the_page(shared_world: World) -> None:
    shown = page(shared_world, "/workflows")
    for workflow in declarations(shared_world, "workflows"):
        assert f'id="{workflow.key}"' in shown
        for each in (*workflow.states, *workflow.transitions):
            assert each.label.__html__() in shown


def test_a_step_says_who_may_take_it_and_by_when(shared_world: World) -> None:
    features = shared_world.runtime.features
    review = next(w for w in declared.workflows(features) if w.key == "entry_version")
    submit, publish, giving_back, supersede = review.steps
    assert str(submit.deadline) == "2 个工作日"
    assert "主管部门审核员（全部）" in [str(who) for who in publish.who]
    assert giving_back.needs_comment
    assert [str(who) for who in supersede.who] == ["系统自动"]


def test_every_permission_is_in_the_table_with_its_reach_for_every_role(
    shared_world: World,
) -> None:
    shown = page(shared_world, "/permissions")
    for permission in declarations(shared_world, "permissions"):
        assert permission.label.__html__() in shown
    rows = [
        row for _label, rows in declared.permissions(shared_world.runtime.features) for row in rows
    ]
    assert len(rows) == len(declarations(shared_world, "permissions"))
    for row in rows:
        assert len(row.scopes) == len(ROLES)
        for role, scope in zip(ROLES, row.scopes, strict=True):
            granted = row.permission.grants.get(role.key)
            assert scope == (SCOPE_LABELS[granted] if granted else None)


def test_no_power_is_told_that_nobody_can_use(shared_world: World) -> None:
    """A right stands in the help when a page asks for it, a step needs it, or a list follows it."""
    asked = {
        permission.key
        for view in shared_world.app.view_functions.values()
        if (access := access_of(view)) is not None
        for permission in access.permissions
    }
    steps = {
        transition.permission.key
        for workflow in declarations(shared_world, "workflows")
        for transition in workflow.transitions
        if transition.permission is not None
    }
    told = {permission.key for permission in declarations(shared_world, "permissions")}
    assert told - asked - steps - {SEE_ALL.key, UNITS_REGISTER.key} == set()


@pytest.mark.parametrize("word", ["签发", "申请和", "调用接口", "评分", "管理本区县的单位", "派发"])
def test_no_role_announces_what_is_still_to_come(shared_world: World, word: str) -> None:
    assert word not in "".join(str(role.help) for role in ROLES)
    assert word not in page(shared_world, "/permissions")


def test_roles_that_exclude_one_another_are_told(shared_world: World) -> None:
    assert "不能由同一人担任：安全管理员、系统管理员。" in page(shared_world, "/permissions")


def test_every_limit_is_told_with_its_basis_and_how_sure_it_is(shared_world: World) -> None:
    shown = page(shared_world, "/deadlines")
    rules = declarations(shared_world, "deadlines")
    assert rules
    for rule in rules:
        assert rule.label.__html__() in shown
        assert rule.basis.__html__() in shown
        assert declared.evidence(rule.evidence).__html__() in shown


def test_the_limits_tell_which_years_are_known(shared_world: World) -> None:
    shown = page(shared_world, "/deadlines")
    assert "其他年份暂按周一至周五计算，并注明是暂定" in shown


def test_without_a_calendar_the_limits_say_that_they_are_provisional(quiet_world: World) -> None:
    from sqlalchemy import delete

    from portal.kernel.calendar import CalendarYear

    with quiet_world.runtime.database.writing() as session:
        session.execute(delete(CalendarYear))
        session.commit()
    assert "放假和调休的安排尚未载入" in page(quiet_world, "/deadlines")


@pytest.mark.parametrize("tag", ["S2", "M+", "M~", "M?", "D"])
def test_every_grade_of_evidence_has_words_of_its_own(tag: str) -> None:
    assert declared.evidence(tag) != declared.evidence("")


def test_every_code_list_is_shown_whole(shared_world: World) -> None:
    shown = page(shared_world, "/codes")
    for each in declarations(shared_world, "code_lists"):
        assert f'id="{each.key}"' in shown
        for key, label in each.values.items():
            assert f"<code>{key}</code>" in shown
            assert label.__html__() in shown


def test_settings_are_for_operators_and_hold_no_secret(shared_world: World) -> None:
    assert shared_world.client("shuyu").get("/help/settings").status_code == 403
    shown = page(shared_world, "/settings", "pipa")
    for name, _value, help_text in shared_world.runtime.settings.rows():
        assert name in shown
        assert help_text.__html__() in shown
    for secret in shared_world.runtime.settings.secrets():
        assert secret not in shown


@pytest.mark.parametrize("address", PAGES)
def test_nothing_chinese_is_left_in_the_english_help(shared_world: World, address: str) -> None:
    client = shared_world.app.test_client()
    client.set_cookie(LANGUAGE_COOKIE, "en", domain="localhost")
    shown = client.get(f"/help{address}").get_data(as_text=True)
    main = shown[shown.index("<main") : shown.index("</main>")].replace("不动产登记", "")
    left = [letter for letter in main if "\u4e00" <= letter <= "\u9fff"]
    assert "".join(left) == ""


def test_the_privacy_page_says_how_long_as_it_is_set(shared_world: World) -> None:
    shown = page(shared_world, "/privacy")
    settings = shared_world.runtime.settings
    assert f"{settings.session_idle_minutes} 分钟不操作" in shown
    assert "365 天" in shown


def test_the_help_speaks_the_language_of_its_reader() -> None:
    with text.speaking("en"):
        assert str(declared.evidence("D")).startswith("A convention")
