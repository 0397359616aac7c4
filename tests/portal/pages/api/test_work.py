"""Tasks and messages as JSON: the same rows and numbers as the pages show."""

import pytest

from catalog.entries.deadlines import REVIEW_DUE
from portal.kernel.access import SYSTEM
from portal.kernel.addressee import Addressee
from portal.kernel.tasks import NewTask, open_tasks
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from tests.portal.pages.api.asking import get, post
from tests.portal.pages.people import CITIZEN, REVIEWER
from tests.portal.pages.waiting import send, task
from tests.world import World


def titles(world: World, path: str, who: str = REVIEWER) -> list[str]:
    return [row["title"] for row in get(world, path, who)["tasks"]]


def test_tasks_stand_by_their_limit_with_light_and_page(busy: World) -> None:
    found = get(busy, "/tasks", REVIEWER)
    assert (found["total"], found["page"], found["size"]) == (6, 1, 20)
    first, last = found["tasks"][0], found["tasks"][-1]
    assert first["title"] == "审核目录《目录0》"
    assert first["path"] == f"/catalog/reviews/{first['subject_id']}"
    assert (first["light"], first["deadline"]) == ("over", REVIEW_DUE.code)
    assert first["days_left"] < 0
    assert (last["light"], last["days_left"], last["due_at"]) == (None, None, None)


def test_days_left_are_working_days_above_zero_in_time(quiet_world: World) -> None:
    with unit_of_work(quiet_world.runtime, SYSTEM) as uow:
        open_tasks(uow, [task("a", number=1, days=0)])
    (row,) = get(quiet_world, "/tasks", REVIEWER)["tasks"]
    assert (row["light"], row["days_left"]) == ("due", 2)
    with unit_of_work(quiet_world.runtime, SYSTEM) as uow:
        open_tasks(uow, [task("b", number=2, days=40)])
    late, _in_time = get(quiet_world, "/tasks", REVIEWER)["tasks"]
    assert late["light"] == "over"
    assert late["days_left"] < -10


def test_the_counts_are_those_of_the_lists(busy: World) -> None:
    counts = get(busy, "/tasks/counts", REVIEWER)
    assert counts["all"] == len(titles(busy, "/tasks"))
    for light in ("over", "due", "ok"):
        assert counts[light] == len(titles(busy, f"/tasks?light={light}"))
    assert counts["kinds"] == {"entries.review": 6}
    assert len(titles(busy, "/tasks?kind=entries.review")) == 6


def test_what_is_done_stands_apart(busy: World) -> None:
    found = get(busy, "/tasks?state=closed", REVIEWER)
    (row,) = found["tasks"]
    assert row["title"] == "审核目录《目录99》"
    assert row["state"] == "done"
    assert row["closed_at"] is not None
    assert row["light"] is None


def test_tasks_are_paged(busy: World) -> None:
    with unit_of_work(busy.runtime, SYSTEM) as uow:
        to = Addressee(role="reviewer")
        open_tasks(uow, [NewTask("entries.review", "x", f"{n}", _("示例"), to) for n in range(20)])
    assert get(busy, "/tasks", REVIEWER)["total"] == 26
    assert len(titles(busy, "/tasks?page=2")) == 6
    assert titles(busy, "/tasks?page=3") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=odd", "state"),
        ("light=purple", "light"),
        ("state=closed&light=over", "light"),
        ("kind=nothing", "kind"),
        ("page=0", "page"),
        ("page=501", "page"),
        ("page=abc", "page"),
        ("nonsense=1", "nonsense"),
    ],
)
def test_a_question_that_is_none_is_refused_with_the_field(
    busy: World, query: str, field: str
) -> None:
    told = get(busy, f"/tasks?{query}", REVIEWER, status=422)
    assert list(told["fields"]) == [field]


def test_nobody_sees_the_tasks_and_messages_of_others(busy: World) -> None:
    send(busy, 2)
    assert titles(busy, "/tasks", CITIZEN) == []
    assert get(busy, "/tasks/counts", CITIZEN)["all"] == 0
    assert get(busy, "/messages", CITIZEN)["messages"] == []
    for path in ("/tasks", "/tasks/counts", "/messages"):
        assert busy.client().get(f"/api/v1{path}").status_code == 401


def test_messages_are_listed_and_marked_one_and_all(busy: World) -> None:
    send(busy, 25)
    found = get(busy, "/messages", REVIEWER)
    assert (found["total"], found["unread"], len(found["messages"])) == (25, 25, 20)
    first = found["messages"][0]
    assert first["title"].startswith("目录《消息")
    assert (first["path"], first["read"]) == ("/help", False)

    address = f"/messages/{first['id']}/read"
    assert post(busy, address, REVIEWER) == {"marked": 1}
    assert post(busy, address, REVIEWER) == {"marked": 0}
    unread = get(busy, "/messages?unread=true&page=2", REVIEWER)
    assert (unread["total"], len(unread["messages"])) == (24, 4)

    assert post(busy, "/messages/read", REVIEWER) == {"marked": 24}
    assert get(busy, "/messages?unread=true", REVIEWER)["messages"] == []
    assert get(busy, "/messages", REVIEWER)["unread"] == 0


def test_nobody_marks_the_messages_of_others(busy: World) -> None:
    send(busy, 1)
    (row,) = get(busy, "/messages", REVIEWER)["messages"]
    post(busy, f"/messages/{row['id']}/read", CITIZEN, status=404)
    assert post(busy, "/messages/read", CITIZEN) == {"marked": 0}
    assert get(busy, "/messages", REVIEWER)["unread"] == 1


def test_a_mark_without_token_is_refused(busy: World) -> None:
    send(busy, 1)
    assert busy.client(REVIEWER).post("/api/v1/messages/read").status_code == 403
    assert get(busy, "/messages", REVIEWER)["unread"] == 1
