"""Who sees what: one rule with three faces, held equal by a test."""

from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, false, or_, true

from catalog.entries.models import Entry
from catalog.entries.permissions import SEE_ALL
from portal.kernel.access import Actor, Scope

_ENTRY = Entry.__table__.c  # plain columns, so that lists of plain columns pass the ORM by


class Placed(Protocol):
    """What the rule looks at of work: an entry, or a version of one."""

    @property
    def unit_id(self) -> str: ...
    @property
    def region_code(self) -> str: ...


class Seen(Placed, Protocol):
    """What the rule looks at of an entry."""

    @property
    def standing(self) -> str: ...
    @property
    def open_type(self) -> str | None: ...


def tokens(actor: Actor) -> frozenset[str]:
    """The audience tokens of an actor; a search document is found when it has one of them."""
    found = {"public"}
    if actor.is_government:
        found.add("government")
        if actor.unit_id:
            found.add(f"unit:{actor.unit_id}")
    for assignment in actor.assignments:
        scope = SEE_ALL.grants.get(assignment.role)
        if scope is Scope.ALL:
            found.add("review")
        elif scope is Scope.REGION and assignment.region_code:
            found.add(f"review:{assignment.region_code}")
    return frozenset(found)


def may_find(actor: Actor, entry: Seen) -> bool:
    """Whether lists, search and counts show the entry; suspended and withdrawn ones never."""
    if entry.standing == "published":
        return entry.open_type != "withheld" or actor.is_government
    return entry.standing == "unpublished" and may_see_work(actor, entry)


def may_open(actor: Actor, entry: Seen) -> bool:
    """Whether the entry's own address answers: also for suspended and withdrawn ones, to say so."""
    if entry.standing in ("published", "suspended", "withdrawn"):
        return entry.open_type != "withheld" or actor.is_government
    return may_see_work(actor, entry)


def may_see_work(actor: Actor, entry: Placed) -> bool:
    """Whether the actor sees drafts, returned versions and the trail: own unit and reviewers."""
    own = actor.is_government and actor.unit_id is not None and entry.unit_id == actor.unit_id
    return own or actor.may(SEE_ALL, entry)


def findable(actor: Actor) -> ColumnElement[bool]:
    """`may_find` as a condition on entries."""
    open_enough = true() if actor.is_government else _not_withheld()
    return or_(
        and_(_ENTRY.standing == "published", open_enough),
        and_(_ENTRY.standing == "unpublished", work_visible(actor)),
    )


def work_visible(actor: Actor, model: Any = _ENTRY) -> ColumnElement[bool]:
    """`may_see_work` as a condition on entries or versions."""
    found: list[ColumnElement[bool]] = []
    if actor.is_government and actor.unit_id:
        found.append(model.unit_id == actor.unit_id)
    for assignment in actor.assignments:
        scope = SEE_ALL.grants.get(assignment.role)
        if scope is Scope.ALL:
            return true()
        if scope is Scope.REGION and assignment.region_code:
            found.append(model.region_code == assignment.region_code)
    if actor.id is None and actor.is_government:
        return true()  # the product itself
    return or_(false(), *found)


def _not_withheld() -> ColumnElement[bool]:
    return or_(_ENTRY.open_type.is_(None), _ENTRY.open_type != "withheld")
