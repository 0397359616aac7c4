"""Forms of the account page."""

from marshmallow import fields

from auth.models import SCHEMES
from portal.kernel.schemas import PortalSchema, one_of
from portal.kernel.text import LANGUAGES


class Preferences(PortalSchema):
    """How the signed-in wants to be spoken to."""

    language = fields.String(required=True, validate=one_of(LANGUAGES))
    scheme = fields.String(required=True, validate=one_of(SCHEMES))


PREFERENCES = Preferences()
