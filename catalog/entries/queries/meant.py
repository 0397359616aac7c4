"""Which version or entry is meant by what an operator types: an id, or a code."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.entries.models import Entry, EntryVersion
from portal.kernel.text import Text, _

LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Meant:
    """What a word stands for: the id of a record, or why there is none."""

    word: str
    id: str | None
    reason: Text | None = None


def meant_entry(session: Session, word: str) -> Meant:
    """The entry of an id or a code; two statements at most."""
    if session.get(Entry, word) is not None:
        return Meant(word, word)
    found = session.scalars(select(Entry.id).where(Entry.code == word).limit(2)).all()
    if len(found) == 1:
        return Meant(word, found[0])
    shown = word[:LONGEST_SHOWN]
    if found:
        several = _("几个区划都有代码为“%(word)s”的目录。请改用编号。", word=shown)
        return Meant(word, None, several)
    return Meant(
        word,
        None,
        _("没有编号或代码为“%(word)s”的目录。编号在目录页的网址里，代码在标题下面。", word=shown),
    )


def meant_version(session: Session, word: str) -> Meant:
    """The version of an id, else the one that is worked on of the entry that is meant."""
    if session.get(EntryVersion, word) is not None:
        return Meant(word, word)
    entry = meant_entry(session, word)
    if entry.id is None:
        return entry
    record = session.get(Entry, entry.id)
    version = (record.open_version_id or record.current_version_id) if record else None
    return Meant(word, version, None if version else _("这条目录没有可以处理的版本。"))
