"""Units as JSON."""

from datetime import date

import pytest

from catalog.departments.schemas import UNIT_ANSWER, UNITS_ANSWER
from tests.catalog.departments.app import TOKEN, Visitors
from tests.catalog.departments.city import DISTRICT, DISTRICT_WATER, OLD_WATER, WATER

UNITS = "/api/v1/units"
BODY = {
    "name": "示例·漱玉",
    "post": "副局长",
    "office_phone": "0531-00000000",
    "appointing_document": "示例文号〔2022〕1号",
    "term_from": "2022-01-01",
}
HEADERS = {"X-CSRF-Token": TOKEN}


def test_the_list_is_narrowed_and_told_with_figures(visitors: Visitors) -> None:
    visitors.city.publish(DISTRICT_WATER, 2)
    found = visitors.browser().get(f"{UNITS}?region=370102&region=370103&kind=government").json
    assert found is not None
    assert (found["total"], [unit["name"] for unit in found["units"]]) == (1, [DISTRICT_WATER])
    assert found["units"][0]["figures"]["entries"] == 2
    assert found["units"][0]["representative"] is None
    assert UNITS_ANSWER.validate(found) == {}


@pytest.mark.parametrize("query", ["page=0", "region=x", "closed=maybe", "unknown=1", "parent=x"])
def test_a_wrong_query_names_its_field(visitors: Visitors, query: str) -> None:
    response = visitors.browser().get(f"{UNITS}?{query}")
    assert response.status_code == 422
    assert response.json is not None
    wrong = [field.partition(".")[0] for field in response.json["fields"]]
    assert wrong == [query.partition("=")[0]]


def test_one_unit_is_told_with_all_around_it(visitors: Visitors) -> None:
    city = visitors.city
    city.appoint(WATER, term_to=date(2099, 1, 1))
    city.appoint(WATER, name="示例·柳絮", is_deputy=True)
    found = visitors.browser().get(f"{UNITS}/{city.units[WATER]}").json
    assert found is not None
    assert found["chief_representative"]["term_to"] == "2099-01-01"
    assert [deputy["name"] for deputy in found["deputy_representatives"]] == ["示例·柳絮"]
    assert [former["name"] for former in found["former_names"]] == [OLD_WATER]
    assert found["figures"]["timely_share"] is None
    assert "user_id" not in found["chief_representative"]
    assert UNIT_ANSWER.validate(found) == {}


def test_a_unit_names_what_is_above_and_below(visitors: Visitors) -> None:
    city = visitors.city
    found = visitors.browser().get(f"{UNITS}/{city.units[DISTRICT]}").json
    assert found is not None
    assert [unit["name"] for unit in found["below"]] == [DISTRICT_WATER]


def test_an_unknown_unit_is_a_problem_of_404(visitors: Visitors) -> None:
    response = visitors.browser().get(f"{UNITS}/00000000-0000-0000-0000-000000000000")
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")


def test_a_representative_is_recorded_and_ended(visitors: Visitors) -> None:
    bureau, unit_id = visitors.browser("reviewer"), visitors.city.units[WATER]
    made = bureau.post(f"{UNITS}/{unit_id}/representatives", json=BODY, headers=HEADERS)
    assert made.status_code == 201
    assert made.json is not None
    address = f"{UNITS}/representatives/{made.json['id']}/transitions/end"
    ended = bureau.post(address, json={}, headers=HEADERS)
    assert ended.json is not None
    assert ended.json["state"] == "ended"
    again = bureau.post(address, json={}, headers=HEADERS)
    assert again.status_code == 409


def test_no_editor_records_a_representative(visitors: Visitors) -> None:
    address = f"{UNITS}/{visitors.city.units[WATER]}/representatives"
    response = visitors.browser("editor").post(address, json=BODY, headers=HEADERS)
    assert response.status_code == 403


def test_a_wrong_body_names_its_fields(visitors: Visitors) -> None:
    address = f"{UNITS}/{visitors.city.units[WATER]}/representatives"
    body = {**BODY, "name": "", "salary": 1}
    response = visitors.browser("reviewer").post(address, json=body, headers=HEADERS)
    assert response.status_code == 422
    assert response.json is not None
    assert set(response.json["fields"]) == {"name", "salary"}
