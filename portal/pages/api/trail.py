"""The trail as JSON, for the auditor alone."""

from flask import Blueprint, Response
from marshmallow import fields

from auth.permissions import AUDIT_SEE
from portal.kernel.paging import LARGEST_NUMBER
from portal.kernel.schemas import PortalSchema, between, one_of
from portal.kernel.text import _
from portal.pages.queries.trail import TrailFilter, trail_page
from portal.pages.trail import KINDS, shown
from portal.web.access import needs
from portal.web.api import PREFIX, answer, describes, read_query
from portal.web.context import runtime

bp = Blueprint("trail_api", __name__, url_prefix=f"{PREFIX}/operations")


class TrailQuery(PortalSchema):
    """Which acts: of a kind of record, on one record, by one person (name or account), in days."""

    kind = fields.String(
        load_default=None, validate=one_of(KINDS), metadata={"enum": [*KINDS, None]}
    )
    record = fields.String(load_default=None)
    who = fields.String(load_default=None)
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)
    before = fields.Integer(load_default=None, validate=between(1, LARGEST_NUMBER - 1))


class DetailAnswer(PortalSchema):
    """One thing that is told of an act."""

    label = fields.String(required=True)
    value = fields.String(required=True)


class ActAnswer(PortalSchema):
    """One act: `code` is its name in the trail, `action` the same in words."""

    id = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    who = fields.String(required=True)
    code = fields.String(required=True)
    action = fields.String(required=True)
    kind = fields.String(required=True, attribute="kind_key")
    record = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    details = fields.List(fields.Nested(DetailAnswer), required=True)
    request_id = fields.String(required=True, allow_none=True)


class TrailAnswer(PortalSchema):
    """Acts, newest first; `next` is what `before` has to be for more, null at the end."""

    acts = fields.List(fields.Nested(ActAnswer), required=True)
    next = fields.Integer(required=True, allow_none=True)


QUERY, TRAIL = TrailQuery(), TrailAnswer()


@bp.get("/trail")
@needs(AUDIT_SEE)
@describes(_("操作记录"), query=QUERY, answer=TRAIL)
def trail() -> Response:
    """What the auditor's page shows."""
    asked = read_query(QUERY)
    before = asked.pop("before")
    with runtime().database.reading() as session:
        page = trail_page(session, TrailFilter(**asked), before=before)
        acts = shown(page, runtime().features)
    return answer(TRAIL.dump({"acts": acts, "next": page.earlier}))
