"""Guards of the entry workflows: the reason for a refusal, or nothing."""

import json
from typing import Any

from catalog.entries.rules import objections
from portal.kernel.text import Text


def nothing_forbids(_uow: Any, version: Any) -> Text | None:
    """The first rule that forbids publication of the version's document (CAT-07 and others)."""
    found = objections(json.loads(version.document))
    return found[0][1] if found else None
