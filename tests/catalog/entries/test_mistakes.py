"""What a person may not write into an entry: refused at the field; an import brings it along."""

from datetime import timedelta
from typing import Any

import pytest

from catalog.entries.mistakes import mistakes
from portal.kernel import clock
from portal.kernel.errors import Invalid
from tests.catalog.entries import making
from tests.world import World

TOMORROW = (clock.today() + timedelta(days=1)).isoformat()
TODAY = clock.today().isoformat()


def paths(**document: Any) -> set[str]:
    return set(mistakes({"title": "泉水温度", **document}))


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"title": "！！！"}, "title"),
        ({"contact_email": "zzz"}, "contact_email"),
        ({"contact_email": "a@b"}, "contact_email"),
        ({"contact_email": "a@b.cn, c@d.cn"}, "contact_email"),
        ({"contact_phone": "打这个电话"}, "contact_phone"),
        ({"contact_phone": "12"}, "contact_phone"),
        ({"period_from": "2022-05-01", "period_to": "2022-04-30"}, "period_to"),
        ({"data_updated_at": TOMORROW}, "data_updated_at"),
        ({"source_url": "javascript:alert(1)"}, "source_url"),
        (
            {"resources": [{"kind": "file", "name": "甲", "address": " java\tscript:alert(1)"}]},
            "resources.0.address",
        ),
        ({"items": [{"name": "水温"}, {"name": "水位"}, {"name": "水温"}]}, "items.2.name"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(document: dict[str, Any], path: str) -> None:
    assert paths(**document) == {path}


@pytest.mark.parametrize(
    "document",
    [
        {"title": "2022 年 A 表"},
        {"contact_email": "data.jn@example.gov.cn"},
        {"contact_phone": "0531-6660****"},
        {"contact_phone": "（0531）66600000转801，66600001"},
        {"contact_phone": "12345"},
        {"period_from": "2022-05-01", "period_to": "2022-05-01"},
        {"period_from": "2022-05-01"},
        {"data_updated_at": TODAY},
        {"resources": [{"kind": "api", "name": "甲", "address": "10.0.0.8:8080/query"}]},
        {"resources": [{"kind": "file", "name": "甲", "address": "https://data.example/a.csv"}]},
        {"items": [{"name": "名称", "field": "a"}, {"name": "名称", "field": "b"}]},
    ],
)
def test_what_is_sound_is_not_objected_to(document: dict[str, Any]) -> None:
    assert paths(**document) == set()


def test_unseen_signs_are_no_title_and_vanish_from_one(office: World) -> None:
    with pytest.raises(Invalid):
        making.draft(office, title="\u200b\u202e")
    made = making.draft(office, title="泉水\u200b温度\u202e观测")
    assert making.entry_of(office, made).title == "泉水温度观测"


def test_related_entries_exist_and_are_others(office: World) -> None:
    made = making.published(office)
    code = str(making.entry_of(office, made).code)
    with pytest.raises(Invalid) as refused:
        making.draft(office, related=["307000/999999", code])
    assert set(refused.value.fields) == {"related.0"}
    with pytest.raises(Invalid) as refused:
        making.edited(office, made, related=[code])
    assert set(refused.value.fields) == {"related.0"}
