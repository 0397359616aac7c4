"""What this feature hangs on the pages of others."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from catalog.departments.queries.representatives import unit_contact
from portal.kernel.access import Actor
from portal.kernel.feature import Panel


def responsible_unit(session: Session, actor: Actor, subject: str) -> Mapping[str, Any]:
    """The unit that answers for an entry, and its chief representative; one statement."""
    return {"contact": unit_contact(session, subject)}


PANELS = (
    Panel("entries.unit", 10, "catalog/departments/_responsible_unit.html", responsible_unit),
)
