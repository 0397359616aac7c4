"""The rights on catalog entries, with the roles that hold them."""

from portal.kernel.access import Permission, Scope
from portal.kernel.text import _

_UNIT = {
    "editor": Scope.OWN_UNIT,
    "chief_representative": Scope.OWN_UNIT,
    "deputy_representative": Scope.OWN_UNIT,
}
_BUREAU = {"reviewer": Scope.ALL, "district_administrator": Scope.REGION}

EDIT = Permission("entries.edit", _("编制本单位目录"), _UNIT)
SUBMIT = Permission("entries.submit", _("提交目录审核"), {**_UNIT, **_BUREAU})
REVIEW = Permission("entries.review", _("审核目录"), _BUREAU)
SUSPEND = Permission("entries.suspend", _("暂停和恢复目录"), _BUREAU)
WITHDRAW = Permission("entries.withdraw", _("撤销目录"), _BUREAU)
IMPORT = Permission("entries.import", _("导入目录"), {"editor": Scope.OWN_UNIT, **_BUREAU})
SEE_ALL = Permission("entries.see_all", _("查看全部未发布目录"), _BUREAU)
ALL = (EDIT, SUBMIT, REVIEW, SUSPEND, WITHDRAW, IMPORT, SEE_ALL)
