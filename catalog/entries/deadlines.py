"""The limits on catalog entries."""

from portal.kernel.deadlines import Deadline, ladder
from portal.kernel.text import _

REVIEW_DUE = Deadline(
    code="entries.bureau_review",
    label=_("主管部门审核目录"),
    days=2,
    working=True,
    basis=_("《政务数据共享条例》（国务院令第809号）关于目录更新审核的规定"),
    evidence="M~",
    start=_("收到提交"),
    end=_("发布或退回"),
    escalation=ladder(head="reviewer", supervisor="administrator"),
)
