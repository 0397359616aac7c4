"""Kinds of units, regions and roles as code lists, for forms, filters and the help."""

from auth.regions import REGIONS
from auth.roles import ROLES
from auth.unit_kinds import UnitKind
from portal.kernel.codes import CodeList
from portal.kernel.text import _

UNIT_KINDS = CodeList(
    "unit_kinds",
    _("单位类型"),
    {
        UnitKind.PARTY: _("党群机关"),
        UnitKind.GOVERNMENT: _("政府部门"),
        UnitKind.INSTITUTION: _("事业单位"),
        UnitKind.PUBLIC_SERVICE: _("公共服务企事业单位"),
        UnitKind.DISTRICT: _("区县"),
        UnitKind.FUNCTIONAL_ZONE: _("功能区"),
        UnitKind.ENTERPRISE: _("企业"),
        UnitKind.SOCIETY: _("社会组织"),
    },
)
REGION_LIST = CodeList("regions", _("行政区划"), {region.code: region.name for region in REGIONS})
ROLE_LIST = CodeList("roles", _("角色"), {role.key: role.label for role in ROLES})

CODE_LISTS = (UNIT_KINDS, REGION_LIST, ROLE_LIST)
