"""The sentence on how a visitor gets the data says what the page then does."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from catalog.entries.access_words import how_to_get, may_get
from portal.kernel.access import NOBODY, Actor, Person

CITIZEN = Person(id="c", name="示例·公民")
COLLEAGUE = Person(id="g", name="示例·同事", is_government=True)
HERE = ("可以直接", "可以看到", "按“开放属性”写明的条件使用")


@dataclass(frozen=True)
class Entry:
    share_type: str | None = "unconditional"
    open_type: str | None = "unconditional"
    open_access: str | None = None
    resource_count: int = 1


@dataclass(frozen=True)
class Resource:
    address: str | None = "https://data.example/a.csv"
    table: str | None = None


@dataclass(frozen=True)
class View:
    entry: Entry
    sees_work: bool = False
    unit_name: str = "济南市统计局"
    resources: tuple[Resource, ...] = (Resource(),)


def document(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("share_type", "open_type", "open_access")}


@pytest.mark.parametrize("actor", [NOBODY, CITIZEN, COLLEAGUE], ids=["nobody", "citizen", "unit"])
def test_it_promises_what_can_be_had_and_nothing_else(actor: Actor) -> None:
    types = (None, "unconditional", "conditional", "withheld")
    for share, opened, access, own in product(
        types, types, (None, "direct", "sign_in", "application"), (False, True)
    ):
        entry = Entry(share, opened, access)
        said = str(how_to_get(View(entry, sees_work=own), actor))
        had = may_get(document(entry), actor, sees_work=own)
        unstated = "未注明" in said  # among units what is not stated is shown, with a word on it
        assert any(words in said for words in HERE) == had or unstated, (entry, own, said)


@pytest.mark.parametrize(
    ("entry", "actor", "words"),
    [
        (Entry(share_type="withheld", resource_count=0), COLLEAGUE, "不予共享"),
        (Entry(open_type="withheld", resource_count=0), CITIZEN, "不向社会开放"),
        (Entry(open_type="conditional", open_access="sign_in"), NOBODY, "登录后按"),
        (Entry(open_type="conditional", open_access="sign_in"), CITIZEN, "您已登录，请按"),
        (Entry(open_type="conditional"), CITIZEN, "提出申请"),
        (Entry(open_access="sign_in"), NOBODY, "登录后即可"),
        (Entry(open_access="sign_in"), CITIZEN, "您已登录，可以直接"),
        (Entry(open_access="direct"), NOBODY, "任何人都可以直接"),
        (Entry(resource_count=0), CITIZEN, "还没有挂接"),
    ],
)
def test_each_case_has_its_own_words(entry: Entry, actor: Actor, words: str) -> None:
    assert words in str(how_to_get(View(entry), actor))


def test_who_works_on_the_entry_is_not_told_to_apply() -> None:
    view = View(Entry(share_type="conditional"), sees_work=True)
    assert "可以看到下面全部" in str(how_to_get(view, COLLEAGUE))
