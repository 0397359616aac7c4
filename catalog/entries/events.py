"""What happens to catalog entries."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.events import Event, TransitionEvent

ENTRY, VERSION = "entry", "entry_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChanged(Event):
    """What people find or read of an entry has changed; the index follows."""

    name: ClassVar[str] = "entry.changed"
    subject_kind: ClassVar[str] = ENTRY


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSaved(Event):
    """A draft beside the published version was saved: nothing that others find has changed."""

    name: ClassVar[str] = "entry.draft_saved"
    subject_kind: ClassVar[str] = ENTRY


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionMoved(TransitionEvent):
    """A version took a step of its review."""

    name: ClassVar[str] = "entry_version.moved"
    subject_kind: ClassVar[str] = VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingMoved(TransitionEvent):
    """An entry was published, suspended, resumed or withdrawn."""

    name: ClassVar[str] = "entry.moved"
    subject_kind: ClassVar[str] = ENTRY
