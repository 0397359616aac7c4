"""Fragments that one feature hangs on another feature's page."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.web.context import actor, runtime
from portal.web.pages import markup


def panels(session: Session, slot: str, subject: Any) -> Sequence[Markup]:
    """The rendered fragments of a slot, in their order, that the asker may see."""
    declared = sorted(
        (panel for feature in runtime().features for panel in feature.panels if panel.slot == slot),
        key=lambda panel: panel.order,
    )
    shown = [p for p in declared if p.permission is None or actor().may(p.permission)]
    return [
        # The template escapes; what it gives back is markup of our own.
        Markup(markup(p.template, p.query(session, actor(), subject)))  # noqa: S704
        for p in shown
    ]
