"""Events: frozen facts that a change leaves behind, carried by the outbox."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to one subject; subclasses name it and add plain values.

    `bulk` sends it down the slow lane, behind the changes that people make by hand.
    """

    name: ClassVar[str]
    subject_kind: ClassVar[str]
    subject_id: str
    bulk: bool = False

    def payload(self) -> dict[str, Any]:
        """All values but the subject, as JSON can hold them."""
        values = asdict(self)
        del values["subject_id"], values["bulk"]
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionEvent(Event):
    """A workflow moved its subject; `comment` is what the actor gave as reason."""

    name: ClassVar[str] = "transition"
    subject_kind: ClassVar[str] = ""
    transition: str
    from_state: str
    to_state: str
    unit_id: str | None = None
    comment: str = ""
    actor_id: str | None = None
