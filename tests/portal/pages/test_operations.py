"""The operations page: what waits, what failed and is retried, what the jobs did."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select

from portal.kernel import clock
from portal.kernel.audit import AuditRow
from portal.kernel.calendar import CalendarYear
from portal.kernel.jobs import JobRun
from portal.kernel.outbox import OutboxRow
from portal.kernel.sentence import plain
from portal.kernel.text import _
from portal.pages import health
from portal.pages.lights import lights
from portal.pages.queries.operations import LETTERS_SHOWN, NEWEST_LETTERS
from tests.portal.kernel.outgoing import happen
from tests.portal.pages.people import OPERATOR, REVIEWER
from tests.portal.pages.site import HOUR, Site, deliver, let_die, runs


def test_a_failing_handler_becomes_a_dead_letter_that_is_seen_and_retried(site: Site) -> None:
    let_die(site.runtime, "bad")
    assert "RuntimeError: poisoned" in site.page()
    assert site.light(1)["state"] == "over"

    site.listener.poisoned.clear()
    with site.runtime.database.reading() as session:
        row_id = session.scalars(select(OutboxRow.id).where(OutboxRow.state == "dead")).one()
    assert site.post(f"/operations/letters/{row_id}/retry") == 303
    deliver(site.runtime)

    assert site.listener.subjects[-1] == "bad"
    assert "poisoned" not in site.page()
    assert site.light(1)["state"] == "ok"
    with site.runtime.database.reading() as session:
        acts = session.scalars(select(AuditRow.action).where(AuditRow.subject_id == str(row_id)))
        assert list(acts) == ["outbox.revive"]


def test_all_dead_letters_are_retried_at_once(site: Site) -> None:
    site.listener.broken = ValueError("no")
    let_die(site.runtime, "a", "b", "c")
    assert site.report().dead == 3
    site.listener.broken = None
    assert site.post("/operations/letters/retry") == 303
    deliver(site.runtime)
    assert site.report().dead == 0
    assert site.report().waiting == 0


def test_only_the_newest_letters_stand_on_the_page_and_lead_to_all(site: Site) -> None:
    site.listener.broken = ValueError("no")
    let_die(site.runtime, *(f"s{number}" for number in range(LETTERS_SHOWN + 3)))
    shown = site.page()
    assert shown.count('id="retry-') == NEWEST_LETTERS
    assert f'<a href="/operations/letters">查看全部 {LETTERS_SHOWN + 3} 件</a>' in shown
    first = site.page("/operations/letters")
    assert first.count('id="retry-') == LETTERS_SHOWN
    found = re.search(r'href="(/operations/letters\?before=[0-9]+)"', first)
    assert found is not None
    rest = site.page(found[1])
    assert rest.count('id="retry-') == 3
    assert 'href="/operations/letters?' not in rest
    assert site.post("/operations/letters/retry") == 303
    assert "没有失败事件" in site.page("/operations/letters")


@pytest.mark.parametrize("before", ["0", "-1", "x", "9" * 40, "٣", "%00"])
def test_a_place_that_is_none_shows_a_page_of_letters(site: Site, before: str) -> None:
    site.page(f"/operations/letters?before={before}")


def test_a_letter_that_is_not_dead_any_more_is_a_conflict(site: Site) -> None:
    assert site.post("/operations/letters/1/retry") == 409


def test_a_secret_in_an_error_is_not_shown(site: Site) -> None:
    secret = site.runtime.settings.secret_key
    site.listener.broken = ValueError(f"cannot sign with {secret}")
    let_die(site.runtime, "a")
    runs(site, "failed")
    shown = site.page()
    assert "cannot sign with ***" in shown
    assert secret not in shown


def test_a_secret_in_the_error_of_a_run_is_not_shown(site: Site) -> None:
    (run_id,) = runs(site, "failed")
    secret = site.runtime.settings.secret_key
    with site.runtime.database.writing() as session:
        session.get_one(JobRun, run_id).error = plain(f"refused {secret}")
        session.commit()
    shown = site.page(f"/operations/runs/{run_id}")
    assert "refused ***" in shown
    assert secret not in shown


def test_waiting_events_turn_amber_and_red_with_their_age(site: Site) -> None:
    assert site.light(0)["state"] == "ok"
    happen(site.runtime, "a", "b")
    assert site.report().waiting == 2
    assert site.light(0)["state"] == "ok"
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert site.light(0)["state"] == "due"
    with clock.frozen(clock.now() + timedelta(minutes=20)):
        assert site.light(0)["state"] == "over"
    assert "listen" in site.page()


def test_a_dead_letter_does_not_count_as_waiting(site: Site) -> None:
    let_die(site.runtime, "bad")
    (lag,) = site.report().lags
    assert (lag.waiting, lag.dead, lag.since) == (0, 1, None)


def test_every_job_is_listed_with_its_last_runs(site: Site) -> None:
    runs(site, *["done"] * 20, "failed")
    shown = site.page()
    for line in site.report().jobs:
        assert line.job.label.__html__() in shown
    (line,) = [line for line in site.report().jobs if line.job.key == "kernel.prune"]
    assert len(line.good) == 14
    assert list(line.good)[-1] is False
    assert line.failed
    assert "近 14 次运行，失败 1 次" in shown
    assert site.light(2)["state"] == "over"


def test_silence_of_the_scheduler_is_told(site: Site) -> None:
    with clock.frozen(clock.now() + HOUR):
        assert site.light(2)["state"] == "due"
    runs(site, "done")
    assert site.light(2)["state"] == "due"
    with clock.frozen(clock.now() - HOUR + timedelta(minutes=1)):
        assert site.light(2)["state"] == "ok"


def test_a_portal_that_was_just_set_up_is_not_silent(site: Site) -> None:
    assert site.light(2)["state"] == "ok"


def test_a_job_is_run_at_once_by_hand(site: Site) -> None:
    token = site.world.token(OPERATOR)
    client = site.world.client(OPERATOR)
    response = client.post("/operations/jobs/kernel.prune/runs", data={"_csrf": token})
    assert response.status_code == 303
    shown = site.page(response.headers["Location"])
    assert "等待开始" in shown
    with site.runtime.database.reading() as session:
        run = session.scalars(select(JobRun)).one()
    assert run.state == "planned"
    assert run.requested_by == site.world.person(OPERATOR).id


def test_a_job_that_needs_to_be_told_more_is_not_run_by_hand(site: Site) -> None:
    assert site.post("/operations/jobs/no.such.job/runs") == 404


def test_a_run_is_cancelled(site: Site) -> None:
    (waiting,) = runs(site, "planned")
    assert site.post(f"/operations/runs/{waiting}/cancel") == 303
    assert "已取消" in site.page(f"/operations/runs/{waiting}")
    (working,) = runs(site, "running", job="calendar.check")
    assert site.post(f"/operations/runs/{working}/cancel") == 303
    assert "已要求停止" in site.page(f"/operations/runs/{working}")
    (over,) = runs(site, "done", job="tasks.escalate")
    assert site.post(f"/operations/runs/{over}/cancel") == 409


def test_a_run_asks_for_itself_only_while_it_works(site: Site) -> None:
    (working,) = runs(site, "running")
    assert 'hx-trigger="every 2s"' in site.page(f"/operations/runs/{working}")
    (over,) = runs(site, "failed", job="calendar.check")
    shown = site.page(f"/operations/runs/{over}")
    assert "every 2s" not in shown
    assert "broken" in shown
    assert "<code>files</code> 3" in shown


def test_a_fragment_is_only_the_changing_part(site: Site) -> None:
    fragment = site.page(**{"HX-Request": "true"})
    assert fragment.lstrip().startswith('<div id="operations"')
    assert "<h1" not in fragment
    assert "<h1" in site.page(**{"HX-Request": "true", "HX-History-Restore-Request": "true"})
    (run_id,) = runs(site, "running")
    assert "<h1" not in site.page(f"/operations/runs/{run_id}", **{"HX-Request": "true"})


def test_the_runs_are_narrowed_by_job_and_state(site: Site) -> None:
    runs(site, "done", "failed")
    runs(site, "done", job="calendar.check")
    assert site.page("/operations/runs").count('<th scope="row">') == 3
    assert site.page("/operations/runs?job=kernel.prune").count('<th scope="row">') == 2
    assert site.page("/operations/runs?state=failed").count('<th scope="row">') == 1
    assert "没有运行记录" in site.page("/operations/runs?job=search.check")
    assert site.page("/operations/runs?job=%00").count('<th scope="row">') == 3


def test_a_year_without_holidays_is_told(site: Site) -> None:
    with clock.frozen(datetime.fromisoformat("2026-11-24T03:00:00+00:00")):
        assert site.report().provisional_year == 2027
    with site.runtime.database.writing() as session:
        session.execute(delete(CalendarYear))
        session.commit()
    with clock.frozen(datetime.fromisoformat("2026-11-24T03:00:00+00:00")):
        assert site.report().provisional_year == 2026


def test_the_index_is_compared_with_the_database(site: Site) -> None:
    site.world.settle()
    index = site.report().index
    assert index is not None
    assert index.health.documents == index.expected == 0


def test_an_index_that_is_not_built_yet_is_no_alarm_while_there_is_nothing_to_find(
    site: Site,
) -> None:
    light = site.light(3)
    assert (light["state"], str(light["note"])) == ("hold", "尚未建立")


def test_an_index_that_should_hold_something_and_is_not_there_is_an_alarm(site: Site) -> None:
    report = site.report()
    assert report.index is not None
    found = lights(replace(report, index=replace(report.index, expected=5)))[3]
    assert (found["state"], str(found["note"])) == ("over", "尚未建立")


def test_a_part_that_does_not_work_is_told(site: Site) -> None:
    first, *others = site.runtime.features
    broken = replace(first, extra={**first.extra, "health": (lambda _r: _("示例部件坏了"),)})
    report = health.report
    runtime = replace(site.runtime, features=(broken, *others))
    with runtime.database.reading() as session:
        found = report(session, runtime)
    assert [str(problem) for problem in found.problems] == ["示例部件坏了"]
    assert lights(found)[3]["state"] == "over"


def test_without_a_search_the_page_says_so(site: Site) -> None:
    runtime = replace(site.runtime, parts={})
    features = tuple(f for f in runtime.features if f.key != "search")
    with runtime.database.reading() as session:
        found = health.report(session, replace(runtime, features=features))
    assert found.index is None
    assert lights(found)[3]["state"] == "hold"


def test_only_operators_see_how_the_product_runs(site: Site) -> None:
    for address in ("/operations", "/operations/letters", "/operations/runs"):
        assert site.world.client(REVIEWER).get(address).status_code == 403
        assert site.world.client().get(address).status_code == 401
