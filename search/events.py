"""What the search tells itself by the outbox."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsStale(Event):
    """Documents of one kind are to be read again; a bulk of them, after people's own changes.

    The subject is the kind; the ids are those of the records.
    """

    name: ClassVar[str] = "search.stale"
    subject_kind: ClassVar[str] = "search"
    ids: tuple[str, ...]
