"""What the features declare, as JSON: workflows, roles and permissions, deadlines, code lists."""

from typing import Any

from flask import Blueprint, Response
from marshmallow import fields

from auth.roles import INCOMPATIBLE, ROLES
from portal.kernel import calendar
from portal.kernel.access import Permission, Scope
from portal.kernel.codes import CodeList
from portal.kernel.deadlines import Deadline
from portal.kernel.feature import Feature
from portal.kernel.schemas import PortalSchema
from portal.kernel.text import _
from portal.kernel.workflow import Transition, Workflow
from portal.pages import declared
from portal.web.access import open_to_all
from portal.web.api import PREFIX, answer, describes
from portal.web.context import runtime

bp = Blueprint("declarations_api", __name__, url_prefix=f"{PREFIX}/rules")

_SCOPES = {"enum": [scope.value for scope in Scope]}


class StateAnswer(PortalSchema):
    """One state of a workflow."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    final = fields.Boolean(required=True)


class TransitionAnswer(PortalSchema):
    """One step; `permission` null means that only the portal itself takes it."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    source = fields.List(fields.String(), required=True)
    target = fields.String(required=True)
    permission = fields.String(required=True, allow_none=True)
    needs_comment = fields.Boolean(required=True)
    deadline = fields.String(required=True, allow_none=True)


class WorkflowAnswer(PortalSchema):
    """One machine."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    initial = fields.String(required=True)
    states = fields.List(fields.Nested(StateAnswer), required=True)
    transitions = fields.List(fields.Nested(TransitionAnswer), required=True)


class WorkflowsAnswer(PortalSchema):
    """Every workflow."""

    workflows = fields.List(fields.Nested(WorkflowAnswer), required=True)


class RoleAnswer(PortalSchema):
    """One role; `needs_unit`: held in one unit only; `government`: for officials only."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    help = fields.String(required=True)
    needs_unit = fields.Boolean(required=True)
    government = fields.Boolean(required=True)


class PermissionAnswer(PortalSchema):
    """One right; `grants` says how far it reaches for each role that has it."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    feature = fields.String(required=True)
    grants = fields.Dict(
        keys=fields.String(), values=fields.String(metadata=_SCOPES), required=True
    )


class PermissionsAnswer(PortalSchema):
    """Roles, rights, and the roles that nobody may have together."""

    roles = fields.List(fields.Nested(RoleAnswer), required=True)
    permissions = fields.List(fields.Nested(PermissionAnswer), required=True)
    incompatible = fields.List(fields.List(fields.String()), required=True)


class RungAnswer(PortalSchema):
    """Who is told what so many working days after the end; before it: below zero.

    `role` null means whoever has the task.
    """

    days = fields.Integer(required=True)
    label = fields.String(required=True)
    role = fields.String(required=True, allow_none=True)
    own_unit = fields.Boolean(required=True)


class DeadlineAnswer(PortalSchema):
    """One limit with its basis, how sure we are of it, and its ladder."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    days = fields.Integer(required=True)
    working = fields.Boolean(required=True)
    extension_days = fields.Integer(required=True)
    start = fields.String(required=True, allow_none=True)
    end = fields.String(required=True, allow_none=True)
    basis = fields.String(required=True)
    evidence = fields.String(required=True)
    effective_from = fields.Date(required=True, allow_none=True)
    effective_to = fields.Date(required=True, allow_none=True)
    escalation = fields.List(fields.Nested(RungAnswer), required=True)


class DeadlinesAnswer(PortalSchema):
    """Every limit, and the years whose holidays are known."""

    deadlines = fields.List(fields.Nested(DeadlineAnswer), required=True)
    calendar_years = fields.List(fields.Integer(), required=True)


class CodeAnswer(PortalSchema):
    """One value with its name."""

    key = fields.String(required=True)
    label = fields.String(required=True)


class CodeListAnswer(PortalSchema):
    """One code list; `source` names the rule or standard that it follows."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    source = fields.String(required=True, allow_none=True)
    values = fields.List(fields.Nested(CodeAnswer), required=True)


class CodeListsAnswer(PortalSchema):
    """Every code list."""

    code_lists = fields.List(fields.Nested(CodeListAnswer), required=True)


WORKFLOWS, PERMISSIONS = WorkflowsAnswer(), PermissionsAnswer()
DEADLINES, CODE_LISTS = DeadlinesAnswer(), CodeListsAnswer()


@bp.get("/workflows")
@open_to_all
@describes(_("流程：状态和步骤"), answer=WORKFLOWS)
def workflows() -> Response:
    """The machines that the pages' buttons and the checks follow."""
    found = [_workflow(each) for f in runtime().features for each in f.workflows]
    return answer(WORKFLOWS.dump({"workflows": found}))


@bp.get("/permissions")
@open_to_all
@describes(_("角色和权限"), answer=PERMISSIONS)
def permissions() -> Response:
    """Who may do what, and how far."""
    found = [_permission(f, each) for f in runtime().features for each in f.permissions]
    told = {
        "roles": ROLES,
        "permissions": found,
        "incompatible": [sorted(pair) for pair in INCOMPATIBLE],
    }
    return answer(PERMISSIONS.dump(told))


@bp.get("/deadlines")
@open_to_all
@describes(_("期限规定"), answer=DEADLINES)
def deadlines() -> Response:
    """Every limit with its basis."""
    with runtime().database.reading() as session:
        years = sorted(year.year for year in calendar.known_years(session))
    found = [_deadline(each) for f in runtime().features for each in f.deadlines]
    return answer(DEADLINES.dump({"deadlines": found, "calendar_years": years}))


@bp.get("/code-lists")
@open_to_all
@describes(_("代码表"), answer=CODE_LISTS)
def code_lists() -> Response:
    """Every code list."""
    found = [_code_list(each) for each in declared.code_lists(runtime().features)]
    return answer(CODE_LISTS.dump({"code_lists": found}))


def _workflow(found: Workflow) -> dict[str, Any]:
    names = ("key", "label", "initial", "states")
    steps = [_step(each) for each in found.transitions]
    return {**{name: getattr(found, name) for name in names}, "transitions": steps}


def _step(found: Transition) -> dict[str, Any]:
    names = ("key", "label", "source", "target", "needs_comment", "deadline")
    right = found.permission.key if found.permission else None
    return {**{name: getattr(found, name) for name in names}, "permission": right}


def _permission(feature: Feature, found: Permission) -> dict[str, Any]:
    grants = {role: scope.value for role, scope in found.grants.items()}
    return {"key": found.key, "label": found.label, "feature": feature.key, "grants": grants}


def _deadline(found: Deadline) -> dict[str, Any]:
    names = [name for name in DeadlineAnswer().fields if name != "evidence"]
    told = {name: getattr(found, name) for name in names}
    return {**told, "evidence": declared.evidence(found.evidence)}


def _code_list(found: CodeList) -> dict[str, Any]:
    values = [{"key": key, "label": label} for key, label in found.values.items()]
    return {"key": found.key, "label": found.label, "source": found.source, "values": values}
