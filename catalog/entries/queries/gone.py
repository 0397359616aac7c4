"""What is said of suspended and withdrawn entries to those who could see them before."""

from sqlalchemy.orm import Session

from catalog.entries.events import ENTRY
from catalog.entries.models import Entry
from catalog.entries.queries.entries import GONE
from catalog.entries.visibility import may_open, may_see_work
from portal.kernel.access import Actor
from portal.kernel.errors import Gone
from portal.kernel.text import Text, _
from portal.kernel.transitions import TransitionRow, steps_of
from portal.web.filters import day_full

STEPS_READ = 20


def gone_title(standing: str) -> Text:
    """What has become of the entry."""
    return _("这条目录已撤销") if standing == "withdrawn" else _("这条目录已暂停")


def gone_words(step: TransitionRow | None) -> Text | str:
    """Since when and why."""
    if step is None:
        return ""
    return _("自%(day)s起。原因：%(reason)s", day=day_full(step.at), reason=step.comment)


def gone(session: Session, entry_id: str, standing: str) -> Gone:
    """The refusal for a suspended or withdrawn entry; one statement."""
    steps = steps_of(session, ENTRY, entry_id, limit=STEPS_READ)
    since = next((step for step in steps if step.to_state == standing), None)
    words = gone_words(since)
    return Gone(_("%(what)s，%(words)s", what=gone_title(standing), words=words))


def refuse_gone(session: Session, actor: Actor, entry_id: str) -> None:
    """Raises Gone where the actor might have seen an entry and sees nothing of it any more."""
    entry = session.get(Entry, entry_id)
    if entry is None or entry.standing not in GONE:
        return
    if may_open(actor, entry) and not may_see_work(actor, entry):
        raise gone(session, entry_id, entry.standing)
