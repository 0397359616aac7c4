"""The right to record who answers for a unit's data."""

from portal.kernel.access import Permission, Scope
from portal.kernel.text import _

RECORD = Permission(
    "departments.representatives.record",
    _("备案首席代表"),
    {
        "editor": Scope.OWN_UNIT,
        "reviewer": Scope.ALL,
        "district_administrator": Scope.REGION,
    },
)
ALL = (RECORD,)
