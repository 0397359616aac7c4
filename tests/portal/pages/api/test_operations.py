"""How the product runs, as JSON: what waits, what failed and is tried again, settings."""

import pytest
from sqlalchemy import func, select

from portal.kernel.audit import AuditRow
from portal.pages.queries.operations import LETTERS_SHOWN
from tests.portal.kernel.outgoing import happen
from tests.portal.pages.api.asking import get, post
from tests.portal.pages.people import OPERATOR, REVIEWER
from tests.portal.pages.site import Site, deliver, let_die, runs

READS = ("", "/settings", "/letters", "/jobs", "/runs")


def light(site: Site, key: str) -> str:
    found = get(site.world, "/operations", OPERATOR)["lights"]
    return str(next(each["state"] for each in found if each["key"] == key))


def test_all_is_well_in_a_quiet_portal(site: Site) -> None:
    site.world.settle()
    runs(site, "done", job="search.check")
    found = get(site.world, "/operations", OPERATOR)
    assert (found["waiting"], found["dead"], found["backlog"]) == (0, 0, [])
    assert found["index"]["documents"] == found["index"]["expected"] == 0
    assert found["storage"]["database"] == "SQLite"
    assert found["storage"]["bytes_free"] > 0
    assert found["calendar_years"] == sorted(found["calendar_years"])
    assert [each["key"] for each in found["lights"]] == ["backlog", "dead", "jobs", "index"]


def test_what_waits_is_told_by_handler(site: Site) -> None:
    happen(site.runtime, "a", "b")
    (lag,) = get(site.world, "/operations", OPERATOR)["backlog"]
    assert (lag["handler"], lag["waiting"], lag["dead"]) == ("listen", 2, 0)
    assert lag["since"] is not None


def test_a_dead_letter_is_read_and_tried_again(site: Site) -> None:
    let_die(site.runtime, "bad")
    assert light(site, "dead") == "over"
    found = get(site.world, "/operations/letters", OPERATOR)
    (letter,) = found["letters"]
    assert (letter["handler"], letter["event"], letter["subject_id"]) == (
        "listen",
        "test.happened",
        "bad",
    )
    assert letter["error"] == "RuntimeError: poisoned: {'bad'}"
    assert found["next"] is None

    site.listener.poisoned.clear()
    address = f"/operations/letters/{letter['id']}/retry"
    assert post(site.world, address, OPERATOR) == {"retried": 1}
    deliver(site.runtime)
    assert get(site.world, "/operations/letters", OPERATOR)["letters"] == []
    assert light(site, "dead") == "ok"
    told = post(site.world, address, OPERATOR, status=409)
    assert "已不在失败之列" in told["detail"]


def test_more_letters_than_a_page_are_walked_and_all_tried_again(site: Site) -> None:
    site.listener.broken = ValueError("no")
    many = LETTERS_SHOWN + 3
    let_die(site.runtime, *(f"s{number}" for number in range(many)))
    first = get(site.world, "/operations/letters", OPERATOR)
    rest = get(site.world, f"/operations/letters?before={first['next']}", OPERATOR)
    ids = [letter["id"] for letter in (*first["letters"], *rest["letters"])]
    assert ids == sorted(set(ids), reverse=True)
    assert len(ids) == many
    assert rest["next"] is None

    site.listener.broken = None
    assert post(site.world, "/operations/letters/retry", OPERATOR) == {"retried": many}
    deliver(site.runtime)
    assert get(site.world, "/operations", OPERATOR)["dead"] == 0
    with site.runtime.database.reading() as session:
        revived = select(func.count()).where(AuditRow.action == "outbox.revive")
        assert session.scalar(revived) == many


def test_a_secret_in_an_error_is_masked(site: Site) -> None:
    secret = site.runtime.settings.secret_key
    site.listener.broken = ValueError(f"cannot sign with {secret}")
    let_die(site.runtime, "a")
    (letter,) = get(site.world, "/operations/letters", OPERATOR)["letters"]
    assert letter["error"] == "ValueError: cannot sign with ***"


def test_settings_are_told_without_secrets(site: Site) -> None:
    response = site.world.client(OPERATOR).get("/api/v1/operations/settings")
    for secret in site.runtime.settings.secrets():
        assert secret not in response.get_data(as_text=True)
    by_name = {
        each["name"]: each for each in get(site.world, "/operations/settings", OPERATOR)["settings"]
    }
    assert by_name["PORTAL_SECRET_KEY"]["value"] == "***"
    assert by_name["PORTAL_DATA"]["changed"]
    assert not by_name["PORTAL_WORKERS"]["changed"]
    assert all(each["help"] for each in by_name.values())


@pytest.mark.parametrize("before", ["0", "-1", "abc", "9" * 30])
def test_a_cursor_that_is_none_is_refused(site: Site, before: str) -> None:
    told = get(site.world, f"/operations/letters?before={before}", OPERATOR, status=422)
    assert "before" in told["fields"]


def test_a_number_that_no_letter_can_have_is_not_found_or_not_dead(site: Site) -> None:
    for number in (0, 7, 2**63 - 1, 2**63, 10**40):
        for address in (f"/api/v1/operations/letters/{number}/retry",):
            headers = {"X-CSRF-Token": site.world.token(OPERATOR)}
            response = site.world.client(OPERATOR).post(address, headers=headers)
            assert response.status_code in (404, 409), number
        assert site.post(f"/operations/letters/{number}/retry") in (404, 409), number


def test_only_operators_are_told(site: Site) -> None:
    for path in READS:
        get(site.world, f"/operations{path}", REVIEWER, status=403)
        assert site.world.client().get(f"/api/v1/operations{path}").status_code == 401
    for path in ("/letters/retry", "/letters/1/retry", "/jobs/kernel.prune/runs"):
        post(site.world, f"/operations{path}", REVIEWER, status=403)
