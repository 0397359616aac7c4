"""Lists of entries: what was worked on last, what cannot be edited now, the tree of categories."""

import re

from sqlalchemy import select

from catalog.entries.models import Category, Entry
from catalog.entries.queries import categories
from catalog.entries.visibility import may_find
from portal.kernel.access import NOBODY as NO_ONE
from tests.catalog.entries import making
from tests.world import NOBODY, World


def _page(world: World, path: str, username: str = NOBODY, status: int = 200) -> str:
    response = world.client(username).get(path)
    assert response.status_code == status, (path, response.status_code)
    return response.get_data(as_text=True)


def _main(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def test_what_was_worked_on_last_stands_first_in_the_own_list(office: World) -> None:
    first = making.published(office, title="先发布的一条")
    second = making.published(office, title="后发布的一条")
    page = _main(_page(office, "/catalog/own", "jinxian"))
    assert page.index(second.id) < page.index(first.id)
    making.edited(office, first, abstract="正在改")
    page = _main(_page(office, "/catalog/own", "jinxian"))
    assert page.index(first.id) < page.index(second.id)


def test_a_draft_beside_a_published_version_does_not_date_what_everybody_sees(
    office: World,
) -> None:
    made = making.published(office)
    before = making.entry_of(office, made).metadata_changed_at
    changed = making.edited(office, made, abstract="还没有发布")
    assert making.entry_of(office, made).metadata_changed_at == before
    making.step(office, changed, "submit", "jinxian")
    making.step(office, changed, "publish")
    assert making.entry_of(office, made).metadata_changed_at > before


def test_what_waits_or_was_withdrawn_is_not_offered_for_editing(office: World) -> None:
    waiting, gone = making.submitted(office), making.published(office)
    making.step(office, gone, "withdraw", comment="重复")
    open_one = making.draft(office)
    page = _page(office, "/catalog/own", "jinxian")
    assert f"/catalog/entries/{open_one.id}/edit" in page
    for made, words in ((waiting, "正在审核"), (gone, "已撤销")):
        path = f"/catalog/entries/{made.id}/edit"
        assert path not in page
        assert words in _page(office, path, "jinxian", 409)


def test_what_is_gone_leads_to_the_unit_that_can_be_asked(office: World) -> None:
    made = making.published(office)
    making.step(office, made, "suspend", comment="口径有误")
    unit = making.entry_of(office, made).unit_id
    assert f'href="/units/{unit}"' in _page(office, f"/catalog/entries/{made.id}", status=410)


def test_the_tree_shows_classes_with_their_groups_and_counts_what_is_below(office: World) -> None:
    page = _main(_page(office, "/catalog/categories"))
    assert re.findall(r"<h2[^>]*>([^<]+)</h2>", page) == [
        "基础信息资源",
        "主题信息资源",
        "部门信息资源",
    ]
    assert page.count('<th scope="row">') == 25
    with office.runtime.database.reading() as session:
        entries = session.execute(
            select(Entry, Category.path).join(Category, Category.id == Entry.category_id)
        ).all()
        seen = [path for entry, path in entries if may_find(NO_ONE, entry)]
        for each, below in categories.groups(session, NO_ONE):
            for branch in (each, *below):
                inside = [p for p in seen if f"{p}/".startswith(f"{branch.path}/")]
                assert branch.count == len(inside), branch.path
            assert each.children == len(below)
        top = categories.branches(session, NO_ONE, parent_id=None)
        assert top == [each for each, _below in categories.groups(session, NO_ONE)]


def test_an_empty_portal_says_that_there_are_no_categories(empty_world: World) -> None:
    assert "还没有分类" in _page(empty_world, "/catalog/categories")


def test_an_import_is_offered_only_to_those_who_may_import(office: World) -> None:
    assert 'href="/catalog/imports"' in _main(_page(office, "/catalog/own", "jinxian"))
    assert 'href="/catalog/imports"' not in _main(_page(office, "/catalog/own", "baotu"))
