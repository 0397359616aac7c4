"""The page of results and the API: found, filtered, escaped, and useful while the engine is down."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Response
from flask.testing import FlaskClient

from portal.kernel.access import NOBODY
from portal.kernel.commands import Invocation
from portal.kernel.runtime import Runtime
from portal.kernel.uow import UnitOfWork
from portal.web import shell
from portal.web.access import refuse_undeclared
from portal.web.sessions import SignedIn
from search.cli import search as commands
from tests.search.conftest import Change
from tests.search.records import give_grade, save

Deliver = Callable[[], str]
SIGNED_IN = SignedIn(NOBODY, "key", "secret", "zh", "light", "", ())


class Nobody:
    """Nobody is ever signed in."""

    def load(self, raw_id: str, *, prolong: bool) -> SignedIn | None:
        return None


@pytest.fixture
def client(runtime: Runtime, change: Change, deliver: Deliver) -> FlaskClient:
    app = shell.make_app(runtime, Nobody())
    for feature in runtime.features:
        for blueprint in feature.blueprints:
            app.register_blueprint(blueprint)
    refuse_undeclared(app)

    def fill(uow: UnitOfWork) -> None:
        for n in range(30):
            save(uow, f"a{n:02d}", f"停车场<{n}>号", unit="甲局" if n % 3 else "乙局")

    change(fill)
    change(lambda uow: give_grade(uow, "a01", "甲"))
    deliver()
    return app.test_client()


def text_of(response: Response) -> str:
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_data(as_text=True)


def test_the_page_marks_what_was_found_and_escapes_the_rest(client: FlaskClient) -> None:
    page = text_of(client.get("/search?q=停车场"))
    assert "找到 30 条目录" in page
    assert "<mark>停车场</mark>&lt;" in page
    assert "<mark>停车场</mark>&lt;1&gt;号的&lt;说明&gt;" in page
    assert "<1>" not in page
    assert 'name="robots" content="noindex, nofollow"' in page


def test_the_bare_page_may_be_indexed(client: FlaskClient) -> None:
    assert "noindex" not in text_of(client.get("/search"))


def test_htmx_gets_the_fragment_and_a_restored_page_is_whole(client: FlaskClient) -> None:
    fragment = text_of(client.get("/search?q=停车场", headers={"HX-Request": "true"}))
    assert "<html" not in fragment
    assert "找到 30 条目录" in fragment
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in text_of(client.get("/search?q=停车场", headers=restored))


def test_several_values_of_a_facet_are_chosen_at_once(client: FlaskClient) -> None:
    page = text_of(client.get("/search?unit=甲局&unit=乙局&grade=甲"))
    assert "找到 1 条目录" in page
    assert page.count(" checked>") == 3
    assert "去掉筛选" in page


def test_nested_values_appear_when_their_parent_is_chosen(client: FlaskClient) -> None:
    assert 'value="根/甲局"' not in text_of(client.get("/search"))
    assert 'value="根/甲局"' in text_of(client.get("/search?path=根"))


def test_pages_by_number_and_walks_by_cursor_lead_to_the_end(client: FlaskClient) -> None:
    first = text_of(client.get("/search?q=停车场"))
    assert "第 1–20 条，共 30 条" in first
    assert "第 21–30 条，共 30 条" in text_of(client.get("/search?q=停车场&page=2"))
    walk = text_of(client.get("/search?sort=name"))
    following = walk.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "after=" in following
    assert "第 21–30 条，共 30 条" in text_of(client.get(following))


def test_nothing_found_says_what_to_do(client: FlaskClient) -> None:
    page = text_of(client.get("/search?q=不存在的词&unit=甲局"))
    assert "没有找到同时符合这些条件的目录" in page
    assert "去掉全部筛选再检索" in page


def test_words_found_one_by_one_are_announced(client: FlaskClient) -> None:
    assert "完全相同的内容" in text_of(client.get("/search?q=停车场甲局"))


@pytest.mark.parametrize(
    "address", ["/search?page=501", "/search?sort=colour", "/search?sort=name&after=x"]
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 422
    assert "。" in response.get_data(as_text=True)


def test_while_the_engine_is_down_the_page_lists_by_name(
    client: FlaskClient, runtime: Runtime
) -> None:
    (runtime.settings.search_folder / "current").unlink()
    page = text_of(client.get("/search?q=停车场"))
    assert "检索暂时不能使用" in page
    assert "停车场&lt;0&gt;号" in page
    assert client.get("/api/v1/search?q=停车场").status_code == 503
    assert text_of(client.get("/search/suggestions?q=停")) == ""


def test_the_page_says_how_far_the_index_is_behind(client: FlaskClient, change: Change) -> None:
    change(lambda uow: save(uow, "a99", "停车场新"))
    assert "索引落后 1 条" in text_of(client.get("/search?q=停车场"))


def test_suggestions_begin_with_the_text(client: FlaskClient) -> None:
    assert text_of(client.get("/search/suggestions?q=tingche")).count('role="option"') == 8


def test_the_api_walks_to_the_end(client: FlaskClient) -> None:
    seen: list[str] = []
    after = ""
    while True:
        answer = client.get(
            f"/api/v1/search?sort=newest&size=7&after={after}"
            if after
            else "/api/v1/search?sort=newest&size=7"
        )
        told = answer.get_json()
        seen += [hit["id"] for hit in told["hits"]]
        after = told["next"]
        if not after:
            break
    assert sorted(seen) == [f"a{n:02d}" for n in range(30)]


def test_the_api_filters_counts_and_refuses(client: FlaskClient) -> None:
    told = client.get("/api/v1/search?q=停车场&filter=unit:乙局&facets=true").get_json()
    assert told["total"] == 10
    assert told["facets"]["unit"] == [
        {"value": "甲局", "count": 20},
        {"value": "乙局", "count": 10},
    ]
    assert client.get("/api/v1/search?filter=unit").status_code == 422
    assert client.get("/api/v1/search?filter=colour:red").status_code == 422
    assert client.get("/api/v1/search?colour=red").status_code == 422


def run(runtime: Runtime, *arguments: str, given: str = "") -> tuple[int, str]:
    invocation = Invocation(lambda: runtime)
    result = CliRunner().invoke(commands, list(arguments), input=given, obj=invocation)
    return result.exit_code, result.stdout


def test_the_command_prints_what_the_page_finds(client: FlaskClient, runtime: Runtime) -> None:
    code, out = run(runtime, "query", "--json", "--limit", "2", "停车场")
    found = json.loads(out)
    assert (code, found["query"], found["total"], len(found["hits"])) == (0, "停车场", 30, 2)
    assert set(found["hits"][0]) == {"id", "code", "title", "unit", "score"}
    assert "找到 30 条" in run(runtime, "query", "停车场")[1]


def test_the_command_takes_a_query_a_line(client: FlaskClient, runtime: Runtime) -> None:
    _code, out = run(runtime, "query", "--json", given="停车场\n乙局\n没有\n")
    assert [json.loads(line)["total"] for line in out.splitlines()] == [30, 10, 0]


def test_the_commands_compare_mend_and_rebuild(
    client: FlaskClient, runtime: Runtime, change: Change, deliver: Deliver
) -> None:
    assert run(runtime, "verify") == (0, "文档 30 条：缺少 0，过时 0，多余 0，等待处理 0。\n")
    change(
        lambda uow: (
            uow.session.connection().exec_driver_sql("UPDATE test_record SET unit='丙'") and None
        )
    )
    code, out = run(runtime, "verify")
    assert code == 1
    assert "过时 30" in out
    assert json.loads(run(runtime, "verify", "--json", "--repair")[1])["stale"] == 30
    deliver()
    assert run(runtime, "verify")[0] == 0
    assert run(runtime, "rebuild") == (0, "已重建索引，共 30 条。\n")


@pytest.fixture
def many_units(client: FlaskClient, change: Change, deliver: Deliver) -> FlaskClient:
    """Entries of twenty more units, beside those of `client`."""

    def fill(uow: UnitOfWork) -> None:
        for n in range(20):
            save(uow, f"b{n:02d}", f"停车场{n}", unit=f"单位{n:02d}")

    change(fill)
    deliver()
    return client


def test_a_long_facet_shows_its_first_values_and_a_way_to_all(many_units: FlaskClient) -> None:
    page = text_of(many_units.get("/search?q=停车场"))
    assert page.count('name="unit"') == 5
    assert "还有 17 个" in page
    whole = text_of(many_units.get("/search?q=停车场&all=unit"))
    assert whole.count('name="unit" value') == 22
    assert "还有" not in whole
    assert '<input type="hidden" name="all" value="unit">' in whole  # stays so while one filters


def test_a_chosen_value_is_shown_however_rare_it_is(many_units: FlaskClient) -> None:
    page = text_of(many_units.get("/search?q=停车场&unit=单位19"))
    assert 'value="单位19" checked' in page


def test_an_unknown_facet_cannot_be_unfolded(many_units: FlaskClient) -> None:
    assert "还有 17 个" in text_of(many_units.get("/search?q=停车场&all=nothing"))
