"""The life of a representative's record: in office, then not any more."""

from catalog.departments.events import REPRESENTATIVE, RepresentativeMoved
from catalog.departments.permissions import RECORD
from portal.kernel.text import _
from portal.kernel.workflow import State, Transition, Workflow

REPRESENTATIVE_WORKFLOW = Workflow(
    key="representative",
    label=_("首席代表的任期"),
    subject_kind=REPRESENTATIVE,
    attribute="state",
    initial="active",
    states=(
        State("active", _("在任"), "ok"),
        State("ended", _("已卸任"), "done", final=True),
    ),
    transitions=(
        Transition("end", _("结束任期"), ("active",), "ended", RECORD, RepresentativeMoved),
    ),
)
