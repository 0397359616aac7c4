"""The right to record who answers for a unit's data: the bureau's, not the unit's own."""

from portal.kernel.access import Permission, Scope
from portal.kernel.text import _

RECORD = Permission(
    "departments.representatives.record",
    _("备案首席代表"),
    {
        "reviewer": Scope.ALL,
        "district_administrator": Scope.REGION,
    },
)
ALL = (RECORD,)
