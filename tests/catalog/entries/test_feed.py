"""The feed: well formed, the same for everybody, paged, and only sent again when it has changed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import event, select, update

from catalog.entries.models import Entry
from catalog.entries.queries import feed as queries
from catalog.entries.visibility import may_find
from portal.kernel import clock
from portal.kernel.access import NOBODY as NO_ONE
from portal.kernel.uow import unit_of_work
from tests.catalog.entries import making
from tests.world import NOBODY, World

FEED = "/catalog/feed.atom"
A = "{http://www.w3.org/2005/Atom}"


def _get(world: World, path: str = FEED, username: str = NOBODY, **headers: str) -> Any:
    return world.client(username).get(path, headers=headers)


def _feed(world: World, path: str = FEED, username: str = NOBODY) -> ET.Element:
    answer = _get(world, path, username)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    return ET.fromstring(answer.get_data())


def _links(element: ET.Element) -> dict[str, str]:
    return {
        f"{n.get('rel')} {n.get('type')}": n.get("href", "") for n in element.findall(f"{A}link")
    }


def _following(feed: ET.Element) -> str | None:
    href = _links(feed).get("next application/atom+xml")
    parts = urlsplit(href or "")
    return f"{parts.path}?{parts.query}" if href else None


def _walk(world: World, path: str = FEED) -> Iterator[ET.Element]:
    following: str | None = path
    while following:
        feed = _feed(world, following)
        yield from feed.findall(f"{A}entry")
        following = _following(feed)


def _ids(entries: Any) -> list[str]:
    return [(entry.findtext(f"{A}id") or "").rpartition(":")[2] for entry in entries]


def _titles(world: World, path: str = FEED) -> list[str | None]:
    return [entry.findtext(f"{A}title") for entry in _feed(world, path).findall(f"{A}entry")]


def _entries(world: World) -> list[Entry]:
    with world.runtime.database.reading() as session:
        return list(session.scalars(select(Entry)))


def test_the_feed_has_what_the_standard_asks_for(office: World) -> None:
    made = making.published(office, title="泉水温度", abstract="每日一次。", themes=["weather"])
    feed = _feed(office)
    assert feed.tag == f"{A}feed"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-CN"
    assert (feed.findtext(f"{A}id") or "").startswith("tag:127.0.0.1,2026:catalog")
    assert feed.findtext(f"{A}title")
    assert feed.findtext(f"{A}author/{A}name")
    site = office.runtime.settings.url
    assert _links(feed)["self application/atom+xml"] == site + FEED
    assert _links(feed)["alternate text/html"].startswith(f"{site}/search")
    entry = feed.find(f"{A}entry")
    assert entry is not None
    assert entry.findtext(f"{A}id") == f"tag:127.0.0.1,2026:entry:{made.id}"
    assert entry.findtext(f"{A}title") == "泉水温度"
    assert entry.findtext(f"{A}summary") == "每日一次。"
    record = making.entry_of(office, made)
    assert entry.findtext(f"{A}author/{A}name") == "济南市交通运输局"
    assert _links(entry)["alternate text/html"] == f"{site}/catalog/entries/{made.id}"
    category = entry.find(f"{A}category")
    assert category is not None
    assert (category.get("term"), category.get("label")) == ("weather", "气象服务")
    for name, at in (("updated", record.metadata_changed_at), ("published", at_first(record))):
        told = datetime.fromisoformat(entry.findtext(f"{A}{name}") or "")
        assert told == at.replace(microsecond=0)
    assert feed.findtext(f"{A}updated") == entry.findtext(f"{A}updated")


def at_first(record: Entry) -> datetime:
    assert record.first_published_at is not None
    return record.first_published_at


@pytest.mark.parametrize("username", [NOBODY, "jinxian", "shuyu", "xiaolu"])
def test_everybody_gets_what_nobody_in_particular_may_find(
    shared_world: World, username: str
) -> None:
    expected = {e.id for e in _entries(shared_world) if may_find(NO_ONE, e)}
    found = _ids(_walk(shared_world))
    assert set(found) == expected
    assert len(found) == len(expected)
    first = _ids(_feed(shared_world, username=username).findall(f"{A}entry"))
    assert first == found[: queries.SHOWN]


@pytest.mark.parametrize(
    "change",
    [{"open_type": "withheld"}, {"standing": "suspended"}, {"standing": "withdrawn"}, {"draft": 1}],
)
def test_what_is_not_public_is_not_told(office: World, change: dict[str, str]) -> None:
    fields = {k: v for k, v in change.items() if k == "open_type"}
    made = making.draft(office, title="不公开", **fields)
    if "draft" not in change:
        making.step(office, made, "submit", "jinxian")
        making.step(office, made, "publish")
    if "standing" in change:
        assert "不公开" in _titles(office)
        making.step(office, made, "suspend" if change["standing"] == "suspended" else "withdraw")
    assert "不公开" not in _titles(office)


def test_the_newest_change_comes_first_and_a_draft_is_no_change(office: World) -> None:
    first = making.published(office, title="先发布")
    making.published(office, title="后发布")
    assert _titles(office)[:2] == ["后发布", "先发布"]
    before = _get(office)
    changed = making.edited(office, first, abstract="还没有发布的改动")
    assert _titles(office)[:2] == ["后发布", "先发布"]
    assert _get(office).headers["ETag"] == before.headers["ETag"]
    making.step(office, changed, "submit", "jinxian")
    making.step(office, changed, "publish")
    assert _titles(office)[:2] == ["先发布", "后发布"]


def test_it_is_narrowed_by_unit_and_theme(office: World) -> None:
    made = making.published(office, title="气象一", themes=["weather", "health"])
    making.published(office, title="卫生一", themes=["health"])
    unit = making.entry_of(office, made).unit_id
    assert _titles(office, f"{FEED}?theme=weather")[0] == "气象一"
    assert "卫生一" not in _titles(office, f"{FEED}?theme=weather")
    owners = {e.id: e.unit_id for e in _entries(office)}
    of_unit = _ids(_walk(office, f"{FEED}?unit={unit}"))
    assert {owners[i] for i in of_unit} == {unit}
    assert len(of_unit) > 2
    both = _feed(office, f"{FEED}?unit={unit}&theme=weather")
    assert both.findtext(f"{A}title") == "济南市公共数据门户数据目录 · 济南市交通运输局 · 气象服务"
    assert both.findtext(f"{A}id") != _feed(office).findtext(f"{A}id")
    assert f"unit={unit}" in _links(both)["self application/atom+xml"]
    assert _get(office, f"{FEED}?theme=social_security").status_code == 404
    assert _get(office, f"{FEED}?theme=%25").status_code == 404
    assert _get(office, f"{FEED}?unit=%00").status_code == 404
    nobody = "00000000-0000-4000-8000-000000000000"
    assert _get(office, f"{FEED}?unit={nobody}").status_code == 404


def test_pages_follow_one_another_while_entries_change(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SHOWN", 7)
    expected = _ids(_walk(office))
    assert len(expected) > 200
    following = _following(_feed(office))
    assert following is not None
    making.published(office, title="在翻页时发布")
    assert _ids(_feed(office, following).findall(f"{A}entry")) == expected[7:14]
    for wrong in ("x", "W10", "WzEsMl0", "WyIyMDI2LTAxLTAxIiwiYSJd", "%F0%9F%98%80"):
        assert _get(office, f"{FEED}?after={wrong}").status_code == 422, wrong


@pytest.mark.parametrize(
    "title",
    [
        "<b>&amp;</b> ]]>",
        "\x01\x0b控制\x1f字符\ufffe",
        "\u202e倒写",
        "😀" * 20,
        "&#x0; \x00零",
        "\"引'号",
    ],
)
def test_it_is_well_formed_for_any_title(office: World, title: str) -> None:
    made = making.published(office)
    with unit_of_work(office.runtime, office.person("shuyu")) as uow:
        uow.session.execute(update(Entry).where(Entry.id == made.id).values(title=title))
    read = _titles(office)[0] or ""
    assert read
    assert read == "".join(c for c in title if c.isprintable() or c == "\u202e")


def test_it_is_sent_again_only_when_it_has_changed(office: World) -> None:
    made = making.published(office)
    first = _get(office)
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    same = _get(office, **{"If-None-Match": tag})
    assert (same.status_code, same.get_data()) == (304, b"")
    assert same.headers["ETag"] == tag
    assert _get(office, **{"If-Modified-Since": modified}).status_code == 304
    later = clock.now().replace(year=clock.now().year + 1)
    with clock.frozen(later):
        making.step(office, made, "withdraw")
    assert _get(office, **{"If-None-Match": tag}).status_code == 200
    again = _get(office, **{"If-Modified-Since": modified})
    assert again.status_code == 200
    assert again.headers["Last-Modified"] != modified


def test_an_empty_portal_has_a_feed(empty_world: World) -> None:
    feed = _feed(empty_world)
    assert feed.findall(f"{A}entry") == []
    assert datetime.fromisoformat(feed.findtext(f"{A}updated") or "")


def test_it_asks_the_database_equally_often(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def count() -> int:
        found: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            found.append(statement)

        engine = office.runtime.database.engine
        event.listen(engine, "before_cursor_execute", note)
        _get(office)
        event.remove(engine, "before_cursor_execute", note)
        return sum(1 for statement in found if statement.startswith(("SELECT", "WITH")))

    _get(office)
    many = count()
    monkeypatch.setattr(queries, "SHOWN", 3)
    assert count() == many <= 2


def test_pages_lead_to_it(office: World) -> None:
    unit = office.person("jinxian").unit_id
    for path, feed in (
        ("/catalog/entries", FEED),
        (f"/catalog/entries?unit={unit}", f"{FEED}?unit={unit}"),
        ("/catalog/categories", FEED),
    ):
        page = office.client().get(path).get_data(as_text=True)
        assert (
            f'<link rel="alternate" type="application/atom+xml" title="目录订阅" href="{feed}">'
            in page
        )
