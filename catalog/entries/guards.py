"""Guards of the entry workflows: the reason for a refusal, or nothing."""

import json
from typing import Any

from catalog.entries.rules import objections
from portal.kernel.errors import Closed
from portal.kernel.text import Text, _


def still_stands(uow: Any, version: Any) -> Text | None:
    """Nothing of a withdrawn entry is submitted or published any more; raises Closed."""
    from catalog.entries.models import Entry  # noqa: PLC0415  the tables need the workflows

    if uow.session.get(Entry, version.entry_id).standing == "withdrawn":
        raise Closed(_("这条目录已撤销，不能再提交或发布。需要时请新建一条。"))
    return None


def nothing_forbids(_uow: Any, version: Any) -> Text | None:
    """The first rule that forbids publication of the version's document (CAT-07 and others)."""
    found = objections(json.loads(version.document))
    return found[0][1] if found else None
