"""An import does not run far ahead of the dispatcher: what it writes last is found soon after."""

import time
from dataclasses import dataclass

from catalog.entries.imports.at_work import AtWork
from portal.kernel.outbox import BULK, queue

MOST_AHEAD = 6_000  # some four seconds of a dispatcher's work
LOOK_AGAIN = 0.05
PATIENCE = 3.0


@dataclass(slots=True)
class Following:
    """Waits for a dispatcher that delivers; where none does, it waits once and never again."""

    work: AtWork
    alone: bool = False

    def wait(self) -> None:
        """Lets the dispatcher come nearer, when the import is too far ahead of it."""
        oldest, moved = 0, time.monotonic()
        while not self.alone:
            with self.work.runtime.database.reading() as session:
                waiting = queue(session, BULK, most=MOST_AHEAD + 1)
            if waiting.length <= MOST_AHEAD:
                return
            if waiting.oldest != oldest:
                oldest, moved = waiting.oldest, time.monotonic()
            self.alone = time.monotonic() - moved > PATIENCE
            self.work.monitor.check_cancelled()
            time.sleep(LOOK_AGAIN)
