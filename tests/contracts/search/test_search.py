"""What is found and counted is the same in both engines, and what plain reading finds."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.kernel.errors import Invalid
from search.document import SearchDocument
from search.engine import NAME, NEWEST, Engine, Query
from tests.contracts.search import plain
from tests.contracts.search.conftest import Opener
from tests.contracts.search.corpus import DAY, EVERYBODY, FACETS, NOW, SHAPE, catalog, document

DOCUMENTS = catalog()
TEXTS = (
    "",
    "公积金",
    "住房公积金",
    "机构",
    "构成",
    "养老",
    "金缴",
    "医",
    "a",
    "A级",
    "级景区",
    "PM2.5",
    "pm2",
    "gis",
    "webgis",
    "2022",
    "公积金 缴存基数",
    "公积金、统计",
    '"单位名称 缴存基数"',
    '"名称 缴存"',
    '"基数 职工"',
    "“双公示”",
    "（试行）",
    "POINT_",
    "point_x",
    "ent_name uscc",
    "3070",
    "307012/000001",
    "src-2",
    "历下区教育局",
    "每日更新",
    '"每日 更新"',
    "不存在的词",
    "<b>",
    "！？",
    "企业 !!! 年报",
)
FILTERS: tuple[Mapping[str, frozenset[str]], ...] = (
    {},
    {"unit": frozenset({"unit-1"})},
    {"unit": frozenset({"unit-1", "unit-2"}), "theme": frozenset({"t2"})},
    {"timeliness": frozenset({"due", "overdue"})},
    {"timeliness": frozenset({"fresh"}), "share_type": frozenset({"conditional", "withheld"})},
    {"timeliness": frozenset({"unknown", "none"})},
    {"format": frozenset({"csv"}), "category": frozenset({"302"}), "unit": frozenset({"nobody"})},
    {"format": frozenset()},
)


def found(engine: Engine, query: Query) -> set[str]:
    return {hit.id for hit in engine.search(replace(query, size=1_000)).hits}


def counted(engine: Engine, query: Query) -> dict[str, dict[str, int]]:
    facets = engine.search(replace(query, facets=FACETS)).facets
    return {name: {v: n for v, n in f.values if n} for name, f in facets.items()}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("sort", ["relevance", NEWEST])
def test_a_text_finds_the_same_ids_and_counts(filled: Engine, text: str, sort: str) -> None:
    query = Query(text, EVERYBODY, NOW, sort=sort)
    assert found(filled, query) == plain.matching(query, DOCUMENTS)
    assert counted(filled, query) == plain.counts(query, DOCUMENTS, SHAPE)
    assert filled.search(query).total == len(plain.matching(query, DOCUMENTS))


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("text", ["", "公积金", "名称"])
def test_each_facet_counts_under_every_filter_but_its_own(
    filled: Engine, text: str, filters: Mapping[str, frozenset[str]]
) -> None:
    query = Query(text, EVERYBODY, NOW, filters=filters)
    assert found(filled, query) == plain.matching(query, DOCUMENTS)
    assert counted(filled, query) == plain.counts(query, DOCUMENTS, SHAPE)


@pytest.mark.parametrize("shift", [-4 * DAY, -DAY, -1, 0, 1, DAY - 1, DAY, 3 * DAY, 9 * DAY])
def test_timeliness_is_a_range_against_the_moment_asked_about(filled: Engine, shift: int) -> None:
    moment = NOW.fromtimestamp((NOW.timestamp() * 1000 + shift) / 1000, NOW.tzinfo)
    for verdict in ("fresh", "due", "overdue"):
        query = Query("", None, moment, filters={"timeliness": frozenset({verdict})})
        assert found(filled, query) == plain.matching(query, DOCUMENTS)
        assert counted(filled, query) == plain.counts(query, DOCUMENTS, SHAPE)


def test_counts_follow_the_clock_when_a_question_is_asked_again(filled: Engine) -> None:
    query = Query("公积金", EVERYBODY, NOW)
    later = replace(query, now=NOW.fromtimestamp(NOW.timestamp() + 2 * 86_400, NOW.tzinfo))
    assert counted(filled, query) == plain.counts(query, DOCUMENTS, SHAPE)
    assert counted(filled, later) == plain.counts(later, DOCUMENTS, SHAPE)
    assert counted(filled, query) == plain.counts(query, DOCUMENTS, SHAPE)


def test_kinds_are_told_apart(filled: Engine) -> None:
    query = Query("", None, NOW, kinds=frozenset({"standard"}))
    assert found(filled, query) == plain.matching(query, DOCUMENTS) != set()


def test_facet_values_are_bounded_but_never_lose_a_selected_one(filled: Engine) -> None:
    query = Query(
        "",
        EVERYBODY,
        NOW,
        facets=("category",),
        values=2,
        filters={"category": frozenset({"303", "999"})},
    )
    facet = filled.search(query).facets["category"]
    assert [value for value, _count in facet.values] == ["3", "300", "303", "999"]
    assert dict(facet.values)["999"] == 0
    assert facet.more == 2


def test_no_hits_are_fetched_when_only_counts_are_asked(filled: Engine) -> None:
    result = filled.search(Query("", EVERYBODY, NOW, size=0, facets=("unit",)))
    assert result.hits == ()
    assert result.total == len(plain.matching(Query("", EVERYBODY, NOW), DOCUMENTS))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("307002/000003", {"d0003"}),
        ("养老院", {d.id for d in DOCUMENTS if d.title == "养老院"}),
        ("水质", {d.id for d in DOCUMENTS if d.title == "水质"}),
        ("uscc", {d.id for d in DOCUMENTS if "USCC" in d.fields}),
    ],
)
def test_exact_codes_titles_and_field_names_come_first(
    filled: Engine, text: str, first: set[str]
) -> None:
    hits = filled.search(Query(text, None, NOW, size=len(first))).hits
    assert {hit.id for hit in hits} == first


def test_a_word_in_the_title_ranks_before_one_elsewhere(filled: Engine) -> None:
    hits = filled.search(Query("公积金", None, NOW, size=12)).hits
    titled = {d.id for d in DOCUMENTS if "公积金" in d.title}
    assert {hit.id for hit in hits} <= titled
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_loose_question_takes_the_words_one_by_one(filled: Engine) -> None:
    strict = Query("公积金住房", EVERYBODY, NOW)
    assert filled.search(strict).total == 0
    loose = filled.search(replace(strict, loose=True))
    assert loose.total > 0
    assert loose.loose


@pytest.mark.parametrize(
    "query",
    [
        Query("", EVERYBODY, NOW, page=501, size=20),
        Query("", EVERYBODY, NOW, page=0),
        Query("", EVERYBODY, NOW, size=1_001),
        Query("", EVERYBODY, NOW, sort="colour"),
        Query("", EVERYBODY, NOW, facets=("colour",)),
        Query("", EVERYBODY, NOW, filters={"colour": frozenset({"red"})}),
        Query("", EVERYBODY, NOW, sort=NAME, cursor="x"),
        Query("", EVERYBODY, NOW, cursor="x"),
        Query("字" * 301, EVERYBODY, NOW),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_sentence(filled: Engine, query: Query) -> None:
    with pytest.raises(Invalid) as refusal:
        filled.search(query)
    assert str(refusal.value).endswith("。")


TOKENS = ("public", "government", "review", "unit:unit-0", "unit:unit-1", "unit:unit-2", "unit:x")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    audience=st.frozensets(st.sampled_from(TOKENS)),
    text=st.sampled_from(("", "公积金", "机构", "point_x")),
    timeliness=st.frozensets(st.sampled_from(("fresh", "due", "overdue", "unknown", "none"))),
)
def test_the_audience_filter_is_the_rule_in_plain_python(
    filled: Engine, audience: frozenset[str], text: str, timeliness: frozenset[str]
) -> None:
    query = Query(text, audience, NOW, filters={"timeliness": timeliness})
    allowed = [d for d in DOCUMENTS if audience & d.audience]
    assert found(filled, query) == plain.matching(replace(query, audience=None), allowed)
    assert counted(filled, query) == plain.counts(replace(query, audience=None), allowed, SHAPE)


LETTERS = "公积金住房医疗机构aB1_（。 ‖▁é①"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    titles=st.lists(st.text(LETTERS, max_size=12), min_size=1, max_size=12),
    word=st.text(LETTERS, min_size=1, max_size=5),
)
def test_any_text_is_found_wherever_it_stands(opener: Opener, titles: list[str], word: str) -> None:
    engine = _shared(opener)
    _shared_version[0] += 1
    documents = [
        replace(document(n), id=f"x{n:02d}", title=title, version=_shared_version[0])
        for n, title in enumerate(titles)
    ]
    engine.upsert(documents)
    rest = frozenset(f"x{n:02d}" for n in range(len(titles), 12))
    query = Query(f'"{word}"', None, NOW)
    assert found(engine, query) - rest == plain.matching(query, documents)


_engines: dict[object, Engine] = {}
_shared_version = [1]


def _shared(opener: Opener) -> Engine:
    """One index for all examples of a property, for making one takes longer than asking it."""
    if opener not in _engines:
        _engines[opener] = opener(SHAPE)
    return _engines[opener]


def test_a_document_says_its_own_verdict() -> None:
    verdicts = {d.timeliness(int(NOW.timestamp() * 1000)).value for d in DOCUMENTS}
    assert verdicts == {"fresh", "due", "overdue", "unknown", "none"}
    assert isinstance(DOCUMENTS[0], SearchDocument)
