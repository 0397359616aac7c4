"""A stale edit: both sides' changes are asked, one side's are taken, nothing is lost."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.entries.differences import difference
from catalog.entries.merging import chosen, merge

A, B = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
BASE: dict[str, Any] = {
    "title": "泉水",
    "abstract": "每日",
    "tags": ["水"],
    "items": [{"id": A, "name": "水位"}, {"id": B, "name": "水温"}],
}


def test_what_one_side_changed_is_taken_and_what_both_changed_is_asked() -> None:
    theirs = {**BASE, "title": "泉水甲", "tags": ["水", "泉"]}
    mine = {**BASE, "title": "泉水乙", "abstract": "每时"}
    merged = merge(BASE, theirs, mine)
    assert [(c.key, c.before, c.theirs, c.mine) for c in merged.clashes] == [
        ("title", "泉水", "泉水甲", "泉水乙")
    ]
    assert {(str(t.label), t.side) for t in merged.taken} == {
        ("信息资源摘要", "mine"),
        ("标签", "theirs"),
    }
    assert merged.document["title"] == "泉水乙"
    assert merged.document["abstract"] == "每时"
    assert merged.document["tags"] == ["水", "泉"]


def test_a_choice_takes_the_other_side() -> None:
    theirs, mine = {**BASE, "title": "泉水甲"}, {**BASE, "title": "泉水乙"}
    document = merge(BASE, theirs, mine).document
    assert chosen(document, theirs, {"title": "theirs"})["title"] == "泉水甲"
    assert chosen(document, theirs, {"title": "mine"})["title"] == "泉水乙"


def test_without_the_common_base_every_difference_is_asked() -> None:
    merged = merge(None, {**BASE, "title": "甲"}, {**BASE, "abstract": "每时"})
    assert {c.key for c in merged.clashes} == {"title", "abstract"}
    assert merged.taken == ()


def test_rows_are_merged_one_by_one() -> None:
    theirs = {**BASE, "items": [{"id": A, "name": "水位", "length": "5"}, BASE["items"][1]]}
    mine = {
        **BASE,
        "items": [BASE["items"][0], {"id": B, "name": "水温", "length": "7"}, {"name": "新"}],
    }
    merged = merge(BASE, theirs, mine)
    assert merged.clashes == ()
    assert [(i["name"], i.get("length")) for i in merged.document["items"]] == [
        ("水位", "5"),
        ("水温", "7"),
        ("新", None),
    ]


def test_a_row_that_one_side_changed_and_the_other_removed_is_asked() -> None:
    theirs = {**BASE, "items": [BASE["items"][0]]}
    mine = {**BASE, "items": [BASE["items"][0], {"id": B, "name": "水温", "length": "7"}]}
    merged = merge(BASE, theirs, mine)
    assert [c.key for c in merged.clashes] == [f"items.{B}"]
    assert len(merged.document["items"]) == 2
    left = chosen(merged.document, theirs, {f"items.{B}": "theirs"})["items"]
    assert [item["id"] for item in left] == [A]


def test_a_row_that_both_added_by_the_same_name_is_one_row() -> None:
    theirs = {**BASE, "items": [*BASE["items"], {"id": "c" * 8, "name": "流量", "length": "9"}]}
    mine = {**BASE, "items": [*BASE["items"], {"name": "流量", "length": "8"}]}
    merged = merge(BASE, theirs, mine)
    assert [c.key for c in merged.clashes] == [f"items.{'c' * 8}"]
    assert len(merged.document["items"]) == 3


SMALL: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"title": st.sampled_from("甲乙丙")},
    optional={
        "abstract": st.sampled_from("一二"),
        "items": st.lists(
            st.builds(
                lambda i, n: {"id": i, "name": n}, st.sampled_from([A, B]), st.sampled_from("天地")
            ),
            max_size=2,
            unique_by=lambda row: str(row["id"]),
        ),
    },
)


@settings(max_examples=150, deadline=None)
@given(SMALL, SMALL, SMALL)
def test_every_change_of_mine_is_merged_or_asked(
    base: dict[str, Any], theirs: dict[str, Any], mine: dict[str, Any]
) -> None:
    merged = merge(base, theirs, mine)
    assert merge(base, base, mine).clashes == ()
    assert difference(merge(base, base, mine).document, mine).is_empty
    assert difference(merge(base, theirs, base).document, theirs).is_empty
    choices = {clash.key: "theirs" for clash in merged.clashes}
    taken = chosen(merged.document, theirs, choices)
    for path in ("title", "abstract"):
        assert taken.get(path) in (theirs.get(path), mine.get(path))


def test_a_clash_of_rows_tells_only_the_fields_at_issue() -> None:
    before = {"id": A, "name": "水位", "length": "5", "note": "不变"}
    base = {**BASE, "items": [before]}
    theirs = {**BASE, "items": [{**before, "length": "6"}]}
    mine = {**BASE, "items": [{**before, "length": "7"}]}
    (clash,) = merge(base, theirs, mine).clashes
    assert (clash.before, clash.theirs, clash.mine) == ("长度 5", "长度 6", "长度 7")
    (clash,) = merge(base, {**BASE, "items": []}, mine).clashes
    assert (clash.before, clash.theirs, clash.mine) == ("长度 5", "", "长度 7")


def test_units_are_told_by_name_and_parameters_compared_by_what_they_state() -> None:
    names = {"u1": "市民政局", "u2": "市财政局"}
    merged = merge(
        {**BASE, "providers": []},
        {**BASE, "providers": ["u1"]},
        {**BASE, "providers": ["u2", "没有这个局"]},
        units=names,
    )
    (clash,) = merged.clashes
    assert (clash.key, clash.theirs, clash.mine) == (
        "providers",
        "市民政局",
        "市财政局、没有这个局",
    )
    stored = {"id": A, "kind": "api", "name": "接口", "inputs": [{"name": "页码"}]}
    typed = {**stored, "inputs": [{"name": "页码", "type": None, "required": None}]}
    same = merge({"resources": [stored]}, {"resources": [stored]}, {"resources": [typed]})
    assert same.clashes == same.taken == ()
