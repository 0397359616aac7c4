"""Guards of the entry workflows: the reason for a refusal, or nothing."""

import json
from functools import lru_cache
from typing import Any

from catalog.entries.rules import objections
from portal.kernel.text import Text


def nothing_forbids(_uow: Any, version: Any) -> Text | None:
    """The first rule that forbids publication of the version's document (CAT-07 and others)."""
    return _objection(version.document)


@lru_cache(maxsize=1)
def _objection(document: str) -> Text | None:
    """Asked twice in a row of one document: when it is submitted and when it is published."""
    found = objections(json.loads(document))
    return found[0][1] if found else None
