"""The limits on catalog entries."""

from portal.kernel.deadlines import Deadline, Step
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
    # The bureau's own clock: its reviewers are reminded, and told again when they are late.
    escalation=(
        Step(1, -2, _("即将到期提醒")),
        Step(2, 0, _("到期未办提醒")),
        Step(3, 2, _("逾期督办"), role="reviewer"),
    ),
)
