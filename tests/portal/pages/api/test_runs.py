"""Jobs and their runs as JSON: listed, asked for, cancelled."""

import pytest
from sqlalchemy import select

from portal.kernel.db import new_id
from portal.kernel.jobs import JobRun
from portal.kernel.sentence import plain
from tests.portal.pages.api.asking import get, post
from tests.portal.pages.people import OPERATOR
from tests.portal.pages.site import Site, runs

HOME = "/operations"


def test_every_job_is_told_with_its_last_runs(site: Site) -> None:
    runs(site, *["done"] * 20, "failed")
    found = {job["key"]: job for job in get(site.world, f"{HOME}/jobs", OPERATOR)["jobs"]}
    assert found.keys() == {line.job.key for line in site.report().jobs}
    job = found["kernel.prune"]
    assert job["recent"] == ["done"] * 13 + ["failed"]
    assert job["last"]["state"] == "failed"
    assert job["last"]["error"] == "broken"
    assert job["last"]["counts"] == {"files": 3}
    assert job["last"]["seconds"] == 5
    assert job["may_be_requested"]
    assert job["when"]
    never = found["search.check"]
    assert (never["last"], never["recent"]) == (None, [])


def test_a_run_is_asked_for_followed_and_cancelled(site: Site) -> None:
    made = post(site.world, f"{HOME}/jobs/kernel.prune/runs", OPERATOR, status=201)
    assert (made["job"], made["state"], made["by_hand"]) == ("kernel.prune", "planned", True)
    address = f"{HOME}/runs/{made['id']}"
    assert get(site.world, address, OPERATOR) == made
    cancelled = post(site.world, f"{address}/cancel", OPERATOR)
    assert (cancelled["state"], cancelled["cancel_requested"]) == ("cancelled", True)
    told = post(site.world, f"{address}/cancel", OPERATOR, status=409)
    assert "已经结束" in told["detail"]


def test_a_working_run_is_asked_to_stop(site: Site) -> None:
    (run_id,) = runs(site, "running")
    found = post(site.world, f"{HOME}/runs/{run_id}/cancel", OPERATOR)
    assert (found["state"], found["cancel_requested"]) == ("running", True)


def test_two_requests_at_once_are_two_runs(site: Site) -> None:
    for _each in range(2):
        post(site.world, f"{HOME}/jobs/kernel.prune/runs", OPERATOR, status=201)
    with site.runtime.database.reading() as session:
        assert len(session.scalars(select(JobRun.id)).all()) == 2


def test_a_job_that_is_none_or_needs_to_be_told_more_is_not_found(site: Site) -> None:
    for key in ("no.such.job", "imports.read"):
        post(site.world, f"{HOME}/jobs/{key}/runs", OPERATOR, status=404)
    get(site.world, f"{HOME}/runs/{new_id()}", OPERATOR, status=404)
    post(site.world, f"{HOME}/runs/{new_id()}/cancel", OPERATOR, status=404)


def test_the_runs_are_narrowed_and_paged(site: Site) -> None:
    runs(site, *["done"] * 22, "failed")
    runs(site, "done", job="calendar.check")
    found = get(site.world, f"{HOME}/runs", OPERATOR)
    assert (found["total"], len(found["runs"]), found["size"]) == (24, 20, 20)
    assert get(site.world, f"{HOME}/runs?job=kernel.prune", OPERATOR)["total"] == 23
    assert get(site.world, f"{HOME}/runs?state=failed", OPERATOR)["total"] == 1
    assert len(get(site.world, f"{HOME}/runs?page=2", OPERATOR)["runs"]) == 4


@pytest.mark.parametrize(
    "query", ["state=odd", "page=0", "page=x", "nonsense=1", "job=%00", "job="]
)
def test_a_question_that_is_none_is_refused(site: Site, query: str) -> None:
    assert get(site.world, f"{HOME}/runs?{query}", OPERATOR, status=422)["fields"]


def test_a_secret_in_the_error_of_a_run_is_masked(site: Site) -> None:
    (run_id,) = runs(site, "failed")
    secret = site.runtime.settings.secret_key
    with site.runtime.database.writing() as session:
        session.get_one(JobRun, run_id).error = plain(f"refused {secret}")
        session.commit()
    for path in (f"/runs/{run_id}", "/runs", "/jobs"):
        told = site.world.client(OPERATOR).get(f"/api/v1{HOME}{path}").get_data(as_text=True)
        assert "refused ***" in told
        assert secret not in told
