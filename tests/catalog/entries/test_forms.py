"""The form loses nothing: document to form to document, unknown codes, errors at their fields."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from catalog.entries import forms
from catalog.entries.document import DOCUMENT as SCHEMA
from catalog.entries.fields import BY_NAME, PART_FIELDS, Field
from catalog.entries.form_pages import at_fields, contents
from catalog.entries.rules import canonical, with_ids
from portal.kernel.schemas import load
from portal.kernel.text import _
from tests.catalog.entries.making import as_browser, as_form

TEXT = st.text(
    st.one_of(
        st.sampled_from("泉水，、;； \n\r<>&\"'%"), st.characters(exclude_categories=["Cs", "Cc"])
    ),
    min_size=1,
    max_size=12,
).filter(str.strip)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "long": TEXT,
    "list": st.lists(TEXT, max_size=3),
    "lines": st.lists(TEXT, max_size=3),
    "date": st.dates().map(lambda day: day.isoformat().zfill(10)),
    "number": st.integers(0, 10**9),
    "flag": st.booleans(),
}


def values_for(field: Field) -> st.SearchStrategy[Any]:
    if field.name == "data_updated_at":
        return st.sampled_from(["2026-01-31", "2026-01-31T12:00:00+08:00"])
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
        "providers": st.just(["00000000-0000-4000-8000-000000000001"]),
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
    assert shown["title"] == title.replace("\r\n", "\n").replace("\r", "\n").strip()
    assert shown["abstract"] == abstract.replace("\r\n", "\n").replace("\r", "\n").strip()


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
    known = with_ids(
        {
            "title": "甲",
            "resources": [{"kind": "api", "name": "接口", "inputs": [{"name": "页码"}]}],
        }
    )
    sent = as_form(known)
    sent.add("items.0.name", "新的一项")
    document = forms.document_of(sent, known)
    assert document["resources"][0]["inputs"] == [{"name": "页码"}]
    assert document["items"] == [
        {"name": "新的一项", **{f.name: None for f in PART_FIELDS["items"] if f.name != "name"}}
    ]
    sent.add("_remove", "resources.0")
    assert forms.document_of(sent, known)["resources"] == []


def test_errors_in_a_list_stand_at_the_control_of_the_list() -> None:
    sentence = _("最多 %(most)s 个，现为 %(n)s 个。", most=1, n=2)
    errors = at_fields({"tags.3": [sentence], "items.0.name": [sentence], "volume.storage_gb": []})
    assert list(errors) == ["tags", "items.0.name", "volume.storage_gb"]
    states = {str(c["href"]): c["bad"] for c in contents({"title": "甲"}, errors)}
    assert states["#s-basic"]
    assert states["#s-items"]
    assert not states["#s-share"]
