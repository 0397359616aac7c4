"""Jinan and its districts by code of the national list, with the functional zones beside them."""

import re
from dataclasses import dataclass

from portal.kernel.text import Text, _

CITY = "370100"
_CODE = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class Region:
    """One region; a functional zone has no national code, ours is a local extension."""

    code: str
    name: Text
    functional: bool = False


# National codes (GB/T 2260), 370116 and 370117 since 2019; the zones' codes are ours.
REGIONS: tuple[Region, ...] = (
    Region(CITY, _("济南市")),
    Region("370102", _("历下区")),
    Region("370103", _("市中区")),
    Region("370104", _("槐荫区")),
    Region("370105", _("天桥区")),
    Region("370112", _("历城区")),
    Region("370113", _("长清区")),
    Region("370114", _("章丘区")),
    Region("370115", _("济阳区")),
    Region("370116", _("莱芜区")),
    Region("370117", _("钢城区")),
    Region("370124", _("平阴县")),
    Region("370126", _("商河县")),
    Region("370171", _("济南高新区"), functional=True),
    Region("370172", _("南部山区"), functional=True),
    Region("370173", _("济南新旧动能转换起步区"), functional=True),
)
_PROVINCES = frozenset(
    str(code)
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55))
    for code in codes
) | frozenset(("61", "62", "63", "64", "65", "71", "81", "82"))
_BY_CODE = {region.code: region for region in REGIONS}


def region(code: str) -> Region | None:
    """The region of Jinan with that code, or nothing."""
    return _BY_CODE.get(code)


def region_name(code: str | None) -> Text | str:
    """The region's name; a code of elsewhere is its own name."""
    found = _BY_CODE.get(code or "")
    return found.name if found else (code or "")


def is_region_code(code: str) -> bool:
    """Whether the code can be a region's: six digits, the first two a province's (GB/T 2260).

    Units of other cities may be imported.
    """
    return _CODE.fullmatch(code) is not None and code[:2] in _PROVINCES
