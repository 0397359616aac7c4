"""The pages of entries: the form with its refusals, review, management, versions, what is gone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from catalog.entries.merging import MINE, THEIRS
from tests.catalog.entries import making
from tests.world import NOBODY, World


def _send(world: World, username: str, path: str, form: Any) -> TestResponse:
    sent = MultiDict(form)
    sent["_csrf"] = world.token(username)
    return world.client(username).post(path, data=sent)


def _page(world: World, path: str, username: str = NOBODY, status: int = 200) -> str:
    response = world.client(username).get(path)
    assert response.status_code == status, (path, response.status_code)
    return response.get_data(as_text=True)


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


@contextmanager
def _statements(world: World) -> Iterator[list[str]]:
    engine, found = world.runtime.database.engine, []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _count(world: World, path: str, username: str) -> int:
    _page(world, path, username)
    with _statements(world) as found:
        _page(world, path, username)
    return len(found)


def test_a_new_entry_is_saved_by_the_form_and_submitted(office: World) -> None:
    form = making.as_form(making.DOCUMENT)
    response = _send(
        office, "jinxian", "/catalog/entries/new", [*form.items(multi=True), ("step", "submit")]
    )
    assert response.status_code == 303
    page = _page(office, response.headers["Location"], "jinxian")
    assert "只有本单位和主管部门能看到" in page
    assert "水位" in page


def test_a_refused_form_keeps_all_that_was_typed_and_leads_to_the_fields(office: World) -> None:
    typed = {
        "title": "",
        "abstract": "<打了一半>",
        "share_type": "no-such",
        "issued_on": "去年",
        "tags": "一、二",
        "items.0.field": "level",
        "items.0.masking": "x" * 501,
        "resources.0.name": "没有类型",
    }
    response = _send(office, "jinxian", "/catalog/entries/new", typed)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "&lt;打了一半&gt;" in page
    assert '<option value="no-such" selected>' in page
    assert 'value="去年"' in page
    assert "x" * 501 in page
    for field in ("title", "share_type", "items.0.name", "items.0.masking", "resources.0.kind"):
        assert f'href="#f-{field}"' in page
        assert f'id="f-{field}"' in page
    folded = page[page.index('id="s-items"') :]
    assert '<details class="p-more" open>' in folded


def test_a_rule_that_forbids_is_shown_at_its_field(office: World) -> None:
    form = making.as_form({**making.DOCUMENT, "items": [{"name": "电话", "sensitive": True}]})
    response = _send(
        office, "jinxian", "/catalog/entries/new", [*form.items(multi=True), ("step", "submit")]
    )
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert 'href="#f-items.0.masking"' in page
    assert "CAT-07" in page


def test_rows_are_added_and_removed_without_script(office: World) -> None:
    form = making.as_form(making.DOCUMENT)
    more = _send(
        office, "jinxian", "/catalog/entries/new", [*form.items(multi=True), ("_add", "items")]
    )
    assert 'name="items.2.name"' in more.get_data(as_text=True)
    less = _send(
        office, "jinxian", "/catalog/entries/new", [*form.items(multi=True), ("_remove", "items.0")]
    )
    assert 'name="items.1.name"' not in less.get_data(as_text=True)


def test_a_stale_edit_is_answered_with_choices_and_saved_as_chosen(office: World) -> None:
    made = making.draft(office)
    path = f"/catalog/entries/{made.id}/edit"
    opened = _page(office, path, "jinxian")
    base, revision = _hidden(opened, "_base"), _hidden(opened, "revision")
    document = making.document_of(making.version_of(office, made))
    making.edited(office, made, title="别人的题目", abstract="别人的摘要", provider_office="水文科")
    mine = making.as_form(
        {**document, "title": "我的题目", "abstract": "我的摘要", "tags": ["我的"]}
    )
    stale = [*mine.items(multi=True), ("_base", base), ("revision", revision)]
    response = _send(office, "jinxian", path, stale)
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "2 项都改了" in page
    assert "2 项只有一方改动" in page
    assert all(words in page for words in ("别人的题目", "我的题目", "水文科", "我的"))
    form = _fields(page[page.index("<main") :])
    form.setlist("keep.title", [THEIRS])
    form.setlist("keep.abstract", [MINE])
    form.add("step", "save")
    assert _send(office, "jinxian", path, form).status_code == 303
    saved = making.document_of(making.version_of(office, made))
    assert (saved["title"], saved["abstract"]) == ("别人的题目", "我的摘要")
    assert (saved["provider_office"], saved["tags"]) == ("水文科", ["我的"])
    assert saved["items"] == document["items"]


def _fields(page: str) -> MultiDict[str, str]:
    """What a browser would send of the form, but for the choices."""
    found: MultiDict[str, str] = MultiDict()
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page):
        found.add(name, unescape(value))
    for name, value in re.findall(
        r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL
    ):
        found.add(name, unescape(value))
    return found


def test_what_was_typed_can_be_kept_as_a_file(office: World) -> None:
    made = making.draft(office)
    form = making.as_form({**making.DOCUMENT, "title": "我的题目"})
    response = _send(office, "jinxian", f"/catalog/entries/{made.id}/copy", form)
    assert response.get_json()["title"] == "我的题目"
    assert "attachment" in response.headers["Content-Disposition"]
    assert making.document_of(making.version_of(office, made))["title"] == making.DOCUMENT["title"]


def test_who_just_saved_is_told_that_search_lags(world: World) -> None:
    made = making.published(world)
    path = f"/catalog/entries/{made.id}"
    assert "还检索不到" in _page(world, path, "jinxian")
    assert "还检索不到" not in _page(world, path)
    world.settle()
    assert "还检索不到" not in _page(world, path, "jinxian")


def test_the_page_links_related_entries_and_providers_and_leaves_out_what_is_not_there(
    office: World,
) -> None:
    other = making.published(office, title="被关联的目录")
    code = str(making.entry_of(office, other).code)
    unit = str(office.person("baotu").unit_id)
    made = making.published(office, title="有关联的目录", related=[code], providers=[unit])
    page = _page(office, f"/catalog/entries/{made.id}")
    assert f'<a href="/catalog/entries/{other.id}">被关联的目录</a>' in page
    assert re.search(rf'<a href="/[a-z/]+/{unit}">', page)
    assert "值域" not in page
    assert "共享条件" not in page


@pytest.mark.parametrize(
    ("address", "link"),
    [("https://data.jinan.example/a.csv", True), ("jscript:alert(1)", False)],
)
def test_only_addresses_of_the_web_become_links(office: World, address: str, link: bool) -> None:
    resource = {"kind": "file", "name": "数据", "address": address}
    made = making.published(office, resources=[resource])
    page = _page(office, f"/catalog/entries/{made.id}")
    assert (f'href="{address}"' in page) is link


@pytest.mark.parametrize(("key", "words"), [("suspend", "已暂停"), ("withdraw", "已撤销")])
def test_what_is_gone_says_so_to_outsiders_and_stays_readable_inside(
    office: World, key: str, words: str
) -> None:
    made = making.published(office)
    making.step(office, made, key, comment="口径有误")
    page = _page(office, f"/catalog/entries/{made.id}", status=410)
    assert words in page
    assert "口径有误" in page
    for tail in ("/document.json", "/items", "/versions/1", "/difference"):
        assert "口径有误" in _page(office, f"/catalog/entries/{made.id}{tail}", status=410)
    assert "口径有误" in _page(office, f"/catalog/entries/{made.id}", "jinxian")


def test_versions_stay_readable_and_are_compared(office: World) -> None:
    made = making.published(office)
    second = making.edited(office, made, abstract="改过的摘要", update_cycle="weekly")
    assert "每周" not in _page(office, f"/catalog/entries/{made.id}")
    _page(office, f"/catalog/entries/{made.id}/versions/2", status=404)
    making.step(office, second, "submit", "jinxian")
    making.step(office, second, "publish")
    assert "每日观测。" in _page(office, f"/catalog/entries/{made.id}/versions/1")
    page = _page(office, f"/catalog/entries/{made.id}/difference?old=1&new=2")
    assert "<del>每日</del>" in page
    assert "<ins>每周</ins>" in page
    _page(office, f"/catalog/entries/{made.id}/difference?old=1&new=9", status=404)
    published = office.client().get(f"/catalog/entries/{made.id}/document.json").get_json()
    assert published == making.document_of(making.version_of(office, second))


def test_the_reviewer_sees_what_changed_and_must_say_why_not(office: World) -> None:
    made = making.published(office)
    second = making.edited(office, made, abstract="改过的摘要")
    making.step(office, second, "submit", "jinxian")
    path = f"/catalog/reviews/{second.version_id}"
    page = _page(office, path, "shuyu")
    assert "改动 1 处" in page
    assert 'href="#f-decision"' in _send(office, "shuyu", path, {}).get_data(as_text=True)
    refused = _send(office, "shuyu", path, {"decision": "return", "comment": " "})
    assert refused.status_code == 422
    assert 'href="#f-comment"' in refused.get_data(as_text=True)
    seen = making.version_of(office, second).sha256
    form = {"decision": "return", "comment": "太短", "seen": seen}
    assert _send(office, "shuyu", path, form).status_code == 303
    again = _send(office, "shuyu", path, {"decision": "publish", "seen": seen})
    assert again.status_code == 409
    assert making.version_of(office, second).status == "returned"


def test_nobody_publishes_from_an_old_page_what_he_has_not_read(office: World) -> None:
    made = making.submitted(office)
    path = f"/catalog/reviews/{made.version_id}"
    page = _page(office, path, "shuyu")
    seen = making.version_of(office, made).sha256
    assert f'name="seen" value="{seen}"' in page
    making.step(office, made, "return", comment="太短")
    making.edited(office, made, abstract="送审之后改过的摘要。")
    making.step(office, made, "submit", "jinxian")
    form = {"decision": "publish", "seen": seen}
    refused = _send(office, "shuyu", path, form)
    assert refused.status_code == 409
    assert "送审之后改过的摘要" in refused.get_data(as_text=True)
    many = [("version", made.version_id), (f"seen-{made.version_id}", seen)]
    listed = _send(office, "shuyu", "/catalog/reviews", [*many, ("decision", "publish")])
    assert "送审内容改过了" in listed.get_data(as_text=True)
    assert making.version_of(office, made).status == "bureau_review"
    now = re.search('name="seen" value="([0-9a-f]{64})"', refused.get_data(as_text=True))
    assert now
    form = {"decision": "publish", "seen": now[1]}
    assert _send(office, "shuyu", path, form).status_code == 303


def test_many_versions_are_decided_at_once_each_with_its_outcome(office: World) -> None:
    first, second = making.submitted(office), making.draft(office)
    ids = [("version", first.version_id), ("version", second.version_id)]
    assert _send(office, "shuyu", "/catalog/reviews", [("decision", "publish")]).status_code == 422
    assert (
        _send(office, "shuyu", "/catalog/reviews", [*ids, ("decision", "return")]).status_code
        == 422
    )
    ids += [(f"seen-{m.version_id}", making.version_of(office, m).sha256) for m in (first, second)]
    response = _send(office, "shuyu", "/catalog/reviews", [*ids, ("decision", "publish")])
    assert "1 件完成，1 件没有完成" in response.get_data(as_text=True)
    assert making.entry_of(office, first).standing == "published"


def test_many_entries_are_suspended_resumed_and_withdrawn(office: World) -> None:
    first, second = making.published(office), making.draft(office)
    ids = [("entry", first.id), ("entry", second.id)]
    path = "/catalog/entries/manage"
    assert _send(office, "shuyu", path, [*ids, ("decision", "suspend")]).status_code == 422
    for key, standing in (
        ("suspend", "suspended"),
        ("resume", "published"),
        ("withdraw", "withdrawn"),
    ):
        form = [*ids, ("decision", key), ("comment", "清理")]
        page = _send(office, "shuyu", path, form).get_data(as_text=True)
        assert "1 件完成，1 件没有完成" in page
        assert making.entry_of(office, first).standing == standing
    assert making.entry_of(office, second).standing == "unpublished"


def test_the_reviewer_finds_entries_by_state_title_and_unit(office: World) -> None:
    made = making.draft(office, title="独一无二的（题目）")
    unit = making.entry_of(office, made).unit_id
    for query in ("q=独一无二的题目", f"q=独一无二&unit={unit}", "q=独一无二&status=draft"):
        assert made.id in _page(office, f"/catalog/entries/manage?{query}", "shuyu")
    assert made.id not in _page(
        office, "/catalog/entries/manage?q=独一无二&status=published", "shuyu"
    )
    assert made.id in _page(office, "/catalog/own?status=draft", "jinxian")
    _page(office, "/catalog/entries/manage?unit=nothing", "shuyu", 404)


def test_the_yearly_question_is_answered_on_the_page(office: World) -> None:
    made = making.published(office, update_cycle="irregular")
    assert "确认仍然有效" in _page(office, f"/catalog/entries/{made.id}", "jinxian")
    path = f"/catalog/entries/{made.id}/confirmation"
    assert _send(office, "jinxian", path, {}).status_code == 303
    assert _send(office, "baotu", path, {}).status_code == 403


def test_pages_ask_the_database_equally_often_with_few_and_many_rows(world: World) -> None:
    rows = [{"name": f"第{n}项", "field": f"F{n}", "type": "string"} for n in range(120)]
    files = [{"kind": "file", "name": f"第{n}件", "format": "csv"} for n in range(40)]
    making.draft(world)
    small = making.published(world)
    large = making.published(world, items=rows, resources=files)
    changed = making.edited(world, large, abstract="改")
    making.step(world, changed, "submit", "jinxian")
    few = {
        ("own", "jinxian"): _count(world, "/catalog/own?status=draft", "jinxian"),
        ("reviews", "shuyu"): _count(world, "/catalog/reviews", "shuyu"),
        ("entries/manage", "shuyu"): _count(world, "/catalog/entries/manage?status=draft", "shuyu"),
    }
    entry = _count(world, f"/catalog/entries/{small.id}", NOBODY)
    assert entry == _count(world, f"/catalog/entries/{large.id}", NOBODY) <= 12
    assert _count(world, f"/catalog/entries/{large.id}", "jinxian") <= 16
    review = _count(world, f"/catalog/reviews/{changed.version_id}", "shuyu")
    for _number in range(12):
        making.draft(world)
        making.submitted(world)
    many = {
        ("own", "jinxian"): _count(world, "/catalog/own?status=draft", "jinxian"),
        ("reviews", "shuyu"): _count(world, "/catalog/reviews", "shuyu"),
        ("entries/manage", "shuyu"): _count(world, "/catalog/entries/manage?status=draft", "shuyu"),
    }
    assert many == few
    assert review == _count(world, f"/catalog/reviews/{changed.version_id}", "shuyu")


def test_errors_stand_in_the_order_of_the_page(office: World) -> None:
    typed = {
        "title": "一",
        "contact_phone": "xx",
        "related": "没有的代码",
        "category": "没有的类",
        "items.1.field": "b",
        "items.0.field": "a",
        "resources.0.name": "没有类型",
    }
    response = _send(office, "jinxian", "/catalog/entries/new", typed)
    page = response.get_data(as_text=True)
    summary = page[page.index("p-errors") : page.index('id="s-basic"')]
    found = re.findall(r'href="#f-([^"]+)"', summary)
    assert response.status_code == 422
    assert found == [f for f in re.findall(r'id="f-([\w.]+)"', page) if f in found]
    assert len(found) >= 3


def test_a_section_that_is_all_optional_says_so_once(office: World) -> None:
    page = _page(office, "/catalog/entries/new", "jinxian")
    basic = page[page.index('id="s-basic"') : page.index('id="s-format"')]
    rest = page[page.index('id="s-format"') : page.index('id="s-items"')]
    assert "（选填）" in basic
    assert "都是选填" not in basic
    assert "（选填）" not in rest
    assert rest.count("这一部分都是选填。") == 4
