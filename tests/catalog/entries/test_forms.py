"""The form loses nothing: document to form to document, unknown codes, errors at their fields."""

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from catalog.entries import forms
from catalog.entries.directory import UnitDirectory
from catalog.entries.document import DOCUMENT as SCHEMA
from catalog.entries.document import tidy
from catalog.entries.fields import BY_NAME, PARAMETER_FIELDS, PART_FIELDS, Field, label_of
from catalog.entries.form_pages import at_fields, contents
from catalog.entries.rules import FIRST_YEAR, LAST_YEAR, canonical, readable, with_ids
from portal.kernel.schemas import load
from portal.kernel.text import _
from tests.catalog.entries.making import as_browser, as_form

NO_UNITS = UnitDirectory()
TEXT = st.text(
    st.one_of(
        st.sampled_from("泉水，、;； \n\r<>&\"'%"), st.characters(exclude_categories=["Cs", "Cc"])
    ),
    min_size=1,
    max_size=12,
).filter(lambda words: readable(words).strip())
UNIT_IDS = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(4)]
INTERFACE: dict[str, Any] = {
    "kind": "api",
    "name": "接口",
    "inputs": [
        {"name": "page", "position": "query", "type": "integer", "required": False},
        {"name": "size"},
    ],
    "outputs": [{"name": "total", "description": "总数"}],
}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "long": TEXT,
    "list": st.lists(TEXT, max_size=3),
    "lines": st.lists(TEXT, max_size=3),
    "path": st.lists(TEXT, max_size=3),
    "date": st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)).map(date.isoformat),
    "number": st.integers(0, 10**9),
    "flag": st.booleans(),
    "units": st.lists(st.sampled_from(UNIT_IDS), unique=True),
}


def values_for(field: Field) -> st.SearchStrategy[Any]:
    if field.name == "data_updated_at":
        return st.sampled_from(["2026-01-31", "2026-01-31T12:00:00+08:00"])
    if field.kind == "parameters":
        inner = {f.name: values_for(f) for f in PARAMETER_FIELDS if not f.required}
        return st.lists(st.fixed_dictionaries({"name": TEXT}, optional=inner), max_size=3)
    if field.codes is None:
        return VALUES[field.kind]
    keys = st.sampled_from(list(field.codes.values))
    return st.lists(keys, unique=True, max_size=4) if field.kind == "codes" else keys


def rows_for(part: str, required: dict[str, Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    optional = {f.name: values_for(f) for f in PART_FIELDS[part] if f.name not in required}
    return st.lists(st.fixed_dictionaries(required, optional=optional), max_size=3)


DOCUMENTS = st.fixed_dictionaries(
    {"title": TEXT},
    optional={
        **{
            name: values_for(field)
            for name, field in BY_NAME.items()
            if name != "title" and "." not in name
        },
        "volume": st.fixed_dictionaries({}, optional={"storage_gb": st.floats(0, 10**6)}),
        "items": rows_for("items", {"name": TEXT}),
        "resources": rows_for("resources", {"kind": st.just("api"), "name": TEXT}),
    },
)


@settings(max_examples=120, deadline=None)
@given(DOCUMENTS)
def test_a_form_sent_back_as_shown_changes_nothing(raw: dict[str, Any]) -> None:
    document = with_ids(load(SCHEMA, raw))
    back = load(SCHEMA, forms.document_of(as_form(document), document))
    assert canonical(with_ids(back, document)) == canonical(document)


@settings(max_examples=60, deadline=None)
@given(TEXT, TEXT)
def test_what_was_typed_is_shown_again(title: str, abstract: str) -> None:
    sent = MultiDict({"title": as_browser(title), "abstract": as_browser(abstract)})
    shown = forms.values_of(forms.document_of(sent))
    assert shown["title"] == readable(title.replace("\r\n", "\n").replace("\r", "\n")).strip()
    assert shown["abstract"] == readable(abstract.replace("\r\n", "\n").replace("\r", "\n")).strip()


def test_an_unknown_code_and_a_value_of_the_wrong_kind_stay_as_typed() -> None:
    sent = MultiDict(
        [
            ("title", "甲"),
            ("share_type", "no-such"),
            ("themes", "no-theme"),
            ("issued_on", "去年"),
            ("volume.storage_gb", "很多"),
        ]
    )
    shown = forms.values_of(forms.document_of(sent))
    assert shown["share_type"] == "no-such"
    assert shown["themes"] == ["no-theme"]
    assert BY_NAME["share_type"].options("no-such")[-1] == ("no-such", "no-such")
    assert not BY_NAME["issued_on"].shows(shown["issued_on"])
    assert not BY_NAME["volume.storage_gb"].shows(shown["volume.storage_gb"])


def test_rows_are_added_kept_by_id_and_removed() -> None:
    known = with_ids(load(SCHEMA, {"title": "甲", "resources": [INTERFACE]}))
    sent = as_form(known)
    sent.add("items.0.name", "新的一项")
    document = forms.document_of(sent, known)
    assert tidy(document["resources"]) == known["resources"]
    assert document["items"] == [
        {"name": "新的一项", **{f.name: None for f in PART_FIELDS["items"] if f.name != "name"}}
    ]
    sent.add("_remove", "resources.0")
    assert forms.document_of(sent, known)["resources"] == []


def test_parameters_are_added_changed_and_removed_in_their_resource() -> None:
    known = with_ids(load(SCHEMA, {"title": "甲", "resources": [INTERFACE, INTERFACE]}))
    sent = as_form(known)
    sent["resources.1.inputs.0.description"] = "改过"
    sent["resources.1.inputs.7.name"] = "新参数"
    sent["resources.1.outputs.0.name"] = sent["resources.1.outputs.0.description"] = ""
    sent["_remove"] = "resources.0.inputs.0"
    first, second = tidy(forms.document_of(sent, known)["resources"])
    assert first["inputs"] == [INTERFACE["inputs"][1]]
    assert [row["name"] for row in second["inputs"]] == ["page", "size", "新参数"]
    assert second["inputs"][0]["description"] == "改过"
    assert "outputs" not in second


def test_a_row_in_which_another_is_asked_for_stays_however_empty() -> None:
    sent = MultiDict({"resources.0.name": "", "_add": "resources.0.inputs"})
    assert len(forms.document_of(sent)["resources"]) == 1
    del sent["_add"]
    assert forms.document_of(sent)["resources"] == []


def test_a_control_of_one_line_that_drops_line_ends_changes_nothing() -> None:
    known = {"title": "甲", "provider_office": "一处\n二处", "abstract": "一\n二"}
    sent = MultiDict({"title": "甲", "provider_office": "一处二处", "abstract": "一二"})
    document = forms.document_of(sent, known)
    assert document["provider_office"] == "一处\n二处"
    assert document["abstract"] == "一二"


def test_names_made_to_be_deep_or_many_are_no_rows() -> None:
    deep = ".".join(["items", *["0"] * 200_000])
    sent = MultiDict({"title": "甲", deep: "x", "items.一.name": "x", "items.123456.name": "x"})
    assert forms.document_of(sent)["items"] == []


def test_a_path_is_named_by_its_rows() -> None:
    for path, words in (
        ("providers.1", "其他提供单位第 2 行"),
        ("resources.0.inputs.2.name", "数据资源第 1 行“输入参数”第 3 行“参数名”"),
        ("resources.0.inputs", "数据资源第 1 行“输入参数”"),
        ("items.3.masking", "信息项第 4 行“脱敏规则”"),
        ("items.3.no_such", "信息项第 4 行"),
    ):
        assert str(label_of(path)) == words


def test_errors_in_a_list_stand_at_the_control_of_the_list() -> None:
    sentence = _("最多 %(most)s 个，现为 %(n)s 个。", most=1, n=2)
    wrong = {"tags.3": [sentence], "items.0.name": [sentence], "volume.storage_gb": []}
    errors = at_fields(wrong, {}, NO_UNITS)
    assert list(errors) == ["tags", "items.0.name", "volume.storage_gb"]
    states = {str(c["href"]): c["bad"] for c in contents({"title": "甲"}, errors)}
    assert states["#s-basic"]
    assert states["#s-items"]
    assert not states["#s-share"]
