"""What is stated of a unit, and what has to be right about it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from auth import credit_code
from auth.regions import is_region_code
from auth.unit_kinds import UnitKind
from portal.kernel.errors import Invalid
from portal.kernel.text import Text, _

NAME_LIMIT = 200


@dataclass(frozen=True, slots=True)
class UnitData:
    """What is stated of a unit, besides its former names; keys as in the table."""

    name: str
    region_code: str
    kind: str
    short_name: str = ""
    credit_code: str | None = None
    parent_id: str | None = None
    duty: str = ""
    office_phone: str = ""
    position: int = 0
    valid_from: date | None = None


def column_values(data: UnitData) -> dict[str, Any]:
    """The values as the table takes them; raises Invalid with the wrong fields."""
    problems: dict[str, list[Text]] = {}
    if data.kind not in set(UnitKind):
        problems["kind"] = [_("没有“%(kind)s”这种单位类型。", kind=data.kind)]
    if not is_region_code(data.region_code):
        problems["region_code"] = [_("行政区划代码应为 6 位数字。")]
    if problems:
        raise Invalid(_("单位的内容有误，请修改后再保存。"), fields=problems)
    return {
        "name": unit_name(data.name),
        "short_name": " ".join(data.short_name.split()),
        "credit_code": credit_code.checked(data.credit_code),
        "region_code": data.region_code,
        "kind": str(data.kind),
        "parent_id": data.parent_id,
        "duty": data.duty.strip(),
        "office_phone": data.office_phone.strip(),
        "position": data.position,
        "valid_from": data.valid_from,
    }


def unit_name(raw: str) -> str:
    """A name without spare spaces; raises Invalid for an empty or overlong one."""
    name = " ".join(raw.split())
    if not name or len(name) > NAME_LIMIT:
        objection = _("单位名称应为 1 到 %(limit)s 个字。", limit=NAME_LIMIT)
        raise Invalid(objection, fields={"name": [objection]})
    return name
