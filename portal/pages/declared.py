"""What the features declare, gathered as the help shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth.roles import INCOMPATIBLE, ROLES, role
from portal.kernel.access import SCOPE_LABELS, Permission
from portal.kernel.codes import CodeList
from portal.kernel.deadlines import Deadline, Step
from portal.kernel.feature import Feature
from portal.kernel.text import Text, _
from portal.kernel.workflow import Workflow
from portal.pages.diagrams import Diagram, diagram

Words = Text | str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One transition as the help's table shows it."""

    label: Text
    sources: tuple[Text, ...]
    target: Text
    who: tuple[Words, ...]
    needs_comment: bool
    deadline: Text | None


@dataclass(frozen=True, slots=True)
class ShownWorkflow:
    """One workflow as a drawing and as a table."""

    key: str
    label: Text
    drawing: Diagram
    steps: Sequence[StepRow]


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """One permission with how far it reaches for each role, in the order of the roles."""

    permission: Permission
    scopes: tuple[Text | None, ...]


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """One limit, with how sure we are of it and who is told when it runs out."""

    deadline: Deadline
    limit: Text
    evidence: Text
    ladder: tuple[tuple[Words, Text], ...]


def workflows(features: Sequence[Feature]) -> list[ShownWorkflow]:
    """Every declared workflow."""
    return [
        ShownWorkflow(each.key, each.label, diagram(each), steps(each, features))
        for feature in features
        for each in feature.workflows
    ]


def steps(workflow: Workflow, features: Sequence[Feature]) -> list[StepRow]:
    """The transitions of a workflow: from where, where to, who may, by when."""
    limits = {rule.code: _limit(rule) for feature in features for rule in feature.deadlines}
    return [
        StepRow(
            label=t.label,
            sources=tuple(workflow.state(name).label for name in t.source),
            target=workflow.state(t.target).label,
            who=_who(t.permission),
            needs_comment=t.needs_comment,
            deadline=limits.get(t.deadline or ""),
        )
        for t in workflow.transitions
    ]


def permissions(features: Sequence[Feature]) -> list[tuple[Text, list[PermissionRow]]]:
    """Every permission by feature."""
    return [
        (feature.label, [_permission_row(each) for each in feature.permissions])
        for feature in features
        if feature.permissions
    ]


def exclusions() -> list[tuple[Text, ...]]:
    """The roles that nobody may have together."""
    return [tuple(each.label for each in ROLES if each.key in keys) for keys in INCOMPATIBLE]


def deadlines(features: Sequence[Feature]) -> list[DeadlineRow]:
    """Every limit with its basis and its ladder."""
    return [
        DeadlineRow(rule, _limit(rule), evidence(rule.evidence), tuple(map(_rung, rule.escalation)))
        for feature in features
        for rule in feature.deadlines
    ]


def code_lists(features: Sequence[Feature]) -> list[CodeList]:
    """Every code list."""
    return [each for feature in features for each in feature.code_lists]


def evidence(tag: str) -> Text:
    """How sure we are of a rule's words and number."""
    if tag.startswith("S"):
        return _("已对照公开的原文")
    return {
        "M+": _("通行规定，确定"),
        "M~": _("通行规定，条文文字以公布的原文为准"),
        "M?": _("尚不确定，可由管理员调整"),
        "D": _("本平台的约定，没有法规规定"),
    }.get(tag, _("来源未注明"))


def _who(permission: Permission | None) -> tuple[Words, ...]:
    if permission is None:
        return (_("系统自动"),)
    return tuple(
        _("%(role)s（%(scope)s）", role=each.label, scope=SCOPE_LABELS[permission.grants[each.key]])
        for each in ROLES
        if each.key in permission.grants
    )


def _permission_row(permission: Permission) -> PermissionRow:
    scopes = (permission.grants.get(each.key) for each in ROLES)
    return PermissionRow(
        permission, tuple(SCOPE_LABELS[scope] if scope else None for scope in scopes)
    )


def _limit(rule: Deadline) -> Text:
    if rule.working:
        return _("%(n)s 个工作日", n=rule.days)
    return _("%(n)s 日", n=rule.days)


def _rung(step: Step) -> tuple[Words, Text]:
    """Whom a rung of the ladder tells what, and when."""
    known = role(step.role or "")
    who: Words = known.label if known else step.role or _("经办人")
    if step.own_unit:
        who = _("本单位的%(role)s", role=who)
    if step.days < 0:
        at = _("到期前 %(n)s 个工作日", n=-step.days)
    elif step.days == 0:
        at = _("到期时")
    else:
        at = _("逾期 %(n)s 个工作日", n=step.days)
    return who, _("%(at)s：%(what)s", at=at, what=step.label)
