"""The trail in words: what was done, to what, and what is told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from auth import roles
from portal.kernel.access import SYSTEM
from portal.kernel.audit import AuditRow
from portal.kernel.feature import Feature
from portal.kernel.text import Text, _
from portal.kernel.workflow import Workflow
from portal.pages.queries.trail import TrailFilter, TrailPage

Words = Text | str
LONGEST_NAME = 200

KINDS: Mapping[str, Text] = {
    "entry": _("目录"),
    "entry_version": _("目录版本"),
    "import_batch": _("导入"),
    "unit": _("单位"),
    "representative": _("首席代表"),
    "user": _("用户"),
    "job_run": _("任务运行"),
    "outbox": _("失败事件"),
    "calendar": _("工作日历"),
}

# Steps of workflows are called as the workflows call them.
ACTIONS: Mapping[str, Text] = {
    "calendar.load": _("载入工作日历"),
    "entry.confirmed": _("确认目录仍然有效"),
    "entry.created": _("新建目录"),
    "entry.edited": _("修改目录"),
    "entry.imported": _("从文件导入目录"),
    "import.created": _("写入一批导入的目录"),
    "import.done": _("导入完成"),
    "import.restarted": _("继续导入"),
    "import.secret_file_dropped": _("删除含涉密内容的导入文件"),
    "import.sent": _("上传导入文件"),
    "import.units": _("确认导入文件里的单位"),
    "job.cancel": _("停止任务"),
    "job.request": _("要求运行任务"),
    "outbox.revive": _("重试失败事件"),
    "representative.record": _("备案首席代表"),
    "role.grant": _("授予角色"),
    "role.revoke": _("撤销角色"),
    "session.end": _("退出登录"),
    "session.start": _("登录"),
    "unit.change": _("修改单位信息"),
    "unit.close": _("撤销单位"),
    "unit.create": _("登记单位"),
    "unit.rename": _("单位更名"),
    "user.enrol": _("首次登录，建立账号"),
    "user.off": _("停用账号"),
    "user.on": _("启用账号"),
    "user.place": _("调整所属单位"),
}

# What is told of an act. Titles and file names are not: the auditor may not read drafts by them.
_DETAILS: Mapping[str, Text] = {
    "from": _("原为"),
    "to": _("改为"),
    "version": _("版本"),
    "role": _("角色"),
    "unit": _("单位"),
    "job": _("任务"),
    "years": _("年份"),
    "on": _("日期"),
    "size": _("字节数"),
}


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is told of an act."""

    label: Words
    value: Words


@dataclass(frozen=True, slots=True)
class ShownAct:
    """One act as a row; `code` is the action's name in the trail."""

    id: int
    at: datetime
    who: Words
    action: Words
    code: str
    kind: Words
    kind_key: str
    record: str
    name: str | None
    details: Sequence[Detail]
    request_id: str | None


def filter_of(args: Mapping[str, str]) -> TrailFilter:
    """What the address narrows the trail to; what it does not know is left out."""
    kind = args.get("kind", "")
    return TrailFilter(
        kind=kind if kind in KINDS else None,
        record=_name(args.get("record", "")),
        who=_name(args.get("who", "")),
        since=_day(args.get("since", "")),
        until=_day(args.get("until", "")),
    )


def shown(page: TrailPage, features: Sequence[Feature]) -> list[ShownAct]:
    """The acts of a page in words."""
    workflows = {each.key: each for feature in features for each in feature.workflows}
    return [_act(row, page, workflows) for row in page.rows]


def _act(row: AuditRow, page: TrailPage, workflows: Mapping[str, Workflow]) -> ShownAct:
    workflow = workflows.get(row.action.partition(".")[0])
    names = {"unit": page.units, "user": page.people}.get(row.subject_kind, {})
    by_product = row.actor_id is None and row.actor_name == SYSTEM.name
    return ShownAct(
        id=row.id,
        at=row.at,
        who=_("系统") if by_product else row.actor_name,
        action=_action(row.action, workflow),
        code=row.action,
        kind=KINDS.get(row.subject_kind, row.subject_kind),
        kind_key=row.subject_kind,
        record=row.subject_id,
        name=names.get(row.subject_id),
        details=[
            Detail(label, _value(key, row.detail[key], page, workflow))
            for key, label in _DETAILS.items()
            if row.detail.get(key) not in (None, "")
        ],
        request_id=row.request_id,
    )


def _action(code: str, workflow: Workflow | None) -> Words:
    known = ACTIONS.get(code)
    if known is not None or workflow is None:
        return known or code
    step = code.partition(".")[2]
    label = next((each.label for each in workflow.transitions if each.key == step), step)
    return _("%(workflow)s：%(step)s", workflow=workflow.label, step=label)


def _value(key: str, value: object, page: TrailPage, workflow: Workflow | None) -> Words:
    words = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    if key == "unit":
        return page.units.get(words, words)
    if key == "role":
        known = roles.role(words)
        return known.label if known else words
    if workflow is not None and any(state.key == words for state in workflow.states):
        return workflow.state(words).label
    return words


def _name(raw: str) -> str | None:
    return raw.strip().replace("\0", "")[:LONGEST_NAME] or None


def _day(raw: str) -> date | None:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None
