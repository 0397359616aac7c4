"""The rights that concern people, units, the running system and the trail."""

from portal.kernel.access import Permission, Scope
from portal.kernel.text import _

USERS_MANAGE = Permission(
    "users.manage",
    _("管理用户和角色"),
    {"administrator": Scope.ALL, "district_administrator": Scope.REGION},
)
UNITS_MANAGE = Permission(
    "units.manage",
    _("管理单位"),
    {"administrator": Scope.ALL, "district_administrator": Scope.REGION},
)
UNITS_REGISTER = Permission(
    "units.register",
    _("登记单位：确认导入时遇到的新单位"),
    {"administrator": Scope.ALL, "reviewer": Scope.ALL, "district_administrator": Scope.REGION},
)
OPERATIONS_SEE = Permission("operations.see", _("查看运行情况"), {"administrator": Scope.ALL})
OPERATIONS_MANAGE = Permission(
    "operations.manage",
    _("处理运行问题：重试失败事件，运行和停止任务"),
    {"administrator": Scope.ALL},
)
AUDIT_SEE = Permission("audit.see", _("查看操作记录"), {"auditor": Scope.ALL})

# Those that the help tells. Not the first two: services ask for them, but no page lets anybody
# manage people or units yet, and the operator's command acts as the product itself.
PERMISSIONS = (UNITS_REGISTER, OPERATIONS_SEE, OPERATIONS_MANAGE, AUDIT_SEE)
