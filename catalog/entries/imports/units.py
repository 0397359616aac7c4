"""Which unit a row means: by credit code, else by region and name; never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from auth.queries import Named, UnitIndex, plain_name
from catalog.entries.imports import regions, vocabulary_units
from catalog.entries.imports.drafts import Owner
from catalog.entries.imports.identity import owner_mark
from portal.kernel.text import Text, _

Mark = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class FoundUnit:
    """The unit of a row; as a record of the access rules it belongs to itself."""

    unit_id: str
    region_code: str
    name: str


@dataclass(frozen=True, slots=True)
class NotFoundUnit:
    """Why no unit was found, and where a new one would belong (None: the region is unknown)."""

    reason: Text
    region_code: str | None
    candidates: tuple[str, ...] = ()


@dataclass(slots=True)
class UnitFinder:
    """Finds units for the owners of a file.

    `region_code`: the file's region, given once; `chosen`: what people decided, by owner;
    `default`: the unit of rows that name none; `zones`: codes of regions that only files name;
    `may_register`: whether who imports may enter units that we do not have.
    """

    index: UnitIndex
    region_code: str
    chosen: Mapping[Mark, FoundUnit] = field(default_factory=dict)
    default: FoundUnit | None = None
    zones: Mapping[str, str] = field(default_factory=dict)
    may_register: bool = True
    _borne: dict[str, set[str]] = field(default_factory=dict)
    _known: dict[Owner, FoundUnit | NotFoundUnit] = field(default_factory=dict)

    def find(self, owner: Owner) -> FoundUnit | NotFoundUnit:
        """The unit of an owner, or why there is none."""
        found = self._known.get(owner)
        if found is None:
            found = self._known[owner] = self._look_up(owner)
        return found

    def other_names(self, owner: Owner) -> list[str]:
        """What a file writes beside the name of a unit that we have, and the unit is not called."""
        found = self.find(owner)
        if not isinstance(found, FoundUnit):
            return []
        return [
            alias
            for alias in owner.aliases
            if not self._bears(found.unit_id, found.region_code, alias)
        ]

    def disagreement(self, owner: Owner) -> Text | None:
        """A word on a name and a credit code that are not those of one unit of ours."""
        if not (owner.name and owner.credit_code):
            return None
        by_code = self.index.by_credit_code.get(owner.credit_code)
        if by_code is not None:
            bears = self._bears(by_code.id, by_code.region_code, owner.name)
            return None if bears else _another_name(owner, by_code.name)
        found = self.find(owner)
        if isinstance(found, NotFoundUnit) or not self._bears(
            found.unit_id, found.region_code, owner.name
        ):
            return None  # unknown, or said by somebody to be this one
        codes = [c for c, unit in self.index.by_credit_code.items() if unit.id == found.unit_id]
        return _another_code(owner, codes[0]) if codes else None

    def _bears(self, unit_id: str, region: str, name: str) -> bool:
        """Whether a unit of ours is or was called so, 市 and 区 spelt out or not."""
        if not self._borne:
            for (_region, borne), bearers in self.index.by_name.items():
                for named in bearers:
                    self._borne.setdefault(named.unit.id, set()).add(borne)
        borne_by = self._borne.get(unit_id, set())
        return any(
            plain_name(said) in borne_by
            for said in spellings(Owner(name), region, self.region_code)
        )

    def _look_up(self, owner: Owner) -> FoundUnit | NotFoundUnit:
        decided = self.chosen.get(owner_mark(owner))
        if decided is not None:
            return decided
        by_code = self.index.by_credit_code.get(owner.credit_code) if owner.credit_code else None
        if by_code is not None:
            return FoundUnit(by_code.id, by_code.region_code, by_code.name)
        if not owner.name:
            return self.default or NotFoundUnit(_no_unit(owner), self.region_code)
        region = self._region(owner)
        if region is None:
            return NotFoundUnit(_no_region(owner.region, self.region_code), None)
        return self._by_name(owner, region)

    def _region(self, owner: Owner) -> str | None:
        if not owner.region:
            return self.region_code
        return self.zones.get(owner.region) or regions.code_within(owner.region, self.region_code)

    def _by_name(self, owner: Owner, region: str) -> FoundUnit | NotFoundUnit:
        places = [region]
        inner = None if owner.region else regions.district_in(owner.name, region)
        if inner is not None:
            places.append(inner)
        for place in places:
            for name in spellings(owner, place, self.region_code):
                named = [n for n in self.index.find(name=name, region_code=place) if _lives(n)]
                if len(named) == 1:
                    unit = named[0].unit
                    return FoundUnit(unit.id, unit.region_code, unit.name)
                if named:
                    ids = tuple(n.unit.id for n in named)
                    return NotFoundUnit(_several(owner.name, len(ids)), place, ids)
        place = regions.names().get(region, region)
        unknown = _unknown if self.may_register else _unregistered
        return NotFoundUnit(unknown(owner.name, place), places[-1])


def full_and_short(name: str, other: str) -> tuple[str, str]:
    """A unit's name in full and in short, where a file writes it in both ways.

    One is short for the other when its characters stand there in the same order: 市交通局 for
    苏州市交通运输局. Any other second name, such as that of the unit above, is left alone.
    """
    short, full = sorted((name, other), key=len)
    rest = iter(full)
    if short and short != full and all(character in rest for character in short):
        return full, short
    return name, ""


def spellings(owner: Owner, region: str, city: str) -> list[str]:
    """The names that may stand for the owner in a region: as given, and with 市 or 区 spelt out."""
    known = regions.names()
    place, above = known.get(region, ""), known.get(city, "")
    found: dict[str, None] = {}
    for name in (owner.name, *owner.aliases):
        found[name] = None
        if not place or name.startswith((place, above or place)):
            continue
        if name[:1] == place[-1]:
            found[place + name[1:]] = None
            found[above + place + name[1:]] = None
        elif name[:1] not in vocabulary_units.SHORT_PLACES:
            found[place + name] = None
    return list(found)


def _lives(named: Named) -> bool:
    return not named.unit.is_closed


def _no_unit(owner: Owner) -> Text:
    if owner.credit_code:
        return _(
            "没有统一社会信用代码为 %(code)s 的单位。请核对代码，或写明单位名称。",
            code=owner.credit_code,
        )
    return _("没有写明提供单位。请填写单位，或在导入时指定单位。")


def _no_region(raw: str, city: str) -> Text:
    return _(
        "区划“%(region)s”不在 %(city)s 内，无法确定单位。请指定文件所属的行政区划后重新导入。",
        region=raw,
        city=regions.names().get(city, city),
    )


def _several(name: str, count: int) -> Text:
    return _(
        "有 %(count)s 个单位名为“%(name)s”。请在导入页面选定，或填写统一社会信用代码。",
        count=count,
        name=name,
    )


def _unknown(name: str, region: str) -> Text:
    return _(
        "门户里没有“%(region)s”的单位“%(name)s”。请确认新建，或对应到已有单位后再导入。",
        region=region,
        name=name,
    )


def _unregistered(name: str, region: str) -> Text:
    return _(
        "门户里没有“%(region)s”的单位“%(name)s”。请对应到已有单位，"
        "或请主管部门的审核人确认新建后再导入。",
        region=region,
        name=name,
    )


def _another_name(owner: Owner, found: str) -> Text:
    return _(
        "单位“%(name)s”与统一社会信用代码对不上：%(code)s 是“%(found)s”的代码，已按代码归入。"
        "请核对。",
        name=owner.name,
        code=owner.credit_code,
        found=found,
    )


def _another_code(owner: Owner, known: str) -> Text:
    return _(
        "单位“%(name)s”的统一社会信用代码在门户里是 %(known)s，不是 %(code)s，已按名称归入。"
        "请核对。",
        name=owner.name,
        known=known,
        code=owner.credit_code,
    )
