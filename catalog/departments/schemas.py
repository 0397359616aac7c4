"""What the forms and the API of units take and give."""

from typing import Any

from marshmallow import fields

from catalog.departments.rules import Appointment
from portal.kernel.schemas import PortalSchema, between, length, matches
from portal.kernel.text import _

REGION = matches(r"\d{6}", _("行政区划代码应为 6 位数字。"))
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
A_UNIT = matches(UUID, _("这一项应为单位的标识。"))
A_USER = matches(UUID, _("这一项应为用户的标识。"))
# With the sign that Chinese offices write before an extension.
PHONE = matches(
    r"[0-9+()\uff08\uff09\-\u2013\u2014\u8f6c ]{5,40}",
    _("办公电话应为 5 到 40 位的数字和连接号，如 0531-00000000。"),
)


class UnitQuery(PortalSchema):
    """The filters of the list."""

    q = fields.String(load_default="", validate=length(100))
    region = fields.List(fields.String(validate=REGION), load_default=list)
    kind = fields.List(fields.String(validate=length(40)), load_default=list)
    parent = fields.String(load_default=None, validate=A_UNIT)
    closed = fields.Boolean(load_default=False)
    page = fields.Integer(load_default=1, validate=between(1, 500))


class AppointmentSchema(PortalSchema):
    """What a unit files when it appoints somebody."""

    name = fields.String(required=True, validate=length(50, 1))
    post = fields.String(required=True, validate=length(100, 1))
    office_phone = fields.String(required=True, validate=PHONE)
    appointing_document = fields.String(required=True, validate=length(200, 1))
    term_from = fields.Date(required=True)
    term_to = fields.Date(load_default=None, allow_none=True)
    is_deputy = fields.Boolean(load_default=False)
    liaison = fields.String(load_default=None, allow_none=True, validate=length(100))
    user_id = fields.String(load_default=None, allow_none=True, validate=A_USER)
    replaces = fields.String(load_default=None, allow_none=True)


class EndSchema(PortalSchema):
    """The day on which a term ended; today where none is given."""

    ended_on = fields.Date(load_default=None, allow_none=True)


class FiguresAnswer(PortalSchema):
    entries = fields.Integer()
    attached = fields.Integer()
    attached_share = fields.Float(allow_none=True)
    dated = fields.Integer()
    overdue = fields.Integer()
    timely_share = fields.Float(allow_none=True)


class NamedAnswer(PortalSchema):
    id = fields.String()
    name = fields.String()


class FormerNameAnswer(PortalSchema):
    name = fields.String()
    valid_from = fields.Date(allow_none=True)
    valid_to = fields.Date(allow_none=True)


class RepresentativeAnswer(PortalSchema):
    """A representative as the public sees one; the account behind is nobody's business."""

    id = fields.String()
    unit_id = fields.String()
    name = fields.String()
    post = fields.String()
    office_phone = fields.String()
    appointing_document = fields.String()
    term_from = fields.Date()
    term_to = fields.Date(allow_none=True)
    ended_on = fields.Date(allow_none=True)
    is_deputy = fields.Boolean()
    liaison = fields.String(allow_none=True)
    state = fields.String()


class UnitLineAnswer(NamedAnswer):
    short_name = fields.String()
    credit_code = fields.String(allow_none=True)
    region_code = fields.String()
    kind = fields.String()
    parent_id = fields.String(allow_none=True)
    valid_from = fields.Date(allow_none=True)
    valid_to = fields.Date(allow_none=True)
    representative = fields.String(allow_none=True)
    figures = fields.Nested(FiguresAnswer, allow_none=True)


class UnitsAnswer(PortalSchema):
    total = fields.Integer()
    page = fields.Integer()
    size = fields.Integer()
    units = fields.List(fields.Nested(UnitLineAnswer))


class UnitAnswer(UnitLineAnswer):
    duty = fields.String()
    office_phone = fields.String()
    former_names = fields.List(fields.Nested(FormerNameAnswer))
    above = fields.List(fields.Nested(NamedAnswer))
    below = fields.List(fields.Nested(NamedAnswer))
    below_count = fields.Integer()
    successors = fields.List(fields.Nested(NamedAnswer))
    chief_representative = fields.Nested(RepresentativeAnswer, allow_none=True)
    deputy_representatives = fields.List(fields.Nested(RepresentativeAnswer))
    vacant_since = fields.Date(allow_none=True)


UNIT_QUERY, APPOINTMENT, END = UnitQuery(), AppointmentSchema(), EndSchema()
UNITS_ANSWER, UNIT_ANSWER = UnitsAnswer(), UnitAnswer()
REPRESENTATIVE_ANSWER = RepresentativeAnswer()


def appointment_of(values: dict[str, Any]) -> tuple[Appointment, str | None]:
    """The appointment in checked values, and whom it replaces."""
    stated = {key: value for key, value in values.items() if key != "replaces"}
    return Appointment(**stated), values["replaces"]
