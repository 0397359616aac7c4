"""Two machines: the review of a version, and the standing of an entry."""

from catalog.entries.events import ENTRY, VERSION, StandingMoved, VersionMoved
from catalog.entries.guards import nothing_forbids
from catalog.entries.permissions import REVIEW, SUBMIT, SUSPEND, WITHDRAW
from portal.kernel.text import _
from portal.kernel.workflow import State, Transition, Workflow

REVIEW_DEADLINE = "entries.bureau_review"

VERSION_WORKFLOW = Workflow(
    key="entry_version",
    label=_("目录版本的审核"),
    subject_kind=VERSION,
    attribute="status",
    initial="draft",
    states=(
        State("draft", _("草稿")),
        State("bureau_review", _("主管部门审核"), "run"),
        State("published", _("已发布"), "ok"),
        State("returned", _("已退回"), "due"),
        State("superseded", _("已被新版本取代"), "done", final=True),
    ),
    transitions=(
        Transition(
            "submit",
            _("提交审核"),
            ("draft", "returned"),
            "bureau_review",
            SUBMIT,
            VersionMoved,
            guards=(nothing_forbids,),
            deadline=REVIEW_DEADLINE,
        ),
        Transition(
            "publish",
            _("发布"),
            ("bureau_review",),
            "published",
            REVIEW,
            VersionMoved,
            guards=(nothing_forbids,),
        ),
        Transition(
            "return",
            _("退回"),
            ("bureau_review",),
            "returned",
            REVIEW,
            VersionMoved,
            needs_comment=True,
        ),
        Transition(
            "supersede", _("被新版本取代"), ("published",), "superseded", None, VersionMoved
        ),
    ),
)

STANDING_WORKFLOW = Workflow(
    key="entry_standing",
    label=_("目录的状态"),
    subject_kind=ENTRY,
    attribute="standing",
    initial="unpublished",
    states=(
        State("unpublished", _("未发布")),
        State("published", _("已发布"), "ok"),
        State("suspended", _("已暂停"), "due"),
        State("withdrawn", _("已撤销"), "over", final=True),
    ),
    transitions=(
        Transition("appear", _("首次发布"), ("unpublished",), "published", None, StandingMoved),
        Transition(
            "suspend",
            _("暂停"),
            ("published",),
            "suspended",
            SUSPEND,
            StandingMoved,
            needs_comment=True,
            danger=True,
        ),
        Transition(
            "resume",
            _("恢复"),
            ("suspended",),
            "published",
            SUSPEND,
            StandingMoved,
            needs_comment=True,
        ),
        Transition(
            "withdraw",
            _("撤销"),
            ("published", "suspended"),
            "withdrawn",
            WITHDRAW,
            StandingMoved,
            needs_comment=True,
            danger=True,
        ),
    ),
)
