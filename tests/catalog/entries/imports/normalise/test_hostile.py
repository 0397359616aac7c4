"""No value whatever breaks a reader, is searched without bound, or fills the memory."""

import json
import math
from datetime import date, datetime
from typing import Any

import pytest

from catalog.entries.imports import vocabulary
from catalog.entries.imports.fields import FIELDS
from catalog.entries.imports.normalise import dates, topics
from catalog.entries.imports.readers.source import Formula


def _nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


STRANGE: tuple[Any, ...] = (
    *(None, "", " ", "\u202e", True, False, 0, -1, 10**18, 10**400, -(10**400)),
    *(1.5, -0.0, math.inf, -math.inf, math.nan, 1e308, 1e-320),
    *([], [None], [[]], {}, {"a": 1}, [{}], [1, "a", None, {"a": [1]}], _nested(200)),
    *(
        [{"name": None}],
        [{"name": [1, 2]}],
        [{"name": {"a": 1}}],
        [{"name": "a", "type": {"x": 1}}],
    ),
    *("[", "[[[[", "['", "[{", '[{"name":1}]', '[{"name":"\\ud800"}]'),
    *("9" * 400, "9" * 5000, "1e400", "-5", "²³¹", "٣٤٥", "①②", "፩፪፫", "½", "Ⅻ"),
    *("2023-99-99", "99999999", "20231301", "0000-00-00", "2023-02-30", "9" * 13, "2023-٠٥-٠٦"),
    *(date(1, 1, 1), date(9999, 12, 31), datetime(1, 1, 1), datetime(9999, 12, 31, 23)),  # noqa: DTZ001
    *(Formula("=A1"), Formula(""), "varchar(" + "9" * 99 + ")", "每" * 99 + "月", "实时("),
)
LONG: tuple[str, ...] = (
    *("x" * 100_000, "[" + "'a'," * 20_000 + "]", "(" * 5000 + "、" + ")" * 5000, "（" * 5000),
    *("、" * 5000, "/" * 5000, "a@b.c" * 1000, "-" * 5000, "1" * 100_000, "a.b" * 30_000),
)


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_strange_values_are_read_or_reported(name: str) -> None:
    for raw in STRANGE:
        reading = FIELDS[name].read(raw, "列")
        json.dumps([reading.value, dict(reading.also)])


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_long_texts_are_read_or_reported(name: str) -> None:
    for raw in LONG:
        reading = FIELDS[name].read(raw, "列")
        json.dumps([reading.value, dict(reading.also)])


class Spy:
    """A pattern that only notes how much it was given."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def _note(self, text: str) -> None:
        self.lengths.append(len(text))

    search = _note


@pytest.mark.parametrize("raw", LONG)
def test_dates_are_sought_in_the_beginning_of_a_text_only(
    monkeypatch: pytest.MonkeyPatch, raw: str
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(dates, "_from_text", lambda text: [seen.append(len(text))])
    dates.moments(raw)
    assert max(seen) <= 1000


@pytest.mark.parametrize("raw", LONG)
def test_contacts_are_sought_in_the_beginning_of_a_text_only(
    monkeypatch: pytest.MonkeyPatch, raw: str
) -> None:
    spy = Spy()
    monkeypatch.setattr(topics, "_EMAIL", spy)
    topics.read_contact(raw)
    assert max(spy.lengths, default=0) <= 1000


def test_long_texts_are_not_remembered() -> None:
    memories = (vocabulary._plain_value, vocabulary._plain_label, topics._industry_of)
    for name in FIELDS:
        FIELDS[name].read("甲", "")
    before = [memory.cache_info().currsize for memory in memories]
    for number in range(20):
        for name in FIELDS:
            FIELDS[name].read(f"{number:05}" * 100, "")
    vocabulary.plain_label("很长" * 200)
    assert [memory.cache_info().currsize for memory in memories] == before
