"""Regions named in files: their codes by the national list, never guessed across cities."""

from functools import lru_cache
from pathlib import Path

from auth.regions import REGIONS

_LIST = Path(__file__).with_name("regions.txt")
_PREFIX, _DIGITS = 4, 6
_SHORT = 2
_FIRST_ZONE = 71  # as the zones of this city are numbered, see auth.regions


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Code → name: the national list, and the functional zones of this city."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    known = dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    known.update({region.code: region.name.message for region in REGIONS})
    return known


@lru_cache(maxsize=64)
def _in_city(prefix: str) -> dict[str, str]:
    """Plain name → code within one city."""
    return {name: code for code, name in names().items() if code.startswith(prefix)}


def is_known(code: str) -> bool:
    """Whether a code lies in a city or a district of the national list, new districts included."""
    return (
        len(code) == _DIGITS and code.isascii() and code.isdigit() and code[:_PREFIX] in _cities()
    )


@lru_cache(maxsize=1)
def _cities() -> frozenset[str]:
    return frozenset(code[:_PREFIX] for code in names())


def code_within(raw: str, city: str) -> str | None:
    """The code of a region named in a file about a city or one of its districts.

    A code is itself; a name counts only within the city; None when it is none of these.
    """
    text = "".join(raw.split())
    if len(text) == len(city) and text.isdigit():
        return text
    known = _in_city(city[:_PREFIX])
    if text in known:
        return known[text]
    found = [code for name, code in known.items() if len(text) >= _SHORT and name[:-1] == text]
    if len(found) == 1:
        return found[0]
    ending = [code for name, code in known.items() if text.endswith(name) and len(text) > len(name)]
    return ending[0] if len(ending) == 1 else None


def district_in(unit_name: str, city: str) -> str | None:
    """The district of the city that a unit's own name begins with, such as 济南市历下区…."""
    city_name = names().get(city, "")
    rest = unit_name.removeprefix(city_name)
    for name, code in _in_city(city[:_PREFIX]).items():
        if code != city and (rest.startswith(name) or unit_name.startswith(name)):
            return code
    return None


def zone_code(raw: str, city: str, used: frozenset[str]) -> str | None:
    """A local code for a functional zone of a city that the national list does not have.

    None for a name that the list knows elsewhere: such a file is about another city.
    """
    known = names()
    if not raw or not city.endswith("00") or raw in known.values():
        return None
    for number in range(_FIRST_ZONE, 100):
        code = f"{city[:_PREFIX]}{number}"
        if code not in known and code not in used:
            return code
    return None
