"""What the account page and the account's JSON take and give."""

from marshmallow import fields

from auth.models import SCHEMES
from portal.kernel.schemas import PortalSchema, one_of
from portal.kernel.text import LANGUAGES

_LANGUAGES, _SCHEMES = {"enum": list(LANGUAGES)}, {"enum": list(SCHEMES)}


class Preferences(PortalSchema):
    """How the signed-in wants to be spoken to."""

    language = fields.String(required=True, validate=one_of(LANGUAGES), metadata=_LANGUAGES)
    scheme = fields.String(required=True, validate=one_of(SCHEMES), metadata=_SCHEMES)


PREFERENCES = Preferences()


class OwnUnitAnswer(PortalSchema):
    """The own unit."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class HeldAnswer(PortalSchema):
    """One role; `unit_id` null means that it is held for the whole city."""

    role = fields.String(required=True)
    label = fields.String(required=True)
    unit_id = fields.String(required=True, allow_none=True)
    unit_name = fields.String(required=True)


class AccountAnswer(PortalSchema):
    """Who is signed in; `csrf_token` goes with every request that changes something."""

    id = fields.String(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.Nested(OwnUnitAnswer, required=True, allow_none=True)
    roles = fields.List(fields.Nested(HeldAnswer), required=True)
    language = fields.String(required=True, validate=one_of(LANGUAGES), metadata=_LANGUAGES)
    scheme = fields.String(required=True, validate=one_of(SCHEMES), metadata=_SCHEMES)
    csrf_token = fields.String(required=True)


class SessionAnswer(PortalSchema):
    """One browser that is signed in; `expires_at` is the moment after which nothing prolongs it."""

    id = fields.String(required=True)
    device = fields.String(required=True)
    network = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    last_active_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    current = fields.Boolean(required=True)


class SessionsAnswer(PortalSchema):
    """The own sessions that live, the latest used first."""

    sessions = fields.List(fields.Nested(SessionAnswer), required=True)


class EndedAnswer(PortalSchema):
    """The session that ended; for the present one, where to sign out at the provider too."""

    id = fields.String(required=True)
    current = fields.Boolean(required=True)
    sign_out_address = fields.String(required=True, allow_none=True)


ACCOUNT, SESSIONS, ENDED = AccountAnswer(), SessionsAnswer(), EndedAnswer()
