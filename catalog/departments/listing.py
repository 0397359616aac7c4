"""The list of units as its page shows it: filters to choose, filters that are on, rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict

from auth.code_lists import UNIT_KINDS
from auth.regions import region_name
from catalog.departments.figures import NO_FIGURES, UnitFigures
from catalog.departments.queries.representatives import Office
from catalog.departments.queries.units import UnitFilter, UnitLine, UnitList
from catalog.departments.rules import WITHOUT_OFFICE
from portal.kernel.text import Text, _
from portal.web.pages import content_lang, path

LONGEST_QUERY = 100
ENDPOINT = "departments.units"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter."""

    value: str
    label: Text | str
    count: int
    checked: bool


@dataclass(frozen=True, slots=True)
class ShownUnit:
    """A row of the list."""

    unit: UnitLine
    region: Text | str
    kind: Text | str | None
    office: Office | None
    figures: UnitFigures | None

    @property
    def path(self) -> str:
        return path("departments.unit", unit_id=self.unit.id)

    def list_path(self, show: str | None = None) -> str:
        """The list that a figure counts, on the unit's own page."""
        return path("departments.unit", unit_id=self.unit.id, show=show) + "#entries"

    @property
    def has_office(self) -> bool:
        """Whether somebody should answer for its data."""
        return self.unit.valid_to is None and self.unit.kind not in WITHOUT_OFFICE

    @property
    def closed_on(self) -> date | None:
        return self.unit.valid_to


def filter_of(args: MultiDict[str, str]) -> UnitFilter:
    """The filter that an address asks for."""
    return UnitFilter(
        q=" ".join(args.get("q", "").split())[:LONGEST_QUERY],
        regions=tuple(dict.fromkeys(args.getlist("region"))),
        kinds=tuple(dict.fromkeys(args.getlist("kind"))),
        parent_id=args.get("parent") or None,
        closed=args.get("closed") == "1",
    )


def address(wanted: UnitFilter, **changes: Any) -> str:
    """The list's address with a filter, of which something may be changed."""
    values = {
        "q": wanted.q,
        "region": list(wanted.regions),
        "kind": list(wanted.kinds),
        "parent": wanted.parent_id,
        "closed": "1" if wanted.closed else None,
        **changes,
    }
    return path(ENDPOINT, **values)


def carried(wanted: UnitFilter) -> list[tuple[str, str]]:
    """The filters that a new search for a name keeps."""
    found = [("region", code) for code in wanted.regions]
    found += [("kind", key) for key in wanted.kinds]
    found += [("parent", wanted.parent_id)] if wanted.parent_id else []
    return found + ([("closed", "1")] if wanted.closed else [])


def shown(found: UnitList, figures: Mapping[str, UnitFigures] | None) -> list[ShownUnit]:
    """The rows of the page; figures are None where nobody counts."""
    return [
        ShownUnit(
            unit=row,
            region=region_name(row.region_code),
            kind=UNIT_KINDS.name(row.kind),
            office=found.offices.get(row.id),
            figures=None if figures is None else figures.get(row.id, NO_FIGURES),
        )
        for row in found.page.rows
    ]


def regions(found: UnitList, wanted: UnitFilter) -> list[Choice]:
    """The regions that have units, and those chosen, by code."""
    codes = sorted({*found.regions, *wanted.regions})
    return [
        Choice(code, region_name(code), found.regions.get(code, 0), code in wanted.regions)
        for code in codes
    ]


def kinds(found: UnitList, wanted: UnitFilter) -> list[Choice]:
    """The kinds that have units, and those chosen, in the order of the code list."""
    keys = [key for key in UNIT_KINDS.values if key in found.kinds or key in wanted.kinds]
    return [
        Choice(str(key), UNIT_KINDS.values[key], found.kinds.get(key, 0), key in wanted.kinds)
        for key in keys
    ]


def own_words(name: str) -> Markup | str:
    """A unit's name on a page of any language, which says that it is Chinese."""
    chinese = content_lang()
    return Markup("<span{}>{}</span>").format(chinese, name) if chinese else name


def chips(wanted: UnitFilter, parent_name: str | None) -> list[tuple[Any, str]]:
    """The filters that are on, each with the address without it."""
    found: list[tuple[Any, str]] = []
    if wanted.q:
        found.append((_("名称含“%(q)s”", q=wanted.q), address(wanted, q=None)))
    if wanted.parent_id is not None:
        above = _("上级：%(name)s", name="{}")
        words = escape(str(above)).replace("{}", own_words(parent_name or wanted.parent_id))
        found.append((words, address(wanted, parent=None)))
    for code in wanted.regions:
        rest = [other for other in wanted.regions if other != code]
        found.append((region_name(code), address(wanted, region=rest)))
    for key in wanted.kinds:
        rest = [other for other in wanted.kinds if other != key]
        found.append((UNIT_KINDS.name(key), address(wanted, kind=rest)))
    if wanted.closed:
        found.append((_("包括已撤销的单位"), address(wanted, closed=None)))
    return found
