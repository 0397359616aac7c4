"""What happens to the people who answer for a unit's data."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.events import Event, TransitionEvent

REPRESENTATIVE = "representative"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentativeRecorded(Event):
    """A unit has a new chief or deputy representative."""

    name: ClassVar[str] = "representative.recorded"
    subject_kind: ClassVar[str] = REPRESENTATIVE
    unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentativeMoved(TransitionEvent):
    """A representative's term ended."""

    name: ClassVar[str] = "representative.moved"
    subject_kind: ClassVar[str] = REPRESENTATIVE


SILENT = (RepresentativeRecorded.name, RepresentativeMoved.name)
