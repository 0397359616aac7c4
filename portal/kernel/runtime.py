"""What a running process has: settings, database, wiring, and the parts put in at start."""

import contextlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from portal.kernel.db import Database
from portal.kernel.feature import Feature
from portal.kernel.outbox import Handler
from portal.kernel.settings import Settings

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Runtime:
    """Made once per process by `portal.app`; handed down, never looked up."""

    settings: Settings
    database: Database
    features: tuple[Feature, ...]
    handlers: Mapping[str, tuple[Handler, ...]]
    parts: dict[type, Any] = field(default_factory=dict)

    def part(self, kind: type[Part]) -> Part:
        """A part that a package put in at start, such as the search engine."""
        part: Part = self.parts[kind]
        return part

    def nudge(self) -> None:
        """Tells the dispatcher that there is work; a hint only, for it also polls."""
        path = self.settings.dispatcher_socket
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
        ):
            sender.setblocking(False)
            sender.sendto(b"!", str(path))
